"""How far the customers of every source partition are, as they tell each other.

    told clocks    partition 0   2017-03-10
                   partition 1   2017-01-20     <- the least: nobody goes further than LEAP beyond
                   partition 2   2016-11-02, idle: nobody waits for it

What a partition tells goes through the exchange behind all that its customers did to others until
then. So who has read it has read that, too, and all that is still to come is of later. A partition
of which nothing is known holds everybody; so does the partition's own clock, until it has come
around: what its customers do to each other goes the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.event_time.buckets import DAY
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAP: Final = 60 * DAY
"""Event time, in seconds, by which a clock goes beyond the least that was told and read.

Who is merged into somebody who is merged in turn is told by two partitions, one after the other:
six of them come to less than the 400 days in which a day is counted anew."""

STEP: Final = 10 * DAY
"""Event time, in seconds, by which a clock moves before it is told again."""


class ToldClock(NamedTuple):
    """Up to when a partition has told all (epoch seconds), and whether it has nothing to read."""

    at: int = NEVER
    idle: bool = False


class ToldClocks:
    """The clocks that a source partition knows of all, and what it has told of its own."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._own = partition
        self._known = dict.fromkeys((partition, *range(partitions)), ToldClock())
        self._told = ToldClock()
        self.limit = NEVER
        """How far the clock of this partition may go, in epoch seconds; NEVER: nowhere."""

    @property
    def partitions(self) -> Sequence[int]:
        """Who is to be told."""
        return sorted(self._known)

    def of(self, partition: int) -> ToldClock:
        """Return what is known of a partition."""
        return self._known.get(partition, ToldClock())

    def hear(self, partition: int, told: ToldClock) -> None:
        """Take in what a partition tells; a clock never goes back."""
        self._known[partition] = ToldClock(max(told.at, self.of(partition).at), told.idle)
        least = min(at for one, (at, idle) in self._known.items() if one == self._own or not idle)
        self.limit = NEVER if least == NEVER else least + LEAP

    def restore(self, partition: int, told: ToldClock) -> None:
        """Know again what a partition told before a take-over."""
        self.hear(partition, told)
        if partition == self._own:
            self._told = self.of(partition)

    def due(self, now: ToldClock) -> bool:
        """Tell whether everybody is to be told of the partition's own clock.

        That it is idle is told only where somebody is so far ahead as to wait for it soon.
        """
        told = self._told
        if now.at >= told.at + STEP or (told.at == NEVER != now.at) or (told.idle and not now.idle):
            return True
        return now.idle and not told.idle and self._ahead() > told.at + LEAP // 2

    def tell(self, now: ToldClock) -> None:
        """Take notice that everybody is told."""
        self._told = now

    def _ahead(self) -> int:
        """Give the clock of who is furthest, of all others that are not idle."""
        others = (told for one, told in self._known.items() if one != self._own)
        return max((told.at for told in others if not told.idle), default=NEVER)

    def holding(self) -> list[int]:
        """Name the partitions whose clocks, as they were told, are the least."""
        waited = {n: told.at for n, told in self._known.items() if n == self._own or not told.idle}
        least = min(waited.values())
        return sorted(n for n, at in waited.items() if at == least)
