"""Merging: the snapshots of all source partitions become the buckets of each series.

source partition 0   |--5m--|--5m--|      a snapshot replaces the last one of the same
source partition 1   |--5m--|--5m--|      (partition, bucket, series); it is never added
                         v
series               |--5m--|--5m--| ...  the change moves the 5 minutes,
                     |------ 1h -----...  the hour
                     |------ 1d -----...  and the day alike
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.aggregate.held_buckets import HeldBuckets
from streams.core.aggregate.incoming import Incoming, joined
from streams.core.aggregate.kinds import OF_PARTS
from streams.core.aggregate.open_buckets import (
    AMENDED,
    LEAN,
    RECOUNTED,
    SERIES,
    SERIES_BITS,
    WAITING,
    customers_of,
    cut,
    runs,
)
from streams.core.aggregate.parts import customers_of_parts
from streams.core.aggregate.snapshots import Snapshots
from streams.core.distinct_rows import distinct
from streams.core.event_time.buckets import DAY, GRAINS
from streams.core.event_time.watermark import NEVER
from streams.core.event_time.zone import UTC_ZONE, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from streams.core.aggregate.columns import StoredBucket
    from streams.core.aggregate.series import Series
    from streams.core.aggregate.snapshots import Snapshot
    from streams.core.event_time.buckets import Grain
    from streams.core.slots import Integers

MAX_CLOSED_AGE: Final[dict[Grain, int]] = {"5m": 2 * DAY, "1h": 8 * DAY, "1d": 400 * DAY}
"""Seconds for which a closed bucket can still be amended, and is held for the windows.

