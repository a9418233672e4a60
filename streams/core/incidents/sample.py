"""A sample of the events of a series in a window, as arrays: one element an event's print."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core import prints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from streams.core.incidents.tally import Labels

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]


class Part(NamedTuple):
    """The prints of one combination of labels, which stand for so many `events`."""

    labels: Labels
    events: int
    prints: bytes


class Sampled(NamedTuple):
    """Prints in an order that depends on nothing but themselves.

    `sender`, `low` and `high` (hashes of the words) are 0 where not known; `time` in epoch seconds;
    `kind` numbers the combinations of labels; `weight` is the events that a print stands for.
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
    def of(cls, parts: Sequence[Part], start: int, end: int) -> Sampled:
        """Join the parts, and leave out what is not in `[start, end)`."""
        labels = sorted({part.labels for part in parts})
        number = {one: place for place, one in enumerate(labels)}
        raw = np.frombuffer(b"".join([part.prints for part in parts]), dtype=">u4")
        table = raw.reshape(-1, prints.SIZE // 4).astype(np.int64)
        sizes = [len(part.prints) // prints.SIZE for part in parts]
        kind = np.repeat(np.array([number[p.labels] for p in parts], dtype=np.int64), sizes)
        each = [part.events / size for part, size in zip(parts, sizes, strict=True)]
        weight = np.repeat(np.array(each, dtype=np.float64), sizes)
        name, sender, low, high, time = table.T
        order = np.lexsort((kind, high, low, sender, name, time))
        order = order[(time[order] >= start) & (time[order] < end)]
        return cls(
            sender[order],
            low[order],
            high[order],
            time[order],
            kind[order],
            weight[order],
            start,
            end,
        )

    @property
    def seconds(self) -> int:
        """Length of the window."""
        return self.end - self.start


def totals(keys: Whole, weight: Real) -> tuple[Whole, Whole, Real]:
    """Add the weights up by key: keys ascending, the place of each element's key, the sums."""
    names, places = np.unique(keys, return_inverse=True)
    sums = np.zeros(names.size)
    np.add.at(sums, places, weight)
    return names, places.astype(np.int64), sums


def joint(*columns: Whole) -> Whole:
    """Number the combinations of several columns."""
    together = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        _, codes = np.unique(column, return_inverse=True)
        together = together * (int(codes.max(initial=0)) + 1) + codes
        _, together = np.unique(together, return_inverse=True)
    return together.astype(np.int64)
