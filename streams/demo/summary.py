"""What the demo ends with: do the numbers add up, and what was alerted?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.demo.fault_injection import COUNTED, Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.readmodel.model import ReadModel


class Line(NamedTuple):
    """Events of one source topic: what the producer sent, and what stands on the public topics."""

    topic: str
    sent: int
    folded: int
    refused: int
    late: int
    bad_sent: int
    late_sent: int

    @property
    def accounted(self) -> bool:
        """Tell whether every event sent is counted, refused or late by now."""
        return self.sent == self.folded + self.refused + self.late

    def problems(self) -> list[str]:
        """Say what does not add up."""
        found = []
        if not self.accounted:
            known = self.folded + self.refused + self.late
            found.append(f"{self.topic}: {self.sent} sent, but {known} are accounted for")
        if self.refused != self.bad_sent:
            found.append(f"{self.topic}: {self.bad_sent} bad ones sent, {self.refused} refused")
        if self.late != self.late_sent:
            found.append(f"{self.topic}: {self.late_sent} sent late, {self.late} counted as late")
        return found


def lines(
    sent: Mapping[tuple[str, Fate], int],
    model: ReadModel,
    folded: Mapping[str, int] | None = None,
) -> list[Line]:
    """Compare what was sent, by topic and fate, with what the model has read.

    `folded` has the events of the topics that no metric counts, by what the worker says of them;
    without it, these topics are left out.
    """
    others = folded or {}
    return [
        Line(
            topic=topic,
            sent=sum(sent.get((topic, fate), 0) for fate in Fate),
            folded=model.folded(topic) if topic in COUNTED else others[topic],
            refused=model.refused[topic],
            late=model.late[topic],
            bad_sent=sent.get((topic, Fate.REFUSED), 0),
            late_sent=sent.get((topic, Fate.LATE), 0),
        )
        for topic in (*COUNTED, *others)
    ]
