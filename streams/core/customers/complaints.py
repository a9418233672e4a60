"""The newest complaints of a customer, what became of them, and whether the customer is at risk."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Final

from streams.core.customers.corrections import void

if TYPE_CHECKING:
    from streams.core.customers.definitions import Definitions
    from streams.core.customers.life import ComplaintNote, ComplaintStep, Life

NEWEST: Final = 8
"""Complaints that a life keeps."""
NEWEST_STEPS: Final = 16
"""Updates of complaints that a life keeps."""

STATUSES: Final = ("acknowledged", "answered", "resolved", "reopened")
RESOLVED: Final = STATUSES.index("resolved")

LABELS: Final = ("product", "issue", "channel", "region", "company", "brand", "severity")
"""The labels of a complaint, in the order of `ComplaintNote.labels`."""


def add_complaint(life: Life, note: ComplaintNote) -> None:
    """Keep a complaint if it is among the newest; which are kept depends on no order."""
    insort(life.complaints, note)
    del life.complaints[:-NEWEST]


def add_step(life: Life, step: ComplaintStep) -> None:
    """Keep an update if it is among the newest. The same update again changes nothing."""
    if step not in life.steps:
        insort(life.steps, step)
        del life.steps[:-NEWEST_STEPS]


def standing(life: Life) -> list[tuple[ComplaintNote, int | None]]:
    """Give the newest complaints with the status each has; None where nobody has said anything."""
    if not life.complaints:
        return []
    gone = void(life)
    last: dict[bytes, int] = {}
    for step in life.steps:
        if step.own not in gone:
            last[step.complaint] = step.status
    return [(note, last.get(note.own)) for note in life.complaints if note.own not in gone]


def open_complaints(life: Life) -> int:
    """Count the newest complaints that are not resolved."""
    return sum(status != RESOLVED for _, status in standing(life))


def at_risk(life: Life, now: int, definitions: Definitions) -> bool:
    """Tell whether a complaint is recent, or was taken up and is not resolved.

    A complaint of which nobody says what became of it counts while it is recent: not every company
    sends updates.
    """
    recent = now - definitions.recent_complaint
    return any(
        note.at > recent or (status is not None and status != RESOLVED)
        for note, status in standing(life)
        if note.at <= now
    )
