"""Layers: one series may rise slowly and have a spike on top; it has one open alert all the same.

    slow rise         |-----------------------------|
    spike                     |------|
    the alert tells   slow    spike   slow           over

The spike is told while it lasts. When it is over, the slow rise beneath keeps the alert open. Rises
of weeks and spikes do not explain each other: their windows have little in common.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.alerts.alert import Case
    from streams.core.detect.protocol import Reading
    from streams.core.evidence.attribution import Anatomy


class Meeting(Enum):
    """What a reading is to the alert of its series."""

    ALONE = auto()
    """It is what the alert tells, or opens one."""
    ABOVE = auto()
    """A spike on a slow rise: told from now on."""
    BENEATH = auto()
    """A slow rise under a spike: remembered."""
    BACK = auto()
    """The spike is over and the slow rise is told again."""
    OVER = auto()
    """The alert is over."""
    NOTHING = auto()


def is_slow(case: Case) -> bool:
    """Tell whether an alert tells a slow rise."""
    return case.reading.detector == "slow"


def meet(case: Case | None, reading: Reading, hint: float) -> Meeting:
    """Find what a reading is to the open alert of its series, and note it in its layers.

    `hint` is the surprise from which a reading is worth an alert.
    """
    raised = reading.status == "raised"
    if case is None:
        return Meeting.ALONE if raised and reading.surprise >= hint else Meeting.NOTHING
    if is_slow(case) is not (reading.detector == "slow"):
        return _across(case, reading, heard=raised and reading.surprise >= hint)
    if raised:
        return Meeting.ALONE
    if case.slow is not None:
        case.reading, case.slow = case.slow, None
        case.told_excess = case.reading.observed - case.reading.expected
        return Meeting.BACK
    case.reading = msgspec.structs.replace(case.reading, status=reading.status)
    return Meeting.OVER


def _across(case: Case, reading: Reading, *, heard: bool) -> Meeting:
    if not is_slow(case):
        case.slow = reading if heard else None
        return Meeting.BENEATH
    if not heard:
        return Meeting.NOTHING
    case.slow, case.told_excess = case.reading, 0.0
    return Meeting.ABOVE


def by_kind(fresh: Iterable[Anatomy], cases: Mapping[str, Case]) -> Iterator[list[Anatomy]]:
    """Part spikes and slow rises; empty groups are left out."""
    found: dict[bool, list[Anatomy]] = {}
    for anatomy in fresh:
        found.setdefault(is_slow(cases[anatomy.rise.series]), []).append(anatomy)
    for kind in sorted(found):
        yield found[kind]