5 minutes go as soon as no source partition can change them and no window holds them.
"""


FromPartition = tuple[int, Incoming, int]
"""A source partition, cells of a message of it, and the start up to which it sends none of them
again: these need not be kept for a later one."""


class Buckets(HeldBuckets):
    """The buckets of many series: open ones in columns, closed ones packed by series.

    What changed is open until the next flush, though its time is over.

    Attributes:
        evicted: by grain, the end up to which buckets were dropped.
        unmerged: changes that came for a bucket that was dropped.
    """

    def __init__(self, grains: Collection[Grain] = GRAINS, zone: Zone = UTC_ZONE) -> None:
        super().__init__(grains, zone)
        self._snapshots: dict[int, Snapshots] = {}
        """By source partition."""
        self.evicted: dict[Grain, int] = dict.fromkeys(GRAINS, 0)
        self._ended: dict[Grain, int] = dict.fromkeys(GRAINS, 0)
        """By grain, the end before which all that closed is packed."""
        self._reopened: set[tuple[Grain, int, int]] = set()
        """Grain, start and series of what is open again: it stands in `closed`."""
        self.unmerged = 0
        self._restored: dict[Grain, dict[int, StoredBucket]] = {grain: {} for grain in GRAINS}
        self._restored_snapshots: dict[int, dict[int, Snapshot]] = {}

    def merge(self, several: Iterable[FromPartition]) -> None:
        """Replace the last snapshots of cells, by what came of source partitions."""
        moved = []
        for partition, cells, frozen in several:
            keys, counts, values, customers = cells.sorted()
            snapshots = self._snapshots.setdefault(partition, Snapshots())
            counts, values = snapshots.replace(keys, counts, values, frozen)
            moved.append(Incoming(keys, counts, values, customers))
        keys, counts, values, customers = joined(moved)
        places = which_of = np.arange(keys.size)
        if len(moved) > 1:
            found = distinct(keys)
            keys, which_of = found.numbers, found.which
        single = _of_one_start(keys)
        for grain in self._grains:
            own, which = keys, which_of
            if grain != "5m":  # days are of 5 minutes, not of hours: some begin within one
                own = self._floored(grain, keys)
                if not single:
                    found = distinct(own)
                    own, which = found.numbers, found.which[which_of]
            slots, kept = self._find(grain, own)
            sums, amounts, named = counts, values, customers
            if which is not places:
                sums = np.zeros(own.size, np.int64)
                np.add.at(sums, which, counts)
                amounts = _joined(values, which)
                named = customers.moved(which)
            if not kept.all():
                place_of = np.cumsum(kept) - 1
                inside = kept[named.owners]
                registers = [(place, data) for place, data in named.registers if kept[place]]
                named = named._replace(
                    owners=named.owners[inside], coupons=named.coupons[inside], registers=registers
                ).moved(place_of)
                amounts = {int(place_of[p]): own for p, own in amounts.items() if kept[p]}
                sums = sums[kept]
            self.open[grain].add(slots, sums, named, amounts)

    def _floored(self, grain: Grain, keys: Integers) -> Integers:
        """Return the keys of the buckets of a grain that hold these 5 minutes."""
        starts, series = keys >> SERIES_BITS, keys & SERIES
        length = self._zone.fixed.get(grain, 0)
        if length:
            return starts - starts % length << SERIES_BITS | series
        known = distinct(starts)
        days = np.array([self._zone.day(start) for start in known.numbers.tolist()], np.int64)
        return days[known.which] << SERIES_BITS | series

    def _find(self, grain: Grain, keys: Integers) -> tuple[Integers, np.ndarray]:
        """Return the slots of buckets, opened where need be, and which are not dropped already."""
        table = self.open[grain]
        kept = keys >= self.cut(grain, self.evicted[grain])
        if not kept.all():
            self.unmerged += int(np.count_nonzero(~kept))
            keys = keys[kept]
        packed = int(np.searchsorted(keys, self.cut(grain, self._ended[grain])))
        again = keys[:packed][table.missing(keys[:packed])] if packed else keys[:0]
        slots = table.take(keys)
        for key in again.tolist():
            self._reopen(grain, key)
        return slots, kept

    def _reopen(self, grain: Grain, key: int) -> bool:
        """Put a closed bucket back into the table; False where there is none."""
        start, number = key >> SERIES_BITS, key & SERIES
        bucket = self._packed.remove(grain, number, start)
        if bucket is None:
            return False
        table = self.open[grain]
        table.reopen(int(table.take(np.array([key]))[0]), bucket)
        self._reopened.add((grain, start, number))
        return True

    def recount(self, series: Series, day: int) -> int | None:
        """Mark a day of which more events came too late; return its slot, None of no day."""
        table, key = self.open["1d"], cut(day) | series.number
        slot = table.find(key)
        if slot is None and self._reopen("1d", key):
            slot = table.find(key)
        if slot is None:
            return None
        table.mark(np.array([slot]), WAITING)
        table.mark(np.array([slot]), RECOUNTED)
        return slot

    def pack(self, edge: int, *, backlog: bool = False) -> None:
        """Pack the buckets that closed, all before `edge`; they were published.

        On a `backlog` 5 minutes stay in their columns until they go, as nobody asks for windows.
        """
        for grain in self._grains:
            if backlog and grain == "5m":
                continue
            self._ended[grain] = max(self._ended[grain], edge)
            table, end = self.open[grain], self.cut(grain, self._ended[grain])
            if number := table.below(end):
                self._pack_first(grain, number)
                table.drop_below(end)
        self._reopened = {
            one for one in self._reopened if cut(one[1]) >= self.cut(one[0], self._ended[one[0]])
        }
        self._packed.dictionaries.rest()

    def _pack_first(self, grain: Grain, number: int) -> None:
        """Pack the first buckets of a table, those of one start at once."""
        table = self.open[grain]
        keys, slots = table.keys[:number], table.slots[:number]
        numbers = keys & SERIES
        counts, customers = table.counts[slots].tolist(), table.customers.write(slots)
        values = list(map(table.values.get, slots.tolist())) if table.values else [None] * number
        for start, first, end in runs(keys >> SERIES_BITS):
            some = slice(first, end)
            own = numbers[some]
            self._packed.put(grain, start, own, counts[some], values[some], customers[some])
            if self._reopened:  # those stand there already
                again = {one for at, begin, one in self._reopened if (at, begin) == (grain, start)}
                own = own[~np.isin(own, list(again))]
            self._note_closed(grain, start, own)
        for place in np.flatnonzero(table.flags[slots] & AMENDED).tolist():
            closed = self._packed.of(grain, int(numbers[place]))
            if closed is not None:
                closed.amend(int(keys[place]) >> SERIES_BITS)

    def restore(
        self,
        grain: Grain,
        start: int,
        several: Sequence[tuple[Series, StoredBucket]],
        *,
        closed: bool,
    ) -> None:
        """Restore the buckets of one start; `restored` follows the last.

        If they are `closed`, those that have no customers of their own are open all the same.
        """
        if closed:
            own = [one for one in several if one[1][2] != OF_PARTS]
            several = [one for one in several if one[1][2] == OF_PARTS]
            if own:
                rows = [(series.number, row) for series, row in own]
                self._packed.restore(grain, start, rows)
                self._note_closed(grain, start, np.array([number for number, _ in rows], np.int64))
        base = cut(start)
        self._restored[grain].update([(base | series.number, row) for series, row in several])

    def restore_snapshots(
        self, start: int, partition: int, several: Sequence[tuple[Series, Snapshot]]
    ) -> None:
        """Restore the last snapshots of the 5-minute buckets of one start."""
        own, base = self._restored_snapshots.setdefault(partition, {}), cut(start)
        own.update([(base | series.number, snapshot) for series, snapshot in several])

    def restored(self, edge: int, done: int, parts: Sequence[tuple[int, bytes]] = ()) -> None:
        """Start from restored buckets; all that end before `edge` are closed.

        What nobody asks for any more is as of `done`. `parts` has key and customers of 5 minutes
        and hours, for the hours and days whose rows have none of their own.
        """
        self._packed.restored()
        self._ended = dict.fromkeys(GRAINS, edge)
        for grain in GRAINS:
            self.evicted[grain] = done - MAX_CLOSED_AGE[grain]
        for grain, rows in self._restored.items():
            self._restore_open(grain, rows, parts)
            rows.clear()
        for partition, own in self._restored_snapshots.items():
            self._snapshots.setdefault(partition, Snapshots()).restore(own)
        self._restored_snapshots.clear()

    def _restore_open(
        self, grain: Grain, rows: Mapping[int, StoredBucket], parts: Sequence[tuple[int, bytes]]
    ) -> None:
        """Start from the rows of open buckets, by key: all are to be published again."""
        table = self.open[grain]
        keys = np.array(sorted(rows), np.int64)
        slots = table.take(keys)
        own = [rows[key] for key in keys.tolist()]
        table.counts[slots] = [count for count, _, _ in own]
        table.untold = keys
        table.join(slots, customers_of([data or None for _, _, data in own]))
        lean = np.array([data == OF_PARTS for _, _, data in own], np.bool_)
        if lean.any():
            table.mark(slots[lean], LEAN)
            floored = partial(self._floored, grain)
            table.join(slots[lean], customers_of_parts(keys[lean], parts, floored))
        for slot, (_, values, _) in zip(slots.tolist(), own, strict=True):
            if values is not None:
                table.values[slot] = values

    def evict(self, limits: Mapping[Grain, int]) -> None:
        """Drop the buckets that end at the limit of their grain or before."""
        for grain, limit in limits.items():
            if limit <= self.evicted[grain]:
                continue
            self.evicted[grain] = limit
            closed = self.closed[grain]
            for start in self._zone.ended(grain, closed, NEVER, limit):
                self._packed.drop(grain, start, np.array(closed.pop(start), np.int64))
            self.open[grain].drop_below(self.cut(grain, limit))
        self._packed.dictionaries.forget(self.evicted["1h"])

    def snapshots(self) -> Iterator[tuple[int, Snapshots]]:
        """Yield the partitions that sent snapshots, and what is held of them."""
        yield from self._snapshots.items()

    def held_snapshots(self) -> dict[tuple[int, int, str], Snapshot]:
        """Return all snapshots that are held, by start, partition and series."""
        return {
            (start, partition, self.series[number].key): snapshot
            for partition, held in self._snapshots.items()
            for (start, number), snapshot in held.held().items()
        }

    def freeze(self, frozen: Mapping[int, int]) -> Iterator[tuple[int, int]]:
        """Forget what was touched, and the snapshots that no longer change.

        Yields each partition, and the latest start of which nothing is held any more. `frozen` has
        the latest that it can no longer change. What is so old that no bucket of it is held is
        forgotten, too: a topic that stays idle would keep it for ever.
        """
        for table in self.open.values():
            table.rest()
        evicted = self.evicted["1d"] - self._zone.longest
        for partition, held in self._snapshots.items():
            limit = max(frozen.get(partition, evicted), evicted)
            held.forget(limit)
            yield partition, limit


def _of_one_start(keys: Integers) -> bool:
    """Tell whether buckets, ascending by key, all start at once, as they mostly do live.

    Their keys ascend still as those of an hour or a day, and none of them comes twice.
    """
    return keys.size == 0 or bool(keys[0] >> SERIES_BITS == keys[-1] >> SERIES_BITS)


def _joined(values: Mapping[int, dict[str, int]], which: Integers) -> dict[int, dict[str, int]]:
    """Add values up that go to one place; `which` says where each goes."""
    found: dict[int, dict[str, int]] = {}
    for place, amounts in values.items():
        own = found.setdefault(int(which[place]), {})
        for currency, amount in amounts.items():
            own[currency] = own.get(currency, 0) + amount
    return found
