"""Overlaps: one series may rise slowly and have a spike on top; it has one open alert all the same.

    slow rise                |-----------------------------|
    spike                            |------|
    the alert is about       slow    spike   slow           over

The spike is published while it lasts. When it is over, the slow rise beneath keeps the alert open.
Rises of weeks and spikes do not explain each other: their windows have little in common.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.alerts.alert import Alert
    from streams.core.detect.protocol import Reading
    from streams.core.evidence.attribution import Anatomy


class Overlap(Enum):
    """What a reading is to the alert of its series."""

    ALONE = auto()
    """It is what the alert is about, or opens one."""
    ABOVE = auto()
    """A spike on a slow rise: the alert is about it from now on."""
    BENEATH = auto()
    """A slow rise under a spike: remembered."""
    BACK = auto()
    """The spike is over and the alert is about the slow rise again."""
    OVER = auto()
    """The alert is over."""
    NOTHING = auto()


def meet(alert: Alert | None, reading: Reading, hint: float) -> Overlap:
    """Find what a reading is to the open alert of its series, and let the alert know.

    `hint` is the surprise from which a reading is worth an alert. What goes on though its last day
    brought nothing begins none.
    """
    up = reading.status == "raised"
    worth = up and reading.surprise >= hint
    if alert is None:
        return Overlap.ALONE if worth and reading.observed > reading.expected else Overlap.NOTHING
    if alert.is_slow is not (reading.detector == "slow"):
        return _across(alert, reading, worth=worth)
    if up:
        return Overlap.ALONE
    if alert.uncover():
        return Overlap.BACK
    alert.end(reading)
    return Overlap.OVER


def _across(alert: Alert, reading: Reading, *, worth: bool) -> Overlap:
    if not alert.is_slow:
        alert.note_beneath(reading if worth else None)
        return Overlap.BENEATH
    if not worth:
        return Overlap.NOTHING
    alert.cover()
    return Overlap.ABOVE


def by_kind(rises: Iterable[Anatomy], alerts: Mapping[str, Alert]) -> Iterator[list[Anatomy]]:
    """Part spikes and slow rises; empty groups are left out."""
    found: dict[bool, list[Anatomy]] = {}
    for anatomy in rises:
        found.setdefault(alerts[anatomy.rise.series].is_slow, []).append(anatomy)
    for kind in sorted(found):
        yield found[kind]
