"""When a clock on the wall shows a time on a day, in a zone whose clocks are changed.

01:59  -->  03:00      02:30 is skipped: it is then as soon as 03:00 comes
02:59  -->  02:00      02:30 comes twice: it is then the first time
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=4096)
def at_clock(zone: str, day: date, clock: str) -> int:
    """Return the first time (epoch seconds) at which clocks show `clock`, or later, on a day.

    So what ends at a time and what begins at it never leave a gap or overlap.

    >>> at_clock("Europe/Berlin", date(2026, 3, 29), "02:30") == at_clock(
    ...     "Europe/Berlin", date(2026, 3, 29), "03:00"
    ... )
    True

    Raises:
        ZoneInfoNotFoundError: there is no such zone.
    """
    local = datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone))
    found = int(local.timestamp())
    if day_at(zone, found) == day and _shows(zone, found) == clock:
        return found
    # It is skipped: by the offset of before it comes too late, by that of after it too early.
    low, high = sorted((found, int(local.replace(fold=1).timestamp())))
    after = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) == after else (middle, high)
    return high


def day_at(zone: str, wall: float) -> date:
    """Return the day on which a time (epoch seconds) is."""
    return datetime.fromtimestamp(wall, UTC).astimezone(ZoneInfo(zone)).date()


def _shows(zone: str, wall: int) -> str:
    return datetime.fromtimestamp(wall, UTC).astimezone(ZoneInfo(zone)).isoformat()[11:16]


def _offset(zone: str, wall: int) -> float:
    offset = datetime.fromtimestamp(wall, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()
