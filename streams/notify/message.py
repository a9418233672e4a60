"""What is delivered: one notification, with the incident that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REPEATED: Final = (
    "This may have reached you before: an earlier try was not answered, so nobody knows."
)
"""What a message says that is sent again after its receiver may have taken it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notification on its way to one receiver.

    Args:
        notification_id: names it for good: the key by which a receiver knows it again.
        route: the route that it goes by.
        receiver: the name of who gets it.
        subject: what it is, in a line.
        why: why it comes now, in a sentence.
        incidents: the records of what it is about, as on `incidents`; the first is the reason.
        severity: of the incident when this was decided.
        number: which of the incident's messages; None: it is none of them.
        attempt: from 1 on.
        may_repeat: the receiver may have taken it before.
        items: of a digest, the messages that it tells of.
    """

    notification_id: str
    route: str
    receiver: str
    subject: str
    why: str
    incidents: Sequence[Mapping[str, Any]]
    severity: str = "info"
    number: int | None = None
    attempt: int = 1
    may_repeat: bool = False
    items: Sequence[Mapping[str, Any]] = ()

    @property
    def incident(self) -> Mapping[str, Any] | None:
        """The record of the incident; None: it is about none, as a test is."""
        return self.incidents[0] if self.incidents else None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words: a subject of one line, a text, a page, and a chart (PNG) if there is one.

    The page shows the chart as `cid:chart.png`. `link` leads to the incident.
    """

    subject: str
    text: str
    html: str
    chart: bytes | None = None
    link: str | None = None
