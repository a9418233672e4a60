"""Where buckets go when they close: packed, their customers squeezed."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from streams.core.aggregate.columns import ClosedColumns
from streams.core.aggregate.sketch_columns import SketchDictionaries, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.aggregate.columns import StoredBucket
    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain


class ClosedBuckets:
    """Packs the buckets of many series, those of one slice of time together."""

    def __init__(self) -> None:
        self.dictionaries = SketchDictionaries()
        self._restored: dict[tuple[Grain, int], list[tuple[Series, StoredBucket]]] = {}

    def put(  # noqa: PLR0913, PLR0917 - a column each
        self,
        grain: Grain,
        start: int,
        several: Sequence[Series],
        counts: Sequence[int],
        values: Sequence[dict[str, int] | None],
        customers: Sequence[bytes | None],
    ) -> None:
        """Pack the buckets of one start: series and what each has, in the same order."""
        squeezed = self._squeeze(grain, start, customers)
        dictionaries = self._of_grain(grain)
        columns = zip(several, counts, values, squeezed, strict=True)
        for series, count, amounts, data in columns:
            packed = series.closed.get(grain)
            if packed is None:
                packed = series.closed[grain] = ClosedColumns(dictionaries)
            packed.put(start, count, amounts, data)

    def restore(
        self, grain: Grain, start: int, several: Sequence[tuple[Series, StoredBucket]]
    ) -> None:
        """Restore buckets of one start; they are there after `restored`."""
        self._restored.setdefault((grain, start), []).extend(several)

    def restored(self) -> None:
        """Pack what was restored."""
        for (grain, start), rows in sorted(self._restored.items(), key=itemgetter(0)):
            counts, values, customers = zip(*(row for _, row in rows), strict=True)
            self.put(grain, start, [series for series, _ in rows], counts, values, customers)
        self._restored.clear()
        self.dictionaries.rest()

    def _squeeze(
        self, grain: Grain, start: int, dumped: Sequence[bytes | None]
    ) -> Iterable[bytes | None]:
        if grain != "1h":
            return (None if data is None else squeeze(data) for data in dumped)
        squeezed = self.dictionaries.squeeze(start, [data for data in dumped if data is not None])
        return (None if data is None else next(squeezed) for data in dumped)

    def _of_grain(self, grain: Grain) -> SketchDictionaries | None:
        return self.dictionaries if grain == "1h" else None
