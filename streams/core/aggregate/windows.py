"""Rolling windows: the last hour, day, week, 4 weeks, 90 days and year of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.aggregate.window_cache import MIN_BUCKETS_KEPT, add, closed_part
from streams.core.event_time.buckets import DAY, SPAN, WINDOWS, floor
from streams.core.sketches.distinct import Distinct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.aggregate.columns import Row
    from streams.core.aggregate.open_rows import OpenRows
    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain, Window
    from streams.core.event_time.zone import Zone

STEP: Final[dict[Window, Grain]] = {
    "1h": "5m",
    "24h": "1h",
    "7d": "1h",
    "28d": "1d",
    "90d": "1d",
    "365d": "1d",
}
"""A window is a whole number of these buckets, the last of them the one that is open now."""

HOURS_ALONE: Final[Window] = "24h"
"""The longest window that is so many hours, whatever the clocks do; longer ones are days."""


Spans = dict["Grain", list[tuple["Window", int, int]]]
"""Start and end (epoch seconds) of every window, by its step; the shortest first."""


class WindowValue(NamedTuple):
    """One window of one series; `start` and `end` are epoch seconds."""

    window: Window
    start: int
    end: int
    events: int
    values: dict[str, int]
    customers: int


def spans(clock: int, zone: Zone) -> Spans:
    """Return the start and end of every window as of the event time `clock`, by their step.

    7 days begin at the same hour of the day as they end, longer windows with a day.
    """
    found: Spans = {}
    for window in WINDOWS:
        step, length = STEP[window], SPAN[window]
        end = zone.end(zone.floor(clock, step), step)
        start = end - length
        if step == "1d":
            start = zone.first(zone.number(end) - length // DAY)
        elif length > SPAN[HOURS_ALONE]:
            start = floor(zone.instant(zone.civil(end) - length), step)
        found.setdefault(step, []).append((window, start, end))
    return found


def windows(series: Series, held: OpenRows, known: Spans, zone: Zone) -> list[WindowValue]:
    """Sum up every window of `series`; from when to when they are, `spans` says.

    `held` has its open buckets. Windows of one step are nested, so each bucket is looked at once
    and joins the shortest window that holds it; the longer ones take over what the shorter ones
    have.
    """
    found: list[WindowValue] = []
    for grain, family in known.items():
        packed, rows = series.closed.get(grain), held.of(series, grain)
        if packed is not None and len(packed) >= MIN_BUCKETS_KEPT:
            found.extend(_nested(series, grain, rows, family, zone))
        else:
            found.extend(_of_few(rows if packed is None else packed.rows() + rows, family))
    return found


def _of_few(rows: Sequence[Row], family: list[tuple[Window, int, int]]) -> Iterator[WindowValue]:
    """Sum up the windows of one step over few buckets."""
    through = family[0][-1]
    count, values, inside, distinct = 0, _NO_VALUES, Distinct(()), 0
    for window, start, end in family:
        ring = [row for row in rows if start <= row.start < through]
        if ring:
            count += sum([row.events for row in ring])
            if any(row.values for row in ring):
                values = dict(values)
                add(values, (row.values for row in ring if row.values))
            distinct = _joined(inside, ring) or distinct
        through = start
        yield WindowValue(window, start, end, count, values, distinct)


def _nested(
    series: Series,
    grain: Grain,
    rows: Sequence[Row],
    family: list[tuple[Window, int, int]],
    zone: Zone,
) -> Iterator[WindowValue]:
    """Sum up the windows of one step; of closed buckets sums are kept."""
    count = 0
    values: dict[str, int] = {}
    inside = Distinct(())
    distinct = 0
    through = family[0][-1]
    for window, start, end in family:
        closed = closed_part(series, grain, window, (start, through), zone)
        ring = [row for row in rows if start <= row.start < through]
        if ring or closed.buckets:
            count += closed.events
            add(values, (closed.values,))
            count += sum([row.events for row in ring])
            add(values, (row.values for row in ring if row.values))
            inside.add(closed.sketches)
            distinct = _joined(inside, ring) or (inside.estimate() if closed.sketches else distinct)
        through = start
        yield WindowValue(window, start, end, count, dict(values), distinct)


def _joined(inside: Distinct, ring: Sequence[Row]) -> int:
    """Join the customers of buckets in; return how many there are then, 0 if nobody was joined."""
    named = False
    for row in ring:
        if row.coupons:
            inside.add_listed(row.coupons)
            named = True
        elif row.sketch is not None:
            inside.add([row.sketch])
            named = True
    return inside.estimate() if named else 0


_NO_VALUES: Final[dict[str, int]] = {}
