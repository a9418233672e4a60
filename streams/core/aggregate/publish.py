"""What the aggregate stage publishes: rows of metrics.buckets and metrics.rolling."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Final

from schemas.templates import BucketSlice, WindowSlice
from schemas.topics import BUCKETS, ROLLING
from streams.core.aggregate.open_buckets import (
    AMENDED,
    FINAL,
    RECOUNTED,
    SERIES,
    SERIES_BITS,
    TOUCHED,
    WAITING,
)
from streams.core.aggregate.open_rows import OpenRows
from streams.core.aggregate.window_unions import WindowUnions
from streams.core.aggregate.windows import spans, windows
from streams.core.event_time.buckets import GRAINS
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from schemas.metrics import Status
    from streams.core.aggregate.merge import Buckets
    from streams.core.aggregate.series import Series
    from streams.core.aggregate.watermark_vector import WatermarkVector
    from streams.core.event_time.buckets import Grain
    from streams.core.slots import Integers


_make: Final = tuple.__new__
"""Makes a `Send` in half the time that its own name takes: there is one a row."""


class Publisher:
    """Decides which rows are due, and encodes them.

    A bucket that closed is published once as final; one that changed afterwards as amended, always;
    one that is open as provisional, where that is due. `grains` are those to be published.
    """

    def __init__(
        self,
        buckets: Buckets,
        progress: WatermarkVector,
        grains: Collection[Grain],
        zone: Zone = UTC_ZONE,
    ) -> None:
        self._zone = zone
        self._buckets = buckets
        self._progress = progress
        self._grains = [grain for grain in GRAINS if grain in grains]
        self._unions = WindowUnions()
        self._recounted: list[int] = []
        """Slots of days of which more events came too late to be counted."""

    def rows(self, edge: int, *, due: bool) -> Iterator[Send]:
        """Yield the rows of the buckets that changed, or closed since the last call.

        Provisional rows wait for a call when they are `due`.
        """
        for grain in self._grains:
            table = self._buckets.open[grain]
            closed = table.below(self._buckets.cut(grain, edge))
            yield from self._finals(grain, closed)
            if due and table.waiting:
                keys, slots = table.keys[closed:], table.slots[closed:]
                waiting = table.flags[slots] & WAITING > 0
                keys, slots = keys[waiting], slots[waiting]
                table.published(slots)
                yield from self._rows(grain, keys, slots, repeat("provisional"))
        if self._recounted:
            self._buckets.open["1d"].flags[self._recounted] &= ~RECOUNTED
            self._recounted.clear()

    def _finals(self, grain: Grain, number: int) -> Iterator[Send]:
        """Yield the rows of the first buckets, which closed; those that are final only if changed.

        Too late is not counted: the value of a bucket that was final still is.
        """
        table = self._buckets.open[grain]
        keys, slots = table.keys[:number], table.slots[:number]
        flags = table.flags[slots]
        wanted = (flags & FINAL == 0) | (flags & WAITING > 0)
        if not wanted.any():
            return
        keys, slots, flags = keys[wanted], slots[wanted], flags[wanted]
        # One that also changed is amended like any other.
        recounted = (flags & RECOUNTED > 0) & (flags & TOUCHED == 0)
        amended = (flags & AMENDED > 0) | ((flags & FINAL > 0) & ~recounted)
        table.mark(slots, FINAL)
        table.mark(slots[amended], AMENDED)
        table.published(slots)
        statuses: list[Status] = ["amended" if one else "final" for one in amended.tolist()]
        yield from self._rows(grain, keys, slots, statuses)

    def _rows(
        self, grain: Grain, keys: Integers, slots: Integers, statuses: Iterable[Status]
    ) -> Iterator[Send]:
        """Yield the rows of buckets, ascending by key."""
        table, known, watermark = self._buckets.open[grain], self._buckets.series, self._progress
        values = table.values.get
        at, late = None, None
        columns = keys.tolist(), slots.tolist(), table.counts[slots].tolist()
        customers = table.customers.estimates(slots)
        for key, slot, count, distinct, status in zip(*columns, customers, statuses, strict=False):
            start = key >> SERIES_BITS
            if start != at:
                at, end = start, self._zone.end(start, grain)
                of_slice = BucketSlice(grain, start, end, watermark.watermark)
            series = known[key & SERIES]
            if grain == "1d":
                late = None if series.labels else watermark.late(start)
            named = series.named
            value = of_slice.row(named, count, values(slot) or {}, distinct, status, late)
            yield _make(Send, (BUCKETS, None, of_slice.key(named), value))

    def rolling(self, wanted: Iterable[Series], edge: int) -> Iterator[Send]:
        """Yield the windows that are not as last published."""
        watermark = self._progress.watermark
        now_open = spans(self._progress.clock, self._zone)
        slices = {
            window: WindowSlice(window, start, end, watermark)
            for family in now_open.values()
            for window, start, end in family
        }
        own = list(wanted)
        if not own:
            return
        held = OpenRows(self._buckets, own)
        for series in own:
            found = series.note_sent(windows(series, held, now_open, self._zone, self._unions))
            named = series.named
            for window, _, end, events, values, customers in found:
                status: Status = "final" if end <= edge else "provisional"
                of_window = slices[window]
                value = of_window.row(named, events, values, customers, status)
                yield _make(Send, (ROLLING, None, of_window.key(named), value))

    def recount(self, day: int, totals: Iterable[Series]) -> None:
        """Publish the daily totals again: more events of the day came too late to be counted."""
        for series in totals:
            slot = self._buckets.recount(series, day)
            if slot is not None:
                self._recounted.append(slot)

    def waits(self) -> bool:
        """Return whether rows wait until they are due."""
        return any(self._buckets.open[grain].waiting for grain in self._grains)
