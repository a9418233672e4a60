"""Rolling windows: the last hour, day, week, 4 weeks, 90 days and year of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core import customers
from streams.core.buckets import SPAN, WINDOWS, end_of

if TYPE_CHECKING:
    from streams.core.buckets import Grain, Window
    from streams.core.tables.merge import Bucket, Series

STEP: Final[dict[Window, Grain]] = {
    "1h": "5m",
    "24h": "1h",
    "7d": "1h",
    "28d": "1d",
    "90d": "1d",
    "365d": "1d",
}
"""A window is a whole number of these buckets, the last of them the one that is open now."""


class Rolling(NamedTuple):
    """One window of one series; `start` and `end` are epoch seconds."""

    window: Window
    start: int
    end: int
    events: int
    values: dict[str, int]
    customers: int


def windows(series: Series, clock: int) -> list[Rolling]:
    """Sum up every window of `series` as of the event time `clock`.

    Windows of one step are nested, so each bucket is looked at once and joins the shortest
    window that holds it; the longer ones take over what the shorter ones have.
    """
    found: list[Rolling] = []
    for grain, family in _FAMILIES.items():
        end = end_of(clock, grain)
        rings: list[list[Bucket]] = [[] for _ in family]
        spans = [SPAN[window] for window in family]
        for start, bucket in series.buckets[grain].items():
            age = end - start
            if age > 0:
                for ring, span in zip(rings, spans, strict=True):
                    if age <= span:
                        ring.append(bucket)
                        break
        found.extend(_nested(family, rings, end))
    return found


def _nested(family: list[Window], rings: list[list[Bucket]], end: int) -> list[Rolling]:
    count = 0
    values: dict[str, int] = {}
    inside: customers.Sketch | None = None
    distinct = 0
    found = []
    for window, ring in zip(family, rings, strict=True):
        sketches = [] if inside is None else [inside]
        for bucket in ring:
            count += bucket.count
            for currency, amount in (bucket.values or {}).items():
                values[currency] = values.get(currency, 0) + amount
            sketch = bucket.sketch()
            if sketch is not None:
                sketches.append(sketch)
        if ring and sketches:
            inside = customers.union(sketches)
            distinct = customers.estimate([inside])
        found.append(Rolling(window, end - SPAN[window], end, count, dict(values), distinct))
    return found


_FAMILIES: Final[dict[Grain, list[Window]]] = {
    grain: [window for window in WINDOWS if STEP[window] == grain] for grain in ("5m", "1h", "1d")
}
