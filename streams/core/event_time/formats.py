"""How times are written for people: to the day, or to the minute, by the clock of UTC.

Civil time, written so, is what the clock of its zone shows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc(seconds: float) -> datetime:
    """Return the UTC time of epoch seconds."""
    return _EPOCH + timedelta(seconds=seconds)


def day(at: datetime) -> str:
    """Write a time to the day: `2017-01-19`."""
    return f"{at:%Y-%m-%d}"


def minute(at: datetime) -> str:
    """Write a time to the minute: `2017-01-19 02:00`."""
    return f"{at:%Y-%m-%d %H:%M}"


def day_or_minute(at: datetime, between: str = " ") -> str:
    """Write a time to the minute, midnight as the day; `between` stands before the hour."""
    return day(at) if (at.hour, at.minute) == (0, 0) else f"{day(at)}{between}{at:%H:%M}"


def minute_of(stamp: str) -> str:
    """Write a time of the wire, `2017-01-19T02:00:00Z`, to the minute: `2017-01-19 02:00`."""
    return stamp[:16].replace("T", " ")
