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

    from streams.core.alerts.alert import Alert
    from streams.core.detect.protocol import Reading
    from streams.core.evidence.attribution import Anatomy


class Overlap(Enum):
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


def is_slow(alert: Alert) -> bool:
    """Tell whether an alert tells a slow rise."""
    return alert.reading.detector == "slow"


def meet(alert: Alert | None, reading: Reading, hint: float) -> Overlap:
    """Find what a reading is to the open alert of its series, and note it in its layers.

    `hint` is the surprise from which a reading is worth an alert.
    """
    raised = reading.status == "raised"
    if alert is None:
        return Overlap.ALONE if raised and reading.surprise >= hint else Overlap.NOTHING
    if is_slow(alert) is not (reading.detector == "slow"):
        return _across(alert, reading, heard=raised and reading.surprise >= hint)
    if raised:
        return Overlap.ALONE
    if alert.slow is not None:
        alert.reading, alert.slow = alert.slow, None
        alert.published_excess = alert.reading.observed - alert.reading.expected
        return Overlap.BACK
    alert.reading = msgspec.structs.replace(alert.reading, status=reading.status)
    return Overlap.OVER


def _across(alert: Alert, reading: Reading, *, heard: bool) -> Overlap:
    if not is_slow(alert):
        alert.slow = reading if heard else None
        return Overlap.BENEATH
    if not heard:
        return Overlap.NOTHING
    alert.slow, alert.published_excess = alert.reading, 0.0
    return Overlap.ABOVE


def by_kind(fresh: Iterable[Anatomy], alerts: Mapping[str, Alert]) -> Iterator[list[Anatomy]]:
    """Part spikes and slow rises; empty groups are left out."""
    found: dict[bool, list[Anatomy]] = {}
    for anatomy in fresh:
        found.setdefault(is_slow(alerts[anatomy.rise.series]), []).append(anatomy)
    for kind in sorted(found):
        yield found[kind]
