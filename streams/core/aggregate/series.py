"""A series: one metric with one set of labels, and all buckets that are held of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemas.templates import naming
from streams.core.aggregate.columns import Bucket, ClosedColumns
from streams.core.event_time.buckets import GRAINS, LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.metrics import Metric
    from streams.core.aggregate.sketch_columns import SketchDictionaries
    from streams.core.event_time.buckets import Grain, Window
    from streams.core.sketches import hyperloglog

SentWindow = tuple[int, dict[str, int], int]
"""Events, values and customers of a window, as last published."""


class CachedPart(NamedTuple):
    """A sum that is kept; `sketch` is as of `sketch_columns.squeeze`."""

    events: int
    values: dict[str, int]
    sketch: bytes | None


class CachedSum(NamedTuple):
    """A sum that holds while `mark` does; `kept` is None until it is worth keeping."""

    mark: tuple[int, int, int]
    kept: CachedPart | None


class Series:
    """All buckets held of one series, and what was published of its windows.

    Attributes:
        key: names it.
        metric: what it counts.
        labels: of what.
        buckets: by grain and start, those that are open or changed since the last flush.
        closed: by grain, the others.
        sent: by window, what was published last.
    """

    __slots__ = (
        "_named",
        "_restored",
        "_sums",
        "buckets",
        "closed",
        "key",
        "labels",
        "metric",
        "sent",
    )

    def __init__(
        self, key: str, metric: Metric, labels: dict[str, str], *, restored: bool = False
    ) -> None:
        self.key = key
        self.metric = metric
        self.labels = labels
        self.buckets: dict[Grain, dict[int, Bucket]] = {grain: {} for grain in GRAINS}
        self.closed: dict[Grain, ClosedColumns] = {}
        self.sent: dict[Window, SentWindow] = {}
        self._sums: dict[Window, CachedSum] = {}
        self._named: bytes | None = None
        self._restored = restored
        """Whether it stood in the changelog: rows of it may have been published before."""

    @property
    def named(self) -> bytes:
        """What names it in public rows; see `schemas.templates`."""
        if self._named is None:
            self._named = naming(self.metric, self.labels)
        return self._named

    def open(self, grain: Grain, start: int) -> Bucket:
        """Begin a bucket that is not here."""
        bucket = self.buckets[grain][start] = Bucket()
        return bucket

    def reopen(self, grain: Grain, start: int) -> Bucket | None:
        """Make an object of a closed bucket again, to change it; None where it is not here."""
        closed = self.closed.get(grain)
        bucket = None if closed is None else closed.remove(start)
        if bucket is not None:
            self.buckets[grain][start] = bucket
        return bucket

    def close(self, grain: Grain, start: int) -> Bucket | None:
        """Return an open bucket that goes to the columns; None where it is not here."""
        return self.buckets[grain].pop(start, None)

    def columns(self, grain: Grain, dictionaries: SketchDictionaries | None) -> ClosedColumns:
        """Return the columns of the closed buckets of a grain, begun with these dictionaries."""
        closed = self.closed.get(grain)
        if closed is None:
            closed = self.closed[grain] = ClosedColumns(dictionaries)
        return closed

    def drop(self, grain: Grain, start: int) -> bool:
        """Forget a bucket; returns whether a row of it stands in the changelog."""
        bucket = self.buckets[grain].pop(start, None)
        if bucket is not None:
            return bucket.stored
        closed = self.closed[grain]
        closed.drop(start)
        return closed.stored

    def note_sent(self, window: Window, value: SentWindow) -> bool:
        """Note what is published of a window; False where nothing need be.

        That is what was published last, and zero where nothing was: where it was restored, another
        value may stand, published before a restart.
        """
        before = self.sent.get(window)
        if value == before or (before is None and not value[0] and not self._restored):
            return False
        self.sent[window] = value
        return True

    def cached(self, window: Window, mark: tuple[int, int, int]) -> CachedSum | None:
        """Return the sum of a window's closed buckets, if it was asked for as of `mark` before.

        So it is kept when it is asked for again: on a backlog every window is another one.
        """
        known = self._sums.get(window)
        if known is not None and known.mark == mark:
            return known
        self._sums[window] = CachedSum(mark, None)
        return None

    def keep(self, window: Window, mark: tuple[int, int, int], part: CachedPart) -> None:
        """Keep a sum that holds while `mark` does."""
        self._sums[window] = CachedSum(mark, part)

    def uncache(self, window: Window) -> None:
        """Forget the sum of a window that has too few buckets for one."""
        self._sums.pop(window, None)

    def holds(self, grain: Grain) -> bool:
        """Return whether there is a bucket of a grain."""
        return bool(self.buckets[grain] or self.closed.get(grain))

    def count(self, grain: Grain, start: int) -> int:
        """Return the events of a bucket; 0 where there is none."""
        bucket = self.buckets[grain].get(start)
        if bucket is not None:
            return bucket.count
        closed = self.closed.get(grain)
        return 0 if closed is None else closed.count(start) or 0

    def counts(self, grain: Grain) -> dict[int, int]:
        """Return the events of every bucket, by start."""
        closed = self.closed.get(grain)
        counts = {} if closed is None else dict(zip(closed.starts, closed.counts, strict=True))
        counts.update((start, bucket.count) for start, bucket in self.buckets[grain].items())
        return counts

    def sketches(self, grain: Grain, start: int, end: int) -> Iterator[hyperloglog.Sketch]:
        """Yield the customers of every bucket that starts in `[start, end)`, in any order."""
        closed = self.closed.get(grain)
        if closed is not None:
            yield from closed.sketches(closed.index(start), closed.index(end))
        for bucket in self._open(grain, start, end):
            if (sketch := bucket.sketch()) is not None:
                yield sketch

    def _open(self, grain: Grain, start: int, end: int) -> Iterator[Bucket]:
        """Return the buckets that start in `[start, end)` and are not closed, in any order.

        On a backlog thousands are open, and a span has few of them: these are looked up.
        """
        buckets, length = self.buckets[grain], LENGTH[grain]
        span = range(start + -start % length, end, length)
        if grain != "1d" and len(span) < len(buckets):  # days are not all of one length
            return (buckets[at] for at in span if at in buckets)
        return (bucket for at, bucket in buckets.items() if start <= at < end)
