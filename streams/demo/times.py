"""Event times, as epoch seconds and as text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def midnight(day: date) -> int:
    """Start of a UTC day, epoch seconds."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def rfc3339(at: int) -> str:
    """Epoch seconds as a UTC time of RFC 3339."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
