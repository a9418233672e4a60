"""Links on their way: up to when all that customers did to each other is counted.

    partition 0, flush 12, clock 10:00 to 10:05   sent to 2  -----------------.
    partition 2, flush 31                         read of 0, flush 12  <------'
    counted up to                                 10:00 .................... 10:05

A period is final when the customer clock has passed it, and the links that were sent until then
have been read: what came of them is in the same message as that they were.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Unread = tuple[int, int, int, int]
"""Source partition, target, flush, and the source's clock before that flush, in epoch seconds."""


class UnreadLinks:
    """What source partitions have sent each other, and the others have not read yet."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int, int], deque[tuple[int, int]]] = {}

    def note(self, source: int, clock: int, sent: Mapping[int, int]) -> None:
        """Note in which flush a partition sent links to others; `clock`: its own before that."""
        for target, flush in sent.items():
            self._sent.setdefault((source, target), deque()).append((flush, clock))

    def read(self, target: int, read: Mapping[int, int]) -> None:
        """Note up to which flush of others a partition has read their links."""
        for source, flush in read.items():
            waiting = self._sent.get((source, target))
            while waiting and waiting[0][0] <= flush:
                waiting.popleft()
            if not waiting:
                self._sent.pop((source, target), None)

    def clock(self, clock: int) -> int:
        """Give the time up to which all links are counted, epoch seconds; `clock` at the most."""
        return min([clock, *(waiting[0][1] for waiting in self._sent.values())])

    def store(self) -> list[Unread]:
        """Write it down."""
        return [
            (source, target, *one)
            for (source, target), waiting in self._sent.items()
            for one in waiting
        ]

    def restore(self, unread: Iterable[Unread]) -> None:
        """Go on from what was written down."""
        for source, target, flush, clock in unread:
            self.note(source, clock, {target: flush})
