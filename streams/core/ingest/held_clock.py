"""The customer clock of a source partition, which leaps no further than LEAP from flush to flush.

    target      |-------------------------------------------------> where the topics are
    clock       |--- LEAP --->|--- LEAP --->|--- LEAP --->|...
    flushes                   ^             ^             ^

A silent topic holds the clock at nothing while years of history are read, and lets go of it when it
turns idle. What customers do to each other goes out with a flush and comes in some flushes later:
on a backlog it waits behind batches of events that were read before. What comes in more than a year
behind the clock is not counted in full. So the clock goes slowly; nothing makes it wait for what is
on its way, and what takes more flushes than are usual may come too late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.calendar import FAR
from streams.core.customers.stored.head import due_of
from streams.core.customers.stored.store import SHARDS
from streams.core.event_time.buckets import DAY

if TYPE_CHECKING:
    from streams.core.customers.customers import Customers

LEAP: Final = 20 * DAY
"""Event time by which the clock moves from one flush to the next at the most, in seconds.

What comes around within fifteen flushes is counted in full; nine were seen."""


class HeldClock:
    """Moves the clock of the customers of a partition.

    Attributes:
        held: whether it is behind where it could be: it goes on after the next flush.
    """

    def __init__(self, customers: Customers) -> None:
        self._customers = customers
        self._written = customers.clock
        self._first: int | None = None
        self.held = False

    @property
    def moved(self) -> bool:
        """Whether the clock has moved since the last flush."""
        return self._customers.clock != self._written

    def advance(self, target: int) -> None:
        """Move the clock towards a time, epoch seconds."""
        clock = target
        if target > self._written + LEAP:
            clock = min(target, (self._written or self._begin(target)) + LEAP)
        self.held = clock < target
        self._customers.advance(clock)

    def write(self) -> None:
        """Take notice of a flush: the clock may go on from where it is."""
        self._written = self._customers.clock

    def _begin(self, target: int) -> int:
        """Give the time before which a clock that has never moved would find nothing due."""
        if self._first is None:
            self._customers.lives.settle_all()
            store = self._customers.store
            lives = (packed for shard in range(SHARDS) for _, packed in store.shard(shard))
            self._first = min(target, min(map(due_of, lives), default=FAR))
        return self._first
