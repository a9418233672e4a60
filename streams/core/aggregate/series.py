"""A series: one metric with one set of labels, and all buckets that are held of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.event_time.buckets import GRAINS, LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.metrics import Metric
    from streams.core.aggregate.columns import Bucket, ClosedColumns
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
    """A sum that holds while `mark` does. It is kept when it is asked for again, not before.

    On a backlog every window is another one.
    """

    mark: tuple[int, int, int]
    kept: CachedPart | None


class Series:
    """All buckets held of one series, and what was published of its windows.

    `buckets` are those that are open or changed since the last flush, the others are `closed`.
    """

    __slots__ = ("buckets", "closed", "key", "labels", "metric", "restored", "sent", "sums")

    def __init__(self, key: str, metric: Metric, labels: dict[str, str]) -> None:
        self.key = key
        self.metric = metric
        self.labels = labels
        self.buckets: dict[Grain, dict[int, Bucket]] = {grain: {} for grain in GRAINS}
        self.closed: dict[Grain, ClosedColumns] = {}
        self.sent: dict[Window, SentWindow] = {}
        self.sums: dict[Window, CachedSum] = {}
        self.restored = False
        """Whether it stood in the changelog: rows of it may have been published before."""

    def holds(self, grain: Grain) -> bool:
        """Say whether there is a bucket of a grain."""
        return bool(self.buckets[grain] or self.closed.get(grain))

    def count(self, grain: Grain, start: int) -> int:
        """Give the events of a bucket; 0 where there is none."""
        bucket = self.buckets[grain].get(start)
        if bucket is not None:
            return bucket.count
        closed = self.closed.get(grain)
        return 0 if closed is None else closed.count(start) or 0

    def counts(self, grain: Grain) -> dict[int, int]:
        """Give the events of every bucket, by start."""
        closed = self.closed.get(grain)
        counts = {} if closed is None else dict(zip(closed.starts, closed.counts, strict=True))
        counts.update((start, bucket.count) for start, bucket in self.buckets[grain].items())
        return counts

    def sketches(self, grain: Grain, start: int, end: int) -> Iterator[hyperloglog.Sketch]:
        """Give the customers of every bucket that starts in `[start, end)`, in any order."""
        closed = self.closed.get(grain)
        if closed is not None:
            yield from closed.sketches(closed.index(start), closed.index(end))
        for bucket in self._open(grain, start, end):
            if (sketch := bucket.sketch()) is not None:
                yield sketch

    def _open(self, grain: Grain, start: int, end: int) -> Iterator[Bucket]:
        """Give the buckets that start in `[start, end)` and are not closed, in any order.

        On a backlog thousands are open, and a span has few of them: these are looked up.
        """
        buckets, length = self.buckets[grain], LENGTH[grain]
        span = range(start + -start % length, end, length)
        if len(span) < len(buckets):
            return (buckets[at] for at in span if at in buckets)
        return (bucket for at, bucket in buckets.items() if start <= at < end)
