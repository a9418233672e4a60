"""Complaints beside lives, as columns: those of a batch are added at once.

row       0    1    2    3    4         as they came
life      0    1    0    2    0         the number of the life beside which it stands
before   -1   -1    0   -1    2         the row before it beside the same life
last      life 0: 4, life 1: 1, life 2: 3

Rows of a life are found by going back from the last. Once they have been taken, another life may
have its number: the rows from before `first` are not its own. They go when they are many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.customers.complaints.complaints import NEWEST
from streams.core.customers.stored.bare import ROW
from streams.core.distinct_rows import run_begins
from streams.core.slots import SlotPool, grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.customers.stored.bare import Rows
    from streams.core.slots import Integers, Number

NAME: Final = np.dtype("<u8")

SPARE: Final = 4
"""Of so many rows one may be nobody's, and so many rows have room for one more;"""
FEW: Final = 1_024
"""and so many may be nobody's."""

_NEVER: Final = 1 << 62


class Added(NamedTuple):
    """What became of complaints that were added.

    Attributes:
        lives: the numbers of the lives beside which they stand, ascending.
        counts: how many stand beside each of them now.
        began: of how many lives no other waits to be written.
        surplus: how many older ones have to go.
    """

    lives: Integers
    counts: Integers
    began: int
    surplus: int


class Beside:
    """The complaints beside the lives of a partition; element n of a column belongs to life n.

    Attributes:
        months: in which its complaints were made: the last month of the life.
        groups: the number of its group in that month.
        counts: how many stand beside it.
        stand: how many of them stand in the changelog,
        numbers: and the number of the changelog row that has the first of them.
        names: what it is called in rows of the changelog: a hash.
        written: the rows before this one have been written.
    """

    def __init__(self) -> None:
        self._pool = SlotPool()
        none = np.zeros(0, np.int64)
        self.months = self.groups = self.counts = self.stand = self.numbers = none
        self.names: NDArray[np.uint64] = np.zeros(0, NAME)
        self._kept = self._first = self._last = none
        self._rows: Rows = np.zeros(0, ROW)
        self._lives = self._before = none.astype(np.int32)
        self._used = self._beside = self.written = 0

    def begin(self, names: bytes, columns: Integers) -> Integers:
        """Have complaints of a month stand beside lives; return the numbers of these.

        Args:
            names: what they are called in rows of the changelog, one behind the other.
            columns: the last month of each, the number of its group then, and how many complaints
                it keeps.
        """
        lives = self._pool.take(columns.shape[1])
        if self._pool.size > self.months.size:
            self._grow(self._pool.size)
        self.months[lives], self.groups[lives], self._kept[lives] = columns
        self.names[lives] = np.frombuffer(names, NAME)
        self.counts[lives] = self.stand[lives] = 0
        self._first[lives], self._last[lives] = _NEVER, -1
        return lives

    def _grow(self, size: int) -> None:
        self.months, self.groups = grown(self.months, size), grown(self.groups, size)
        self.counts, self.stand = grown(self.counts, size), grown(self.stand, size)
        self.numbers, self._kept = grown(self.numbers, size), grown(self._kept, size)
        self._first, self._last = grown(self._first, size), grown(self._last, size)
        self.names = grown(self.names, size)

    def add(self, lives: Integers, rows: Rows) -> Added:
        """Add complaints, one at least, in the order in which they came.

        Args:
            lives: the number of the life beside which each is to stand.
            rows: the complaints.
        """
        begin = self._used
        end = self._used = begin + lives.size
        self._beside += lives.size
        if end > self._lives.size:
            self._lives, self._before = _with_room(self._lives, end), _with_room(self._before, end)
            self._rows = _with_room(self._rows, end)
        self._lives[begin:end], self._rows[begin:end] = lives, rows
        order = lives.argsort(kind="stable")
        firsts, own = _runs(lives[order])
        places = order + begin
        before = np.empty(lives.size, np.int64)
        before[1:] = places[:-1]
        last = self._last[own]
        before[firsts] = last
        self._before[places] = before
        counts = np.diff(firsts, append=lives.size)
        self._last[own] = places[firsts + counts - 1]
        self._first[own] = np.minimum(self._first[own], places[firsts])
        self.counts[own] += counts
        began = int(np.count_nonzero(last < self.written))
        kept = self._kept[own]
        now = kept + counts
        self._kept[own] = np.minimum(now, np.maximum(kept, NEWEST))
        return Added(own, self.counts[own], began, int((now - self._kept[own]).sum()))

    def take(self, life: int) -> bytes:
        """Give what stands beside a life, as it came; its number is free from now on."""
        before, at, places = self._before.data, int(self._last[life]), []
        while at >= 0:
            places.append(at)
            at = before[at]
        rows = self._rows[places[::-1]].tobytes()
        self._beside -= int(self.counts[life])
        self.counts[life] = self.stand[life] = 0
        self._first[life] = _NEVER
        self._pool.give_back(np.array([life]))
        return rows

    def places(self, lives: Integers) -> Integers:
        """Give the places of all rows beside some lives, as they came."""
        found = [at := self._last[lives[self.counts[lives] > 0]]]
        while at.size:
            before = self._before[at]
            found.append(at := before[before >= 0].astype(np.int64))
        places = np.concatenate(found)
        places.sort()
        return places

    def unwritten(self) -> Integers:
        """Give the places of the rows that came since `written`."""
        since = np.arange(self.written, self._used)
        return since[since >= self._first[self._lives[self.written : self._used]]]

    def parted(self, places: Integers) -> tuple[Integers, Integers, Rows]:
        """Give rows life by life: the numbers of the lives, how many each has, and the rows."""
        lives = self._lives[places].astype(np.int64)
        order = lives.argsort(kind="stable")
        firsts, own = _runs(lives[order])
        return own, np.diff(firsts, append=places.size), self._rows[places[order]]

    def close(self) -> None:
        """Take all rows for written; let go of those that are nobody's, if they are many."""
        used = self.written = self._used
        if used - self._beside <= max(used // SPARE, FEW):
            return
        lives, before = self._lives[:used], self._before[:used]
        stay = np.arange(used) >= self._first[lives]
        moved = np.cumsum(stay) - 1
        left = np.flatnonzero(stay)
        before = before[left]
        own = np.flatnonzero(self.counts)
        self._before = np.where(before < 0, -1, moved[before]).astype(np.int32)
        self._first[own], self._last[own] = moved[self._first[own]], moved[self._last[own]]
        self._lives, self._rows = lives[left], self._rows[left]
        self._used = self.written = left.size


def _with_room(column: NDArray[Number], size: int) -> NDArray[Number]:
    """Give a column with room for so many rows, and some more."""
    return np.concatenate((column, np.empty(size + size // SPARE - len(column), column.dtype)))


def _runs(lives: Integers) -> tuple[NDArray[np.intp], Integers]:
    """Give where each life begins in numbers that are in order, and which it is."""
    firsts = run_begins(lives).nonzero()[0]
    return firsts, lives[firsts]
