"""When events arrive: most within minutes, some hours or days later, and some of them twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

TWICE: Final = 0.007
DELAYS: Final = (
    (0.93, 0, 4 * MINUTE),
    (0.05, 4 * MINUTE, 10 * MINUTE),
    (0.0185, 10 * MINUTE, 6 * HOUR),
    (0.0015, DAY, 6 * DAY),
)
"""Shares of events, and how long they take: seconds at least, and at most."""


def arrivals(random: Random, at: int) -> Iterator[int]:
    """Yield when an event that happened at a time arrives: once, or twice."""
    yield at + _delay(random)
    if random.random() < TWICE:
        yield at + _delay(random) + random.randrange(40 * MINUTE)


def _delay(random: Random) -> int:
    ((shortest, longest),) = random.choices(
        [(shortest, longest) for _, shortest, longest in DELAYS], [share for share, *_ in DELAYS]
    )
    return random.randrange(shortest, longest)
