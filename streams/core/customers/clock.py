"""The customer clock, and whose turn it is when it moves.

The clock of a partition is the least watermark of its source topics that are not idle, less the
grace. It decides whether a movement dated at or before it is reported, never its date: an event
that comes later restates what was reported.

                 due <= clock      due < horizon           later
    lives      |  worked off  |  in the heap, in order  |  found by the next scan
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from streams.core.customers.stored.head import due_of
from streams.core.customers.stored.store import SHARDS
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.customers.calendar import Months
    from streams.core.customers.stored.store import LifeStore


class TopicTime(NamedTuple):
    """How far a source topic of the partition is: its watermark, and whether it is idle."""

    watermark: int
    idle: bool


def customer_clock(topics: Iterable[TopicTime], grace: int, before: int) -> int:
    """Give the clock, epoch seconds; it never goes back.

    Args:
        topics: all source topics of the partition. One that has had no event and is not idle holds
            the clock. Where all are idle, the one that got furthest counts.
        grace: seconds that the clock stays behind.
        before: the clock until now.
    """
    known = list(topics)
    awake = [topic.watermark for topic in known if not topic.idle]
    furthest = max((topic.watermark for topic in known), default=NEVER)
    least = min(awake, default=furthest)
    return max(before, least - grace) if least != NEVER else before


class Agenda:
    """Which lives are due, found without looking at all of them each time the clock moves.

    Lives due before the horizon are in a heap. When the clock reaches it, the heads of all lives
    are scanned, shard by shard, and the horizon moves to the end of the month.
    """

    def __init__(self, store: LifeStore, calendar: Months) -> None:
        self._store = store
        self._calendar = calendar
        self._heap: list[tuple[int, bytes]] = []
        self._horizon = 0
        self._unscanned: list[int] = []

    def note(self, customer: bytes, due: int) -> None:
        """Take notice of when a life is due now."""
        if due < self._horizon:
            heappush(self._heap, (due, customer))

    def scan(self, clock: int) -> bool:
        """Scan a shard, if the clock has reached the horizon; False where none is left to scan."""
        if clock >= self._horizon:
            self._horizon = self._calendar.starts[self._calendar.of(clock) + 1]
            self._unscanned = list(range(SHARDS))
            self._heap.clear()
        if not self._unscanned:
            return False
        horizon = self._horizon
        for customer, packed in self._store.shard(self._unscanned.pop()):
            due = due_of(packed)
            if due < horizon:
                heappush(self._heap, (due, customer))
        return True

    def pop(self, clock: int) -> tuple[int, bytes] | None:
        """Give the next that was due by the clock; it may have been noted more than once."""
        if self._heap and self._heap[0][0] <= clock:
            return heappop(self._heap)
        return None
