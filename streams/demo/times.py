"""Event times of the demo, as epoch seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def midnight(day: date) -> int:
    """Start of a UTC day, epoch seconds."""
    return int(datetime.combine(day, time(), UTC).timestamp())
