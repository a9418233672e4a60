"""The newest complaints of a customer, and what became of them."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Final

from streams.core.customers.corrections import void
from streams.core.customers.life import ComplaintNote

if TYPE_CHECKING:
    from streams.core.customers.life import ComplaintStep, Life

NEWEST: Final = 8
"""Complaints that a life keeps."""
EARLIEST: Final = 2
"""Complaints that a life keeps besides: the first, and one more if that is withdrawn."""
NEWEST_STEPS: Final = 16
"""Updates of complaints that a life keeps."""

STATUSES: Final = ("acknowledged", "answered", "resolved", "reopened")
RESOLVED: Final = STATUSES.index("resolved")

LABELS: Final = ("product", "issue", "channel", "region", "company", "brand", "severity")
"""The labels of a complaint, in the order of `ComplaintNote.labels`."""
PRODUCT, ISSUE = LABELS.index("product"), LABELS.index("issue")


def earliest(life: Life, at: int) -> int:
    """Give the earliest time from which a complaint or update of a time can change who is at risk.

    It may push the oldest one out.
    """
    pushed = [at]
    if len(life.complaints) >= NEWEST:
        pushed.append(life.complaints[0].at)
    if len(life.steps) >= NEWEST_STEPS:
        pushed.append(life.steps[0].at)
    return min(pushed)


def is_full(life: Life) -> bool:
    """Tell whether one complaint or update more pushes another one out."""
    return len(life.complaints) >= NEWEST or len(life.steps) >= NEWEST_STEPS


def add_complaint(life: Life, note: ComplaintNote) -> None:
    """Keep a complaint if it is among the newest or earliest; which are depends on no order."""
    complaints, early = life.complaints, life.early
    insort(complaints, note)
    while len(complaints) > NEWEST:
        older = complaints.pop(0)
        if len(early) < EARLIEST or older.at <= early[-1].at:
            insort(early, ComplaintNote(older.at, older.own))
            del early[EARLIEST:]


def add_step(life: Life, step: ComplaintStep) -> None:
    """Keep an update if it is among the newest. The same update again changes nothing."""
    if step not in life.steps:
        insort(life.steps, step)
        del life.steps[:-NEWEST_STEPS]


def standing(life: Life, clock: int) -> list[tuple[ComplaintNote, int | None]]:
    """Give the newest complaints by a clock (epoch seconds), with the status each has then.

    The status is None where nobody has said anything.
    """
    if not life.complaints:
        return []
    gone = void(life)
    last: dict[bytes, int] = {}
    for step in life.steps:
        if step.own not in gone and step.at <= clock:
            last[step.complaint] = step.status
    return [
        (note, last.get(note.named or note.own))
        for note in life.complaints
        if note.own not in gone and note.at <= clock
    ]
