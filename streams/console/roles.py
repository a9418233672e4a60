"""Who may do what: the roles, and what each of them is allowed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.settings.model import Role


class May(StrEnum):
    """What somebody may be allowed."""

    LOOK = "look"
    READ_TEXTS = "read_texts"
    ACT = "act"
    LOOK_UP = "look_up"
    SEE_NAMES = "see_names"
    UNMASK = "unmask"
    LOG = "log"
    SEND = "send"
    REVIEW = "review"


ALLOWED: Final[Mapping[Role, frozenset[May]]] = {
    "viewer": frozenset({May.LOOK}),
    "frontline": frozenset({May.LOOK, May.READ_TEXTS, May.LOOK_UP, May.LOG}),
    "responder": frozenset({May.LOOK, May.READ_TEXTS, May.ACT, May.LOOK_UP, May.UNMASK}),
    "leader": frozenset(May),
    "admin": frozenset(May),
}
"""By role. Who looks a customer up types its whole id, so it is nothing new to them; who sees names
sees ids in lists too; who may unmask says why, and that is written down."""


class Person(NamedTuple):
    """Somebody who uses the console."""

    name: str
    role: Role

    def may(self, what: May) -> bool:
        """Tell whether it is allowed."""
        return what in ALLOWED[self.role]
