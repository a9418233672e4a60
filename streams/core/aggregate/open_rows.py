"""The open buckets of some series, by series: of each, what windows are summed up from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.aggregate.columns import Row
from streams.core.aggregate.open_buckets import SERIES, SERIES_BITS
from streams.core.event_time.buckets import GRAINS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.aggregate.held_buckets import HeldBuckets
    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain


_NONE: Final[list[Row]] = []


class OpenRows:
    """The open buckets of series, ascending by start."""

    def __init__(self, buckets: HeldBuckets, wanted: Sequence[Series]) -> None:
        self._rows: dict[Grain, dict[int, list[Row]]] = {}
        numbers = np.array([series.number for series in wanted], np.int64)
        for grain in GRAINS:
            table = buckets.open[grain]
            if not wanted or not len(table):
                self._rows[grain] = {}
                continue
            keys, slots = table.keys, table.slots
            if len(wanted) < len(buckets.series):
                some = np.isin(keys & SERIES, numbers)
                keys, slots = keys[some], slots[some]
            sizes, coupons, registers = table.customers.listed(slots)
            raw, ends = coupons.tobytes(), (4 * np.cumsum(sizes)).tolist()
            columns = keys.tolist(), slots.tolist(), table.counts[slots].tolist(), ends
            found: dict[int, list[Row]] = {}
            values, begin = table.values.get, 0
            for place, (key, slot, count, end) in enumerate(zip(*columns, strict=True)):
                many = registers.get(place) if registers else None
                row = Row(key >> SERIES_BITS, count, values(slot), raw[begin:end], many)
                found.setdefault(key & SERIES, []).append(row)
                begin = end
            self._rows[grain] = found

    def of(self, series: Series, grain: Grain) -> list[Row]:
        """Return the open buckets of a series and grain."""
        return self._rows[grain].get(series.number, _NONE)
