"""Where buckets go when they close: packed, their customers squeezed."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from streams.core.aggregate.sketch_columns import SketchDictionaries, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.aggregate.columns import Bucket, ClosedColumns, StoredBucket
    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain


class ClosedBuckets:
    """Packs the buckets of many series, those of one slice of time together."""

    def __init__(self) -> None:
        self.dictionaries = SketchDictionaries()
        self._restored: dict[tuple[Grain, int], list[tuple[Series, StoredBucket]]] = {}

    def put(self, grain: Grain, start: int, several: Sequence[tuple[Series, Bucket]]) -> None:
        """Pack the buckets of one start, of the series that have one."""
        squeezed = self._squeeze(grain, start, [bucket.customers for _, bucket in several])
        for (series, bucket), data in zip(several, squeezed, strict=True):
            packed = series.closed.get(grain) or self._of(series, grain)
            packed.put(start, bucket, data)

    def restore(
        self, grain: Grain, start: int, several: Sequence[tuple[Series, StoredBucket]]
    ) -> None:
        """Restore buckets of one start; they are there after `restored`."""
        self._restored.setdefault((grain, start), []).extend(several)

    def restored(self) -> None:
        """Pack what was restored."""
        for (grain, start), rows in sorted(self._restored.items(), key=itemgetter(0)):
            squeezed = self._squeeze(grain, start, [data for _, (_, _, data) in rows])
            for (series, (count, values, _)), data in zip(rows, squeezed, strict=True):
                packed = series.closed.get(grain) or self._of(series, grain)
                packed.restore(start, count, values, data)
        self._restored.clear()
        self.dictionaries.rest()

    def _squeeze(
        self, grain: Grain, start: int, dumped: Sequence[bytes | None]
    ) -> Iterator[bytes | None]:
        sketches = [data for data in dumped if data is not None]
        hourly = grain == "1h"
        squeezed = self.dictionaries.squeeze(start, sketches) if hourly else map(squeeze, sketches)
        for data in dumped:
            yield None if data is None else next(squeezed)

    def _of(self, series: Series, grain: Grain) -> ClosedColumns:
        return series.columns(grain, self.dictionaries if grain == "1h" else None)
