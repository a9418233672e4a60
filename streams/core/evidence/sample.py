"""A sample of the events of a series in a window, as arrays: one element an event's print."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.distinct_rows import run_begins
from streams.core.sketches import fingerprints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Words = NDArray[np.uint32]
    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]


_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Printed(NamedTuple):
    """Prints as rows of five words, with the number of their combination of labels.

    `weight` is the events that a print stands for.
    """

    table: Words
    numbers: Whole
    weight: Real

    @classmethod
    def of(cls, raw: Sequence[bytes], events: Sequence[int], numbers: Whole) -> Printed:
        """Join the samples of several combinations of labels; none is empty."""
        table = np.frombuffer(b"".join(raw), dtype=">u4").reshape(-1, fingerprints.SIZE // 4)
        sizes = np.array([len(one) // fingerprints.SIZE for one in raw], dtype=np.int64)
        weight = np.array(events, dtype=np.float64) / sizes
        return cls(table.astype(np.uint32), np.repeat(numbers, sizes), np.repeat(weight, sizes))

    @classmethod
    def joined(cls, parts: Sequence[Printed]) -> Printed:
        """Put several one behind the other; there is one at least."""
        table, numbers, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return cls(table, numbers, weight)

    def select(self, mask: Mask | Whole) -> Printed:
        """Return some of the elements, by a mask or by their places."""
        return Printed(self.table[mask], self.numbers[mask], self.weight[mask])


def ordered(printed: Printed, kind: Whole) -> Printed:
    """Bring prints in the order of `Sampled`; `kind` has hashes of the combinations of labels."""
    name, sender, low, high, time = printed.table.T
    return printed.select(np.lexsort((kind, high, low, sender, name, time)))


class Sampled(NamedTuple):
    """Prints in an order that depends on nothing but themselves.

    `sender`, `low` and `high` (hashes of the words) are 0 where not known; `time` in epoch seconds;
    `kind` has hashes of the combinations of labels; `weight` is the events that a print stands for.
    """

    sender: Whole
    low: Whole
    high: Whole
    time: Whole
    kind: Whole
    weight: Real
    start: int
    end: int

    @classmethod
    def of(cls, printed: Printed, kind: Whole, start: int, end: int) -> Sampled:
        """Bring prints in order, and leave out what is not in `[start, end)`."""
        name, sender, low, high, time = printed.table.astype(np.int64).T
        order = np.lexsort((kind, high, low, sender, name, time))
        order = order[(time[order] >= start) & (time[order] < end)]
        return cls(
            sender[order],
            low[order],
            high[order],
            time[order],
            kind[order],
            printed.weight[order],
            start,
            end,
        )

    @classmethod
    def in_order(cls, printed: Printed, kind: Whole, start: int, end: int) -> Sampled:
        """Do as `of`, with prints that are in order."""
        _, sender, low, high, time = printed.table.astype(np.int64).T
        whole = cls(sender, low, high, time, kind, printed.weight, start, end)
        return whole.within(start, end)

    def within(self, start: int, end: int) -> Sampled:
        """Return the elements in `[start, end)`."""
        first, last = np.searchsorted(self.time, (start, end)).tolist()
        own = slice(first, last)
        return Sampled(
            self.sender[own],
            self.low[own],
            self.high[own],
            self.time[own],
            self.kind[own],
            self.weight[own],
            start,
            end,
        )

    @property
    def seconds(self) -> int:
        """Length of the window."""
        return self.end - self.start


class Everything:
    """The prints of all series in a window, and what every series asks of them."""

    def __init__(self, sampled: Sampled) -> None:
        self.sampled = sampled
        self._by_sender: tuple[Whole, Real] | None = None

    def by_sender(self) -> tuple[Whole, Real]:
        """Return all senders, ascending, and how many events are theirs."""
        if self._by_sender is None:
            names, _, sums = totals(self.sampled.sender, self.sampled.weight)
            self._by_sender = names, sums
        return self._by_sender


def totals(keys: Whole, weight: Real) -> tuple[Whole, Whole, Real]:
    """Add the weights up by key: keys ascending, the place of each element's key, the sums."""
    # As `np.unique` and `np.add.at` do, which take longer for the few that most series have.
    order = keys.argsort(kind="stable")
    ascending = keys[order]
    first = run_begins(ascending)
    places = np.empty(keys.size, dtype=np.int64)
    places[order] = np.cumsum(first) - 1
    names = ascending[first]
    sums = np.bincount(places, weight, names.size)
    return names, places, sums.astype(np.float64, copy=False)  # of none, it counts in integers


def joint(*columns: Whole) -> Whole:
    """Return a number for each combination of several columns: a hash of it.

    That two have the same one has a chance of one in 10^19.
    """
    together = np.zeros(columns[0].size, dtype=np.uint64)
    for column in columns:
        together ^= column.astype(np.uint64)
        together *= _ODD  # wraps around; what was mixed in moves up, and is brought down again
        together ^= together >> _HALF
    return together.view(np.int64)
