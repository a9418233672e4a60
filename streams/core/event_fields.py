"""The fields of events, a column each."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from streams import compiled

if TYPE_CHECKING:
    from collections.abc import Callable


def _fields(events: list[Any], names: tuple[str, ...]) -> list[list[Any]]:
    """Return the value that each event has of some fields: a list a name."""
    return [list(map(attrgetter(name), events)) for name in names]


fields: Final[Callable[[list[Any], tuple[str, ...]], list[list[Any]]]] = compiled.instead_of(
    _fields, "events"
)
