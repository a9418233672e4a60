"""The book of cells: the cumulative numbers of one source partition by day and month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers.groups.cells import DAY_GRAIN, MONTH_GRAIN, TOTAL, Tally
from streams.core.event_time.buckets import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.customers.groups.cells import Contribution, Key
    from streams.core.customers.sums.ledger import Ledger

DAYS_AMENDED: Final = 400
"""Days behind the clock for which the numbers of a day are amended; older ones stay."""

WEEK: Final = 7

_NOTHING: Final = Tally()


class ChangedCell(NamedTuple):
    """A cell that changed, and whether a row of it stood in the changelog before."""

    key: Key
    tally: Tally
    stood: bool


class Book:
    """Cells by key, and which of them are to be handed out.

    `months_only` counts amendments that came too late for their day, and moved its month alone.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.cells: dict[Key, Tally] = {}
        self._by_start: dict[tuple[int, int], set[Key]] = {}  # also of cells that are gone
        self._changed: set[Key] = set()
        self._stored: set[Key] = set()
        self.months_only = 0
        self._ledger = ledger
        self._first_day = 0
        self._forgotten = (0, 0)

    def replace(self, shard: int, before: Contribution, after: Contribution, reported: int) -> None:
        """Take out what a life contributed before, and put in what it contributes now.

        `reported` is the clock, in epoch seconds, up to which it contributed what it did before.
        Days that were closed by then stay.
        """
        self._first_day = reported - DAYS_AMENDED * DAY
        for key, tally in before.items():
            now = after.get(key)
            if now is None:
                self._change(shard, key, tally, -1)
            elif now != tally:
                now.add(tally, -1)
                self._change(shard, key, now, 1)
                now.add(tally, 1)
        for key, tally in after.items():
            if key not in before:
                self._change(shard, key, tally, 1)

    def add(self, shard: int, key: Key, change: Tally) -> None:
        """Add to the cell of a month."""
        self._change(shard, key, change, 1)

    def _change(self, shard: int, key: Key, change: Tally, sign: int) -> None:
        if key[0] == DAY_GRAIN and key[1] < self._first_day:
            self.months_only += 1
            return
        cell = self.cells.get(key)
        if cell is None:
            cell = self._begin(key, Tally())
        cell.add(change, sign)
        self._changed.add(key)
        if key[0] == MONTH_GRAIN and key[5] == TOTAL:
            self._ledger.post(shard, key, change, sign)

    def _begin(self, key: Key, tally: Tally) -> Tally:
        self.cells[key] = tally
        self._by_start.setdefault(key[:2], set()).add(key)
        return tally

    @property
    def pending(self) -> int:
        """How many cells have changed since the last call of `drain_changed`."""
        return len(self._changed)

    def change_all(self) -> None:
        """Let every cell be handed out as one that changed."""
        self._changed.update(self.cells)

    def drain_changed(self) -> Iterator[ChangedCell]:
        """Hand out the cells that changed; one that is not empty has a row after that.

        One that has become empty is forgotten.
        """
        stored = self._stored
        for key in self._changed:
            cell = self.cells.get(key, _NOTHING)
            yield ChangedCell(key, cell, key in stored)
            if cell:
                stored.add(key)
            else:
                stored.discard(key)
                self.cells.pop(key, None)
        self._changed.clear()

    def forget(self, clock: int, first_month: int) -> Iterator[Key]:
        """Forget the cells that nothing can change any more, and yield those that have a row.

        Args:
            clock: the customer clock, by which everything is settled.
            first_month: the number of the first month that can still change.
        """
        first_day = (clock // DAY - DAYS_AMENDED - 1) // WEEK * WEEK * DAY
        if (first_day, first_month) == self._forgotten:
            return
        self._forgotten = first_day, first_month
        starts = {DAY_GRAIN: first_day, MONTH_GRAIN: first_month}
        for place in [place for place in self._by_start if place[1] < starts[place[0]]]:
            kept = set()
            for key in self._by_start.pop(place):
                if key in self._changed:
                    kept.add(key)
                elif self.cells.pop(key, None) is not None and key in self._stored:
                    self._stored.discard(key)
                    yield key
            if kept:
                self._by_start[place] = kept

    def restore(self, key: Key, tally: Tally) -> None:
        """Take over a cell that has a row."""
        self._begin(key, tally)
        self._stored.add(key)

    def restore_counts(self, months_only: int) -> None:
        """Take over what was counted besides."""
        self.months_only = months_only
