"""The open buckets of a grain of some series: of each, what windows are summed up from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.aggregate.columns import Row
from streams.core.aggregate.open_buckets import SERIES, SERIES_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.aggregate.held_buckets import HeldBuckets
    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain


class OpenRows:
    """The open buckets of a grain of series, ascending by start.

    Attributes:
        rows: those of a series by its number, if it has any.
    """

    def __init__(self, buckets: HeldBuckets, wanted: Sequence[Series], grain: Grain) -> None:
        self.rows: dict[int, list[Row]] = {}
        table = buckets.open[grain]
        if not wanted or not len(table):
            return
        keys, slots = table.keys, table.slots
        if len(wanted) < len(buckets.series):
            some = np.isin(keys & SERIES, np.array([series.number for series in wanted], np.int64))
            keys, slots = keys[some], slots[some]
        sizes, coupons, registers = table.customers.listed(slots)
        raw, ends = coupons.tobytes(), (4 * np.cumsum(sizes)).tolist()
        columns = keys.tolist(), slots.tolist(), table.counts[slots].tolist(), ends
        values, begin = table.values.get, 0
        for place, (key, slot, count, end) in enumerate(zip(*columns, strict=True)):
            many = registers.get(place) if registers else None
            row = Row(key >> SERIES_BITS, count, values(slot), raw[begin:end], many)
            self.rows.setdefault(key & SERIES, []).append(row)
            begin = end
