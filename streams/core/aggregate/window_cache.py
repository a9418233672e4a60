"""The closed buckets of a window, summed up once: they seldom change, and are asked for often.

365 days   |------------------------------------------|
90 days                          |--------------------|
28 days                                      |--------|
rings      |---------------------|-----------|--------|    each is summed up on its own
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.aggregate import sketch_columns
from streams.core.aggregate.series import CachedPart
from streams.core.event_time.buckets import HOUR
from streams.core.sketches.distinct import Distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streams.core.aggregate.columns import ClosedColumns
    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain, Window
    from streams.core.event_time.zone import Zone

MIN_BUCKETS_KEPT: Final = 6
"""So many buckets have a sum that is worth keeping: fewer are added up each time."""


class WindowPart(NamedTuple):
    """So many closed buckets, added up; `sketches` gives their customers, as written down."""

    buckets: int
    events: int
    values: dict[str, int]
    sketches: Callable[[], list[bytes]]


_NOTHING: Final = WindowPart(0, 0, {}, list)


def closed_part(
    series: Series, grain: Grain, window: Window, ring: tuple[int, int], zone: Zone
) -> WindowPart:
    """Add up the closed buckets of the ring that `window` has for itself: from its start on."""
    packed = series.closed(grain)
    if packed is None:
        return _NOTHING
    low, high = packed.index(ring[0]), packed.index(ring[1])
    if low == high:
        series.uncache(window)
        return _NOTHING
    if high - low < MIN_BUCKETS_KEPT:
        series.uncache(window)
        return _add_up(packed, series, grain, (low, high), zone)
    mark = packed.changes, low, high
    known = series.cached(window, mark)
    if known is None:
        return _add_up(packed, series, grain, (low, high), zone)
    kept = known.kept
    if kept is None:
        kept = _keep(_add_up(packed, series, grain, (low, high), zone))
        series.keep(window, mark, kept)
    events, values, sketch = kept
    return WindowPart(high - low, events, values, partial(_expanded, sketch))


def _expanded(sketch: bytes | None) -> list[bytes]:
    return [] if sketch is None else [sketch_columns.expand(sketch)]


def _keep(part: WindowPart) -> CachedPart:
    sketch = None
    if sketches := part.sketches():
        sketch = sketch_columns.squeeze(Distinct(sketches).dump())
    return CachedPart(part.events, part.values, sketch)


def add(values: dict[str, int], more: Iterable[dict[str, int]]) -> None:
    """Add values up by currency."""
    for one in more:
        for currency, amount in one.items():
            values[currency] = values.get(currency, 0) + amount


def _add_up(
    packed: ClosedColumns, series: Series, grain: Grain, ring: tuple[int, int], zone: Zone
) -> WindowPart:
    low, high = ring
    values: dict[str, int] = {}
    add(values, packed.values(low, high))
    days = series.closed("1d") if grain == "1h" else None
    sketches = partial(_sketches, packed, days, low, high, zone)
    return WindowPart(high - low, sum(packed.counts[low:high]), values, lambda: [*sketches()])


def _sketches(
    packed: ClosedColumns, days: ClosedColumns | None, low: int, high: int, zone: Zone
) -> Iterator[bytes]:
    """Yield the customers of closed buckets; of hours, a day that closed (`days`) speaks for them.

    Where days begin within an hour, the day before and the day have a part of it each.
    """
    if days is not None and low < high:
        first, last = packed.starts[low], packed.starts[high - 1]
        for at in range(days.index(first), len(days)):
            day, end = days.starts[at], zone.day_after(days.starts[at])
            if end > last + HOUR:
                break
            yield from packed.written(low, packed.index(day))
            yield from days.written(at, at + 1)
            low = packed.index(end - HOUR + 1)
    yield from packed.written(low, high)
