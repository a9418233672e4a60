"""Slices of event time: grains (buckets of fixed length) and rolling windows.

All times are epoch seconds, UTC. Buckets are aligned to the epoch, so a day is a UTC day.
"""

from __future__ import annotations

from typing import Final, Literal

Grain = Literal["5m", "1h", "1d"]
Window = Literal["1h", "24h", "7d", "28d", "90d", "365d"]

MINUTE: Final = 60
BASE: Final = 5 * MINUTE
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

LENGTH: Final[dict[Grain, int]] = {"5m": BASE, "1h": HOUR, "1d": DAY}
SPAN: Final[dict[Window, int]] = {
    "1h": HOUR,
    "24h": DAY,
    "7d": 7 * DAY,
    "28d": 28 * DAY,
    "90d": 90 * DAY,
    "365d": 365 * DAY,
}

GRAINS: Final[tuple[Grain, ...]] = ("5m", "1h", "1d")
WINDOWS: Final[tuple[Window, ...]] = ("1h", "24h", "7d", "28d", "90d", "365d")


def floor(time: int, grain: Grain) -> int:
    """Return the start of the bucket that holds `time`."""
    return time - time % LENGTH[grain]


def end_of(time: int, grain: Grain) -> int:
    """Return the end of the bucket that holds `time`."""
    return floor(time, grain) + LENGTH[grain]
