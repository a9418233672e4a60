"""The cells of a message in columns: that of each column belongs to the same cell."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.aggregate.open_buckets import SERIES_BITS, Customers, customers_of, read_registers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.core.messages import Cell
    from streams.core.partials import CellColumns
    from streams.core.sketches.datasketches_format import Registers
    from streams.core.slots import Integers


class Incoming(NamedTuple):
    """Cells of a message: keys as of `OpenBuckets`, count so far, values by place, customers."""

    keys: Integers
    counts: Integers
    values: Mapping[int, dict[str, int]]
    customers: Customers

    def sorted(self) -> Incoming:
        """Return them by key; of one that comes twice, the later counts."""
        keys = self.keys
        rising = keys[1:] > keys[:-1]
        if rising.all():
            return self
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        last = np.append(keys[1:] != keys[:-1], True)
        place_of = np.empty(keys.size, np.int64)
        place_of[order] = np.cumsum(last) - last
        values = {int(place_of[place]): own for place, own in self.values.items()}
        counts = self.counts[order][last]
        return Incoming(keys[last], counts, values, self.customers.moved(place_of))


def joined(several: Sequence[Incoming]) -> Incoming:
    """Return the cells of several messages, one after the other."""
    if len(several) == 1:
        return several[0]
    begins = np.cumsum([0, *(one.keys.size for one in several)]).tolist()
    values: dict[int, dict[str, int]] = {}
    registers: list[tuple[int, Registers]] = []
    for begin, one in zip(begins, several, strict=False):
        values.update((begin + place, own) for place, own in one.values.items())
        registers += [(begin + place, own) for place, own in one.customers.registers]
    owners = [begin + one.customers.owners for begin, one in zip(begins, several, strict=False)]
    customers = Customers(
        np.concatenate(owners),
        np.concatenate([one.customers.coupons for one in several]),
        registers,
    )
    keys = np.concatenate([one.keys for one in several])
    return Incoming(keys, np.concatenate([one.counts for one in several]), values, customers)


def columns_of(series: Integers, columns: CellColumns) -> Incoming:
    """Return the cells of series, by the number of that of each."""
    keys = columns.starts << SERIES_BITS | series
    owners = np.repeat(np.arange(keys.size), columns.sizes)
    registers = read_registers(columns.registers.items())
    customers = Customers(owners, columns.coupons, registers)
    return Incoming(keys, columns.counts, columns.values, customers)


def incoming(snapshots: Iterable[tuple[int, list[Cell]]]) -> Incoming:
    """Put the cells of series, by the numbers of these, into columns."""
    numbers, cells = zip(*snapshots, strict=True)
    starts, counts, values, sketches = zip(*chain.from_iterable(cells), strict=True)
    series = np.repeat(np.array(numbers, np.int64), [len(own) for own in cells])
    keys = np.array(starts, np.int64) << SERIES_BITS | series
    amounts = {place: own for place, own in enumerate(values) if own is not None}
    return Incoming(keys, np.array(counts, np.int64), amounts, customers_of(list(sketches)))
