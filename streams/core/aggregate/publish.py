"""What the aggregate stage publishes: rows of metrics.buckets and metrics.rolling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from schemas.templates import BucketSlice, WindowSlice
from schemas.topics import BUCKETS
from streams.core.aggregate.open_buckets import (
    AMENDED,
    FINAL,
    RECOUNTED,
    SERIES,
    SERIES_BITS,
    TOUCHED,
    WAITING,
    runs,
)
from streams.core.aggregate.open_rows import OpenRows
from streams.core.aggregate.public_rows import bucket_rows, window_rows
from streams.core.aggregate.sent_windows import SentWindows
from streams.core.aggregate.window_totals import window_totals
from streams.core.aggregate.window_unions import WindowUnions
from streams.core.aggregate.windows import spans, windows
from streams.core.event_time.buckets import GRAINS
from streams.core.event_time.zone import UTC_ZONE, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from schemas.metrics import Status
    from streams.core.aggregate.columns import Row
    from streams.core.aggregate.merge import Buckets
    from streams.core.aggregate.public_rows import Rows, StatedSlice
    from streams.core.aggregate.sent_windows import Totals
    from streams.core.aggregate.series import SentWindow, Series
    from streams.core.aggregate.watermark_vector import WatermarkVector
    from streams.core.event_time.buckets import Grain
    from streams.core.slots import Integers
    from streams.core.stage import Sends


RESTORED_A_FLUSH: Final = 1_000
"""Restored buckets of a grain of which one flush publishes provisional rows again."""
_NO_VALUES: Final[dict[str, int]] = {}


class Publisher:
    """Decides which rows are due, and encodes them.

    A bucket that closed is published once as final; one that changed afterwards as amended, always;
    one that is open as provisional, where that is due. `grains` are those to be published.

    Attributes:
        sent: what was published last of windows.
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
        self.sent = SentWindows()
        self._named: list[bytes] = []
        self._recounted: list[int] = []
        """Slots of days of which more events came too late to be counted."""

    def rows(self, edge: int, due: Collection[Grain], into: Sends) -> None:
        """Add the rows of the buckets that changed, or closed since the last call.

        Provisional rows wait for a call when those of their grain are `due`; or when any are, and
        their bucket is as it was at the last flush: such a row is not soon replaced.
        """
        for grain in self._grains:
            table = self._buckets.open[grain]
            closed = table.below(self._buckets.cut(grain, edge))
            self._finals(grain, closed, into)
            if due and table.untold.size:
                table.remind(RESTORED_A_FLUSH)
            if due and table.waiting:
                keys, slots = table.keys[closed:], table.slots[closed:]
                flags = table.flags[slots]
                waiting = flags & WAITING > 0
                if grain not in due:
                    waiting &= flags & TOUCHED == 0
                keys, slots = keys[waiting], slots[waiting]
                table.published(slots)
                self._rows(grain, keys, slots, ["provisional"] * keys.size, into)
        if self._recounted:
            self._buckets.open["1d"].flags[self._recounted] &= ~RECOUNTED
            self._recounted.clear()

    def _finals(self, grain: Grain, number: int, into: Sends) -> None:
        """Add the rows of the first buckets, which closed; those that are final only if changed.

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
        self._rows(grain, keys, slots, statuses, into)

    def _rows(
        self,
        grain: Grain,
        keys: Integers,
        slots: Integers,
        statuses: list[Status],
        into: Sends,
    ) -> None:
        """Add the rows of buckets, ascending by key, those of a slice of time at once."""
        table, watermark = self._buckets.open[grain], self._progress.watermark
        numbers, places = (keys & SERIES).tolist(), slots.tolist()
        counts, distinct = table.counts[slots].tolist(), table.customers.estimates(slots)
        for start, first, end in runs(keys >> SERIES_BITS):
            of_slice = BucketSlice(grain, start, self._zone.end(start, grain), watermark)
            some = slice(first, end)
            rows = numbers[some], places[some], counts[some], distinct[some], statuses[some]
            into.add(BUCKETS, None, *self._of_slice(of_slice, grain, start, *rows))

    def _of_slice(  # noqa: PLR0913, PLR0917 - a column each
        self,
        of_slice: BucketSlice,
        grain: Grain,
        start: int,
        numbers: list[int],
        slots: list[int],
        counts: list[int],
        distinct: list[int],
        statuses: list[Status],
    ) -> Rows:
        """Return the rows of one slice of time."""
        known, values = self._buckets.series, self._buckets.open[grain].values
        named = self._names()
        names = [named[number] for number in numbers]
        keys, rows = bucket_rows(of_slice, names, counts, distinct, statuses)
        late = self._progress.late(start) if grain == "1d" else None
        if values or late is not None:
            totals = [known[number].total for number in numbers]
            for place, (slot, total) in enumerate(zip(slots, totals, strict=True)):
                own, of_day = values.get(slot, _NO_VALUES), late if total else None
                if own or of_day is not None:
                    found = counts[place], own, distinct[place], statuses[place]
                    rows[place] = of_slice.row(names[place], *found, of_day)
        return keys, rows

    def rolling(self, own: Sequence[Series], grain: Grain, edge: int) -> Rows:
        """Return the windows that are not as last published, of those that move on by a grain."""
        watermark, zone = self._progress.watermark, self._zone
        family = spans(self._progress.clock, zone)[grain]
        slices: list[StatedSlice] = [
            (WindowSlice(window, start, end, watermark), "final" if end <= edge else "provisional")
            for window, start, end in family
        ]

        def sums(series: Series, rows: list[Row]) -> Iterable[SentWindow]:
            return windows(series, grain, rows, family, zone, self._unions)

        held = OpenRows(self._buckets, own, grain).rows
        numbers = np.array([series.number for series in own], np.int64)
        single = self._buckets.single(grain)
        totals = window_totals(own, numbers, held, single, family, sums)
        restored = np.array([series.restored for series in own], np.bool_)
        changed = self.sent.note(numbers, [window for window, _, _ in family], totals, restored)
        return self._of_windows(numbers, changed, totals, slices)

    def _of_windows(
        self,
        numbers: Integers,
        changed: NDArray[np.bool_],
        totals: Totals,
        slices: list[StatedSlice],
    ) -> Rows:
        """Return the rows of the windows that changed: a row a series, a column a window."""
        own, places = changed.nonzero()
        named, which = self._names(), places.tolist()
        names = [named[number] for number in numbers[own].tolist()]
        counts, customers = totals.counts[changed].tolist(), totals.customers[changed].tolist()
        keys, rows = window_rows(names, which, counts, customers, slices)
        if totals.values:
            for at, place in enumerate(zip(own.tolist(), which, strict=True)):
                if amounts := totals.values.get(place):
                    of_slice, status = slices[place[1]]
                    rows[at] = of_slice.row(names[at], counts[at], amounts, customers[at], status)
        return keys, rows

    def _names(self) -> list[bytes]:
        """Return what names the series in rows, by their numbers."""
        known, named = self._buckets.series, self._named
        named.extend([one.named for one in known[len(named) :]])
        return named

    def recount(self, day: int, totals: Iterable[Series]) -> None:
        """Publish the daily totals again: more events of the day came too late to be counted."""
        for series in totals:
            slot = self._buckets.recount(series, day)
            if slot is not None:
                self._recounted.append(slot)

    def waits(self) -> bool:
        """Return whether rows wait until they are due."""
        tables = [self._buckets.open[grain] for grain in self._grains]
        return any(table.waiting or table.untold.size for table in tables)
