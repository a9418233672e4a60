"""The buckets of one grain that are open, or changed since the last flush, in columns.

    key       09:00, series 0    09:00, series 4    09:05, series 0    ascending
    slot             0                  2                  1
    count           14                  3                  9           by slot

So the buckets of a slice of time lie together, and those that close are the first ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.distinct_rows import run_begins
from streams.core.sketches import datasketches_format
from streams.core.sketches.cell_customers import CellCustomers
from streams.core.slots import Slots, grown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from streams.core.aggregate.columns import Bucket
    from streams.core.sketches.coupons import Coupons
    from streams.core.sketches.datasketches_format import Registers
    from streams.core.slots import Integers

    Flags = NDArray[np.uint8]

SERIES_BITS: Final = 25
"""Bits of a key for the number of the series; above it stands the start, in epoch seconds."""
SERIES: Final = (1 << SERIES_BITS) - 1

TOUCHED, WAITING, FINAL, AMENDED, RECOUNTED, LEAN = (np.uint8(1 << bit) for bit in range(6))
"""What is known of a bucket: it changed since the last flush; a row of it is still to be published;
one was published that called it final; it changed after that; more events of its day came too late
to be counted; in the changelog its customers are those of its parts."""


class Customers(NamedTuple):
    """Who was counted in some buckets: the place of one by coupon, and registers by place."""

    owners: Integers
    coupons: Coupons
    registers: list[tuple[int, Registers]]

    def moved(self, to: Integers) -> Customers:
        """Return them with every place turned into what `to` says of it."""
        registers = [(int(to[place]), own) for place, own in self.registers]
        return Customers(to[self.owners], self.coupons, registers)


def runs(starts: Integers) -> Iterator[tuple[int, int, int]]:
    """Yield each start, ascending, and from where to where it stands."""
    if not starts.size:
        return
    if starts[0] == starts[-1]:  # as it mostly is: all are of the slice that is open
        yield int(starts[0]), 0, starts.size
        return
    firsts = run_begins(starts).nonzero()[0]
    begins = firsts.tolist()
    yield from zip(starts[firsts].tolist(), begins, [*begins[1:], starts.size], strict=True)


def cut(start: int) -> int:
    """Return the least key of the buckets that start at `start` or later."""
    return start << SERIES_BITS


class OpenBuckets:
    """Counts, values and customers by slot.

    Attributes:
        counts: of each bucket.
        flags: what is known of it; see `TOUCHED`.
        values: by slot, amounts by currency, of those that have some.
        customers: who was counted.
        touched: how many changed since the last flush.
        waiting: how many have a row to be published.
        untold: keys of those that were restored, of which a row will have to wait; see `remind`.
    """

    def __init__(self) -> None:
        self._slots = Slots()
        self.counts: Integers = np.zeros(0, np.int64)
        self.flags: Flags = np.zeros(0, np.uint8)
        self.values: dict[int, dict[str, int]] = {}
        self.customers = CellCustomers()
        self.touched = 0
        self.waiting = 0
        self.untold: Integers = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return self._slots.keys.size

    @property
    def keys(self) -> Integers:
        """The keys of all, ascending."""
        return self._slots.keys

    @property
    def slots(self) -> Integers:
        """The slot of each key."""
        return self._slots.slots

    def find(self, key: int) -> int | None:
        """Return the slot of a bucket; None where it is not here."""
        at = int(np.searchsorted(self.keys, key))
        return int(self.slots[at]) if at < len(self) and self.keys[at] == key else None

    def below(self, key: int) -> int:
        """Return how many buckets have a key below `key`."""
        return int(np.searchsorted(self.keys, key))

    def between(self, first: int, end: int) -> tuple[list[int], Integers]:
        """Return the series (numbers) and slots of the buckets that start in [first, end)."""
        low, high = self.below(cut(first)), self.below(cut(end))
        return (self.keys[low:high] & SERIES).tolist(), self.slots[low:high]

    def missing(self, keys: Integers) -> NDArray[np.bool_]:
        """Mark which of these keys, ascending, are not here."""
        return ~self._slots.has(keys)

    def take(self, keys: Integers) -> Integers:
        """Return the slots of distinct, ascending keys; those that are new have nothing yet."""
        slots = self._slots.of(keys)
        self.counts = grown(self.counts, self._slots.size)
        self.flags = grown(self.flags, self._slots.size)
        return slots

    def add(
        self,
        slots: Integers,
        counts: Integers,
        customers: Customers,
        values: Mapping[int, Mapping[str, int]],
    ) -> None:
        """Add to the buckets at `slots`, by place: counts, customers and values."""
        self.counts[slots] += counts
        before = self.flags[slots]
        self.touched += int(np.count_nonzero(before & TOUCHED == 0))
        self.waiting += int(np.count_nonzero(before & WAITING == 0))
        self.flags[slots] = before | (TOUCHED | WAITING)
        self.join(slots, customers)
        for place, amounts in values.items():
            held = self.values.setdefault(int(slots[place]), {})
            for currency, amount in amounts.items():
                held[currency] = held.get(currency, 0) + amount

    def join(self, slots: Integers, customers: Customers) -> None:
        """Join customers in, by place in `slots`."""
        self.customers.add(slots[customers.owners], customers.coupons)
        if customers.registers:
            places, sketches = zip(*customers.registers, strict=True)
            self.customers.raise_to(slots[list(places)], sketches)

    def reopen(self, slot: int, bucket: Bucket) -> None:
        """Put what a closed bucket had into one that was just taken."""
        self.counts[slot] = bucket.count
        self.flags[slot] |= FINAL
        if bucket.amended:
            self.flags[slot] |= AMENDED
        if bucket.values is not None:
            self.values[slot] = dict(bucket.values)
        if bucket.customers is not None:
            self.join(np.array([slot]), customers_of([bucket.customers]))

    def mark(self, slots: Integers, flag: np.uint8) -> None:
        """Mark buckets, as of `TOUCHED`."""
        self.flags[slots] |= flag
        if flag == WAITING:
            self.waiting = int(np.count_nonzero(self.flags & WAITING))

    def remind(self, most: int) -> None:
        """Let rows of so many of the `untold` buckets wait to be published."""
        some, self.untold = self.untold[:most], self.untold[most:]
        some = some[self._slots.has(some)]
        if some.size:
            self.mark(self._slots.of(some), WAITING)

    def published(self, slots: Integers) -> None:
        """Note that rows of these buckets were published."""
        self.flags[slots] &= ~WAITING
        self.waiting = int(np.count_nonzero(self.flags & WAITING)) if self.waiting else 0

    def rest(self) -> None:
        """Forget what was touched."""
        if self.touched:
            self.flags &= ~TOUCHED
            self.touched = 0

    def drop_below(self, key: int) -> None:
        """Forget the buckets with a key below `key`."""
        gone = self._slots.drop_below(key)
        if not gone.size:
            return
        flags = self.flags[gone]
        self.touched -= int(np.count_nonzero(flags & TOUCHED))
        self.waiting -= int(np.count_nonzero(flags & WAITING))
        self.counts[gone] = 0
        self.flags[gone] = 0
        self.customers.drop(gone)
        if self.values:
            for slot in gone.tolist():
                self.values.pop(slot, None)


def read_registers(written: Iterable[tuple[int, bytes]]) -> list[tuple[int, Registers]]:
    """Read the sketches that have registers, by place."""
    found = ((place, datasketches_format.read(data).registers) for place, data in written)
    return [(place, registers) for place, registers in found if registers is not None]


def customers_of(sketches: list[bytes | None]) -> Customers:
    """Return the customers of sketches as written down, by their place in the list."""
    registers: list[tuple[int, Registers]] = []
    listed: list[bytes] = []
    sizes: list[int] = []
    for place, data in enumerate(sketches):
        own = b"" if data is None else datasketches_format.listed(data)
        if own is None:
            registers += read_registers([(place, data or b"")])
            own = b""
        listed.append(own)
        sizes.append(len(own) >> 2)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    return Customers(owners, np.frombuffer(b"".join(listed), "<u4"), registers)
