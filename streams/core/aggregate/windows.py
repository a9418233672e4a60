"""Rolling windows: the last hour, day, week, 4 weeks, 90 days and year of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.aggregate.window_cache import MIN_BUCKETS_KEPT, add, closed_part
from streams.core.event_time.buckets import DAY, SPAN, WINDOWS, floor
from streams.core.sketches.distinct import Distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streams.core.aggregate.columns import ClosedColumns, Row, Single
    from streams.core.aggregate.series import SentWindow, Series
    from streams.core.aggregate.window_unions import WindowUnions
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


_NO_VALUES: Final[dict[str, int]] = {}
_NOTHING: Final[SentWindow] = (0, _NO_VALUES, 0)

Span = tuple["Window", int, int]
"""A window, its start and its end, epoch seconds."""
Spans = dict["Grain", list[Span]]
"""Every window, by its step; the shortest first."""


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


def windows(  # noqa: PLR0913, PLR0917 - what a window is made of
    series: Series,
    grain: Grain,
    rows: list[Row],
    family: list[Span],
    zone: Zone,
    unions: WindowUnions,
) -> Iterable[SentWindow]:
    """Sum up the windows of one step of `series`; from when to when they are, `family` says.

    `rows` are its open buckets. Windows of one step are nested, so each bucket is looked at once
    and joins the shortest window that holds it; the longer ones take over what the shorter ones
    have.
    """
    packed = series.closed(grain)
    closed = 0 if packed is None else len(packed)
    if packed is not None and closed == 1 and not rows:
        one = packed.only()
    else:
        one = _only(rows[0]) if len(rows) == 1 and not closed else None
    if one is not None:
        return _of_one(*one, family)
    if not closed and not rows:
        return [_NOTHING] * len(family)
    if closed >= MIN_BUCKETS_KEPT or unions.has(series.number, family[-1][0]):
        return _nested(series, grain, rows, family, zone, unions)
    return _of_few(series, packed, rows, family, unions)


def _only(row: Row) -> Single | None:
    """Return what windows over one open bucket have of it; None where it has many customers."""
    if row.registers is not None:
        return None
    # A copy: its values go on being added to.
    values = dict(row.values) if row.values else _NO_VALUES
    return row.start, (row.events, values, len(row.coupons) >> 2)


def _of_one(at: int, value: SentWindow, family: list[Span]) -> list[SentWindow]:
    """Sum up the windows of one step over one bucket, as most series have when there are many."""
    _, first, through = family[0]
    if first <= at < through:
        return [value] * len(family)
    return [value if start <= at < through else _NOTHING for _, start, _ in family]


def _of_few(
    series: Series,
    packed: ClosedColumns | None,
    opened: list[Row],
    family: list[Span],
    unions: WindowUnions,
) -> Iterator[SentWindow]:
    """Sum up the windows of one step over few buckets."""
    rows = opened if packed is None else packed.rows() + opened
    changes = 0 if packed is None else packed.changes
    through = family[0][-1]
    count, values, inside, distinct = 0, _NO_VALUES, Distinct(()), 0
    for window, start, _ in family:
        ring = [row for row in rows if start <= row.start < through]
        if ring:
            count += sum([row.events for row in ring])
            if any(row.values for row in ring):
                values = dict(values)
                add(values, (row.values for row in ring if row.values))
            if _join(inside, ring):
                distinct = _estimate(inside, unions, (series.number, window), (changes, start))
        through = start
        yield count, values, distinct


def _nested(  # noqa: PLR0913, PLR0917 - what a window is made of
    series: Series,
    grain: Grain,
    rows: Sequence[Row],
    family: list[Span],
    zone: Zone,
    unions: WindowUnions,
) -> Iterator[SentWindow]:
    """Sum up the windows of one step; of closed buckets sums are kept, of all who are many."""
    packed = series.closed(grain)
    changes = 0 if packed is None else packed.changes
    count = 0
    values: dict[str, int] = {}
    inside = Distinct(())
    distinct = 0
    last = through = family[0][-1]
    for window, start, _ in family:
        closed = closed_part(series, grain, window, (start, through), zone)
        ring = [row for row in rows if start <= row.start < through]
        if ring or closed.buckets:
            count += closed.events
            add(values, (closed.values,))
            count += sum([row.events for row in ring])
            add(values, (row.values for row in ring if row.values))
            union = unions.get(series.number, window, (changes, start))
            if union is not None:
                union.join(row for row in rows if start <= row.start < last)
                distinct = union.estimate()
                inside = Distinct(())
                inside.raise_to(union.registers)
            else:
                sketches = closed.sketches()
                inside.add(sketches)
                if _join(inside, ring) or sketches:
                    own = series.number, window
                    distinct = _estimate(inside, unions, own, (changes, start))
        through = start
        yield count, dict(values), distinct


def _estimate(
    inside: Distinct, unions: WindowUnions, own: tuple[int, Window], mark: tuple[int, int]
) -> int:
    """Estimate the customers of a window; if they are many, hold them for the next flush."""
    registers = inside.registers()
    return inside.estimate() if registers is None else unions.put(*own, mark, registers).estimate()


def _join(inside: Distinct, ring: Sequence[Row]) -> bool:
    """Join the customers of buckets in; False where there were none."""
    named = False
    for row in ring:
        if row.coupons:
            inside.add_listed(row.coupons)
            named = True
        elif row.registers is not None:
            inside.raise_to(row.registers)
            named = True
    return named
