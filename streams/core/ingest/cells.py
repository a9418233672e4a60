"""Cells: one series in one 5-minute bucket, as seen by one source partition.

    key       bucket 1, series 0    bucket 1, series 4    bucket 2, series 0    ascending
    slot              0                     2                     1
    count            14                     3                     9             by slot

Events are added some thousand at a time, and what comes of them does not depend on how many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.distinct_rows import FEW, distinct, distinct_rows
from streams.core.event_time.buckets import BASE
from streams.core.partials import CellColumns, CellPacker
from streams.core.sketches.cell_customers import CellCustomers
from streams.core.slots import Slots, grown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from streams.core.ingest.event_columns import Contributions, EventColumns
    from streams.core.ingest.label_codes import LabelCodes
    from streams.core.ingest.series_router import SeriesRouter
    from streams.core.slots import Integers

_SERIES_BITS: Final = 32
_SERIES: Final = (1 << _SERIES_BITS) - 1
_COUNTED: Final = 8
"""Possible cells an event up to which counting them all is faster than sorting."""

Values = dict[str, int]
"""Amounts in minor units, by currency."""
StoredCell = tuple[str, int, Values | None, bytes | None]
"""Name of the series, count, values and customers."""


class NumberedCells(NamedTuple):
    """Cells and the numbers of their series; element n of both belongs to the same.

    Attributes:
        series: the number of the series.
        columns: the cells.
    """

    series: Integers
    columns: CellColumns

    def pick(self, places: NDArray[np.intp]) -> NumberedCells:
        """Return some of them, in this order."""
        return NumberedCells(self.series[places], self.columns.pick(places))

    def after(self, frozen: int) -> NumberedCells:
        """Return those that start after `frozen` (epoch seconds), ascending by start."""
        starts = self.columns.starts
        places = np.flatnonzero(starts > frozen)
        return self.pick(places[starts[places].argsort(kind="stable")])

    def packer(self, names: Sequence[str]) -> CellPacker:
        """Return what packs them; `names` are those of all series."""
        return CellPacker(names, self.series, self.columns)


class Cells:
    """The open buckets of one source topic in one partition, and what changed in them."""

    def __init__(self, router: SeriesRouter) -> None:
        self._router = router
        self._slots = Slots()
        self._keys: Integers = np.zeros(0, np.int64)
        self._counts: Integers = np.zeros(0, np.int64)
        self._changed = np.zeros(0, np.bool_)
        self._values: dict[int, Values] = {}
        self._customers = CellCustomers()
        self._restored: dict[int, tuple[int, int, Values | None, bytes | None]] = {}
        """By key: flush, count, values and customers of cells that stand in the changelog."""

    def add(self, events: EventColumns, codes: LabelCodes) -> None:
        """Add events to the cells of every breakdown."""
        buckets = events.times // BASE
        first = int(buckets.min())
        buckets -= first
        few = buckets.size <= FEW
        keys: list[Integers] = []
        counted: list[_Counted] = []
        owners: list[NDArray[np.intp]] = []
        money: list[Contributions] = []
        places = np.arange(buckets.size)
        for metric, contributions in events.contributions.items():
            own, mine = contributions.of(buckets), contributions.of(places)
            columns = [contributions.of(column) for column in events.codes]
            for series in self._router.series(metric, codes, columns):
                if few:
                    keys.append((own + first << _SERIES_BITS) | series)
                else:
                    counted.append(_count(first, own, series))
                owners.append(mine)
                money.append(contributions)
        if not owners:
            return
        slots = self._add_few(keys) if few else self._add_counts(counted)
        for own, contributions in zip(slots, money, strict=True):
            self._add_amounts(own, contributions)
        self._add_customers(np.concatenate(slots), np.concatenate(owners), events)

    def _add_counts(self, counted: list[_Counted]) -> list[Integers]:
        """Add the counts of breakdowns to the cells; return the slot of each event's, for each."""
        keys = np.concatenate([one.keys for one in counted])
        order = keys.argsort(kind="stable")  # which merges what is sorted already
        slots = np.empty(keys.size, np.int64)
        slots[order] = self._slots.of(keys[order])
        self._grow()
        self._keys[slots] = keys
        self._counts[slots] += np.concatenate([one.counts for one in counted])
        self._changed[slots] = True
        ends = np.cumsum([one.keys.size for one in counted])
        return [
            own[one.which] for own, one in zip(np.split(slots, ends[:-1]), counted, strict=True)
        ]

    def _add_few(self, columns: list[Integers]) -> list[Integers]:
        """Count few events, by the key of the cell of each in every breakdown, as `_add_counts`."""
        keys, _, counts, which = distinct(np.concatenate(columns))
        slots = self._slots.of(keys)
        self._grow()
        self._keys[slots] = keys
        self._counts[slots] += counts
        self._changed[slots] = True
        every, begin, found = slots[which], 0, []
        for column in columns:
            found.append(every[begin : begin + column.size])
            begin += column.size
        return found

    def pending(self) -> int:
        """Count the cells changed since the last flush."""
        return int(np.count_nonzero(self._changed))

    def size(self) -> int:
        """Count the cells held."""
        return self._slots.keys.size

    def changed(self) -> NumberedCells:
        """Return the cells that changed since `forget` was called, by series and start."""
        slots = self._changed.nonzero()[0]
        keys = self._keys[slots]
        order = np.lexsort((keys >> _SERIES_BITS, keys & _SERIES))
        return self._read(slots[order])

    def size_at(self, start: int) -> int:
        """Count the cells of the bucket that starts at `start`, epoch seconds."""
        first, last = self._range(start)
        return last - first

    def at(self, start: int) -> NumberedCells:
        """Return the cells of the bucket that starts at `start`, by series."""
        first, last = self._range(start)
        return self._read(self._slots.slots[first:last])

    def _range(self, start: int) -> tuple[int, int]:
        """Return from where up to before where the cells of a bucket are, of all keys."""
        edges = [start // BASE << _SERIES_BITS, start // BASE + 1 << _SERIES_BITS]
        first, last = self._slots.keys.searchsorted(edges).tolist()
        return first, last

    def _read(self, slots: Integers) -> NumberedCells:
        keys = self._keys[slots]
        values: dict[int, Values] = {}
        if self._values:
            own = ((place, self._values.get(slot)) for place, slot in enumerate(slots.tolist()))
            values = {place: found for place, found in own if found is not None}
        starts = (keys >> _SERIES_BITS) * BASE
        cells = CellColumns(starts, self._counts[slots], values, *self._customers.read(slots))
        return NumberedCells(keys & _SERIES, cells)

    def forget(self, frozen: int) -> None:
        """Forget what changed, and the buckets up to `frozen`, which can no longer change.

        `frozen` is the start of the latest such bucket, epoch seconds.
        """
        self._changed[:] = False
        gone = self._slots.drop_below(frozen // BASE + 1 << _SERIES_BITS)
        self._customers.drop(gone)
        if self._values:
            for slot in gone.tolist():
                self._values.pop(slot, None)
        self._counts[gone] = 0

    def restore(self, flush: int, start: int, cells: Iterable[StoredCell]) -> None:
        """Take cells of a bucket over as a flush wrote them; they are there after `restored`.

        Of one that several flushes wrote the last counts.
        """
        base, held = start // BASE << _SERIES_BITS, self._restored
        for name, count, values, customers in cells:
            key = base | self._router.number(name)
            before = held.get(key)
            if before is None or before[0] < flush:
                held[key] = flush, count, values, customers

    def restored(self) -> None:
        """Start from the cells taken over."""
        if not self._restored:
            return
        keys = np.array(sorted(self._restored))
        rows = [self._restored.pop(key) for key in keys.tolist()]
        slots = self._slots.of(keys)
        self._grow()
        self._keys[slots] = keys
        self._counts[slots] = [row[1] for row in rows]
        self._customers.restore(slots, [row[3] for row in rows])
        for slot, (_, _, values, _) in zip(slots.tolist(), rows, strict=True):
            if values is not None:
                self._values[slot] = dict(values)

    def _grow(self) -> None:
        size = self._slots.size
        self._keys, self._counts = grown(self._keys, size), grown(self._counts, size)
        self._changed = grown(self._changed, size)

    def _add_amounts(self, slots: Integers, contributions: Contributions) -> None:
        """Add amounts to the cells at `slots`: Python's integers have no end."""
        amounts, currencies = contributions.amounts, contributions.currencies
        if amounts is None or currencies is None:
            return
        names = sorted({name for name in currencies if name is not None})
        number = {name: place for place, name in enumerate(names)}
        of = np.array([-1 if name is None else number[name] for name in currencies])
        slots, amounts, of = slots[of >= 0], amounts[of >= 0], of[of >= 0]
        if not of.size:
            return
        first, which = distinct_rows([slots, of])
        sums = np.zeros(first.size, np.int64)
        np.add.at(sums, which, amounts)
        rows = zip(slots[first].tolist(), of[first].tolist(), sums.tolist(), strict=True)
        for slot, currency, amount in rows:
            values = self._values.setdefault(slot, {})
            values[names[currency]] = values.get(names[currency], 0) + amount

    def _add_customers(
        self, slots: Integers, owners: NDArray[np.intp], events: EventColumns
    ) -> None:
        if events.named is not None:
            named = events.named[owners]
            slots, owners = slots[named], owners[named]
        self._customers.add_several(slots, owners, events.coupons)


class _Counted(NamedTuple):
    """What events add up to in a breakdown: keys of cells, counts; and by event, which it is."""

    keys: Integers
    counts: NDArray[np.intp]
    which: NDArray[np.intp]


def _count(first: int, buckets: Integers, series: Integers) -> _Counted:
    """Count events by bucket and series.

    Args:
        first: the number of the first bucket.
        buckets: by event, how many buckets after it.
        series: by event, the number of the series.
    """
    low = int(series.min())
    width = int(series.max()) - low + 1
    keys = buckets * width + (series - low)
    size = (int(buckets.max()) + 1) * width
    if size <= _COUNTED * keys.size:
        counts = np.bincount(keys, minlength=size)
        present = counts.nonzero()[0]
        counts = counts[present]
        place_of = np.empty(size, np.intp)
        place_of[present] = np.arange(present.size)
        which = place_of[keys]
    else:
        present, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
    cells = (present // width + first << _SERIES_BITS) | (present % width + low)
    return _Counted(cells, counts, which)
