"""What the aggregate stage publishes: rows of metrics.buckets and metrics.rolling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.templates import BucketSlice, WindowSlice
from schemas.topics import BUCKETS, ROLLING
from streams.core.aggregate.windows import spans, windows
from streams.core.event_time.buckets import GRAINS
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from schemas.metrics import Status
    from streams.core.aggregate.columns import Bucket
    from streams.core.aggregate.merge import Buckets
    from streams.core.aggregate.series import Series
    from streams.core.aggregate.watermark_vector import WatermarkVector
    from streams.core.event_time.buckets import Grain


class Publisher:
    """Decides which rows are due, and encodes them.

    A bucket that closed is published once as final; one that changed afterwards as amended, always;
    one that is open as provisional, at most once a second. `grains` are those to be published.
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
        self._waiting: dict[Grain, dict[int, set[Series]]] = {grain: {} for grain in GRAINS}
        self._recounted: set[Bucket] = set()
        self._closed: dict[Grain, int] = dict.fromkeys(GRAINS, 0)

    def rows(self, edge: int, *, due: bool) -> Iterator[Send]:
        """Yield the rows of the buckets that changed, or closed since the last call.

        Provisional rows wait for a call when they are `due`.
        """
        for grain in self._grains:
            waiting = self._waiting[grain]
            for start, touched in self._buckets.touched_of(grain).items():
                waiting.setdefault(start, set()).update(touched)
                if self._recounted:  # those that also changed are amended like any other
                    self._recounted -= {s.buckets[grain].get(start) for s in touched}
            yield from self._finals(grain, edge)
            for start in [s for s in waiting if due or self._zone.end(s, grain) <= edge]:
                yield from self._rows(grain, start, waiting.pop(start), edge)
            self._closed[grain] = edge
        self._recounted.clear()

    def rolling(self, wanted: Iterable[Series], edge: int) -> Iterator[Send]:
        """Yield the windows that are not as last published."""
        watermark = self._progress.watermark
        now_open = spans(self._progress.clock, self._zone)
        slices = {
            window: WindowSlice(window, start, end, watermark)
            for family in now_open.values()
            for window, start, end in family
        }
        for series in wanted:
            for window, _, end, events, values, customers in windows(series, now_open, self._zone):
                if series.note_sent(window, (events, values, customers)):
                    status: Status = "final" if end <= edge else "provisional"
                    of_window, named = slices[window], series.named
                    value = of_window.row(named, events, values, customers, status)
                    yield Send(ROLLING, None, of_window.key(named), value)

    def recount(self, day: int, totals: Iterable[Series]) -> None:
        """Publish the daily totals again: more events of the day came too late to be counted."""
        for series in totals:
            bucket = self._buckets.find(series, "1d", day)
            if bucket is not None:
                self._waiting["1d"].setdefault(day, set()).add(series)
                self._recounted.add(bucket)

    def waits(self) -> bool:
        """Return whether rows wait until they are due."""
        return any(self._waiting.values())

    def restored(self, edge: int) -> None:
        """Start from restored buckets: open ones are published again, closed ones were."""
        for grain in self._grains:
            self._closed[grain] = edge
            for start, series in self._buckets.starts[grain].items():
                if self._zone.end(start, grain) > edge:
                    self._waiting[grain][start] = set(series)

    def _finals(self, grain: Grain, edge: int) -> Iterator[Send]:
        starts, waiting = self._buckets.starts[grain], self._waiting[grain]
        for start in self._zone.ended(grain, starts, self._closed[grain], edge):
            waiting.pop(start, None)
            yield from self._rows(grain, start, starts[start], edge)

    def _rows(
        self, grain: Grain, start: int, several: Iterable[Series], edge: int
    ) -> Iterator[Send]:
        """Yield the rows of the buckets of one start that are held open or changed."""
        end = self._zone.end(start, grain)
        of_slice = BucketSlice(grain, start, end, self._progress.watermark)
        closed, recounted = end <= edge, self._recounted
        for series in several:
            bucket = series.buckets[grain].get(start)
            if bucket is None:
                continue
            status: Status = "provisional"
            if closed:
                # Too late is not counted: the value of a bucket that was final still is.
                status = bucket.finish(recounted=bucket in recounted)
            late = self._progress.late(start) if grain == "1d" and not series.labels else None
            named, customers = series.named, bucket.distinct()
            value = of_slice.row(named, bucket.count, bucket.values or {}, customers, status, late)
            yield Send(BUCKETS, None, of_slice.key(named), value)
