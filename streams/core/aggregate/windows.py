"""Rolling windows: the last hour, day, week, 4 weeks, 90 days and year of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.aggregate.window_cache import add, closed_part
from streams.core.event_time.buckets import SPAN, WINDOWS, end_of
from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain, Window

STEP: Final[dict[Window, Grain]] = {
    "1h": "5m",
    "24h": "1h",
    "7d": "1h",
    "28d": "1d",
    "90d": "1d",
    "365d": "1d",
}
"""A window is a whole number of these buckets, the last of them the one that is open now."""


class WindowValue(NamedTuple):
    """One window of one series; `start` and `end` are epoch seconds."""

    window: Window
    start: int
    end: int
    events: int
    values: dict[str, int]
    customers: int


def windows(series: Series, clock: int) -> list[WindowValue]:
    """Sum up every window of `series` as of the event time `clock`.

    Windows of one step are nested, so each bucket is looked at once and joins the shortest
    window that holds it; the longer ones take over what the shorter ones have.
    """
    found: list[WindowValue] = []
    for grain, family in _FAMILIES.items():
        end = end_of(clock, grain)
        found.extend(_nested(series, grain, family, end))
    return found


def _nested(series: Series, grain: Grain, family: list[Window], end: int) -> Iterator[WindowValue]:
    count = 0
    values: dict[str, int] = {}
    inside: hyperloglog.Sketch | None = None
    distinct = 0
    through = end
    for window in family:
        start = end - SPAN[window]
        closed = closed_part(series, grain, window, start, through)
        count += closed.events
        add(values, (closed.values,))
        ring = [bucket for at, bucket in series.buckets[grain].items() if start <= at < through]
        sketches = [] if inside is None else [inside]
        sketches.extend(closed.sketches)
        for bucket in ring:
            count += bucket.count
            if (sketch := bucket.sketch()) is not None:
                sketches.append(sketch)
        add(values, (bucket.values for bucket in ring if bucket.values))
        if (ring or closed.buckets) and sketches:
            inside = sketches[0] if len(sketches) == 1 else hyperloglog.union(sketches)
            distinct = hyperloglog.estimate([inside])
        through = start
        yield WindowValue(window, start, end, count, dict(values), distinct)


_FAMILIES: Final[dict[Grain, list[Window]]] = {
    grain: [window for window in WINDOWS if STEP[window] == grain] for grain in ("5m", "1h", "1d")
}
