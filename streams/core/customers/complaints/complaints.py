"""The complaints of a customer that can still change a number, and what became of them."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Final

from streams.core.customers.complaints.risk import spells_of, steps_by_complaint
from streams.core.customers.lives.corrections import void
from streams.core.customers.lives.life import ComplaintNote

if TYPE_CHECKING:
    from streams.core.customers.lives.life import ComplaintStep, Life

NEWEST: Final = 64
"""Complaints that a life keeps at the most."""
SHOWN: Final = 8
"""Complaints that a life keeps however old they are; so many stand in its row."""
EARLIEST: Final = 2
"""Complaints that a life keeps besides: the first, and one more if that is withdrawn."""
NEWEST_STEPS: Final = 128
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


def add_complaint(life: Life, note: ComplaintNote) -> bool:
    """Keep a complaint if it is among the newest or earliest; which are depends on no order.

    Returns:
        Whether one had to go.
    """
    complaints = life.complaints
    insort(complaints, note)
    if len(complaints) <= NEWEST:
        return False
    _keep_early(life, complaints.pop(0))
    return True


def add_complaints(life: Life, notes: list[ComplaintNote]) -> None:
    """Keep of some complaints what adding them one by one would keep."""
    complaints = life.complaints
    for note in notes:
        if complaints and note.at <= complaints[-1].at:
            insort(complaints, note)
        else:
            complaints.append(note)
    surplus = len(complaints) - NEWEST
    if surplus > 0:
        for note in complaints[:surplus]:
            _keep_early(life, note)
        del complaints[:surplus]


def add_step(life: Life, step: ComplaintStep) -> None:
    """Keep an update if it is among the newest. The same update again changes nothing."""
    if step not in life.steps:
        insort(life.steps, step)
        del life.steps[:-NEWEST_STEPS]


def forget_old(life: Life, edge: int, recent: int) -> None:
    """Drop complaints that put nobody at risk from a time on, but for the newest and the first.

    Args:
        life: whose they are.
        edge: epoch seconds; no number before it is worked out any more, and nothing is corrected.
        recent: seconds for which a complaint puts a customer at risk.
    """
    surplus = len(life.complaints) - SHOWN
    if surplus <= 0 or life.complaints[0].at + recent > edge:
        return
    gone, steps = void(life), steps_by_complaint(life)
    kept, dropped = [], set()
    for note in life.complaints[:surplus]:
        named = note.named or note.own
        if note.own in gone:
            continue  # for good: a correction of it would be too late
        if all(end <= edge for _, end in spells_of(note, steps.get(named, ()), recent)):
            dropped.add(named)
            _keep_early(life, note)
        else:
            kept.append(note)
    life.complaints[:surplus] = kept
    life.steps = [step for step in life.steps if step.complaint not in dropped]


def _keep_early(life: Life, older: ComplaintNote) -> None:
    early = life.early
    if len(early) < EARLIEST or older.at <= early[-1].at:
        insort(early, ComplaintNote(older.at, older.own))
        del early[EARLIEST:]


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
    told = [note for note in life.complaints if note.own not in gone and note.at <= clock]
    return [(note, last.get(note.named or note.own)) for note in told[-SHOWN:]]
