"""Where buckets go when they close: packed, their customers squeezed."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from streams.core.aggregate.columns import ClosedColumns
from streams.core.aggregate.sketch_columns import LIST, SketchDictionaries, squeeze

if TYPE_CHECKING:
    from collections.abc import Sequence

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
                first = start, count, amounts, data
                series.closed[grain] = ClosedColumns(dictionaries, first)
            else:
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
    ) -> Sequence[bytes | None]:
        found = list(dumped)
        # Few customers stay as they are, and most series have few where there are many series.
        places = [place for place, data in enumerate(found) if data and data[0] != LIST]
        longer = [data for place in places if (data := found[place])]
        of_hours = grain == "1h"
        squeezed = self.dictionaries.squeeze(start, longer) if of_hours else map(squeeze, longer)
        for place, data in zip(places, squeezed, strict=True):
            found[place] = data
        return found

    def _of_grain(self, grain: Grain) -> SketchDictionaries | None:
        return self.dictionaries if grain == "1h" else None
