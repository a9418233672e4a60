"""Charts as geometry: paths and ticks in a box of 1,000 by 1,000 that the page stretches.

Positions of ticks are percentages, so that their texts stay outside the drawing and keep their
size on a phone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.backtest import Backtest, BudgetPoint, Chart

SIDE: Final = 1000.0
_BAR: Final = 0.72
_HEADROOM: Final = 1.08
_MOST_TICKS: Final = 5


class Tick(NamedTuple):
    """A text at a place of an axis, in percent of its length."""

    at: float
    text: str


class Slot(NamedTuple):
    """The column of one day, and what it says when pointed at."""

    x: float
    width: float
    title: str


class Mark(NamedTuple):
    """A moment, in percent of the width."""

    at: float
    kind: str
    text: str


class Stretch(NamedTuple):
    """A time from one place to another, in percent of the width."""

    start: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class DayPlot:
    """A series day by day; `about` says in words what the chart shows."""

    bars: str
    expected: str
    band: str
    slots: Sequence[Slot]
    x: Sequence[Tick]
    y: Sequence[Tick]
    marks: Sequence[Mark]
    stretches: Sequence[Stretch]
    about: str


class Dot(NamedTuple):
    """A point, in percent of both sides."""

    x: float
    y: float
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class LinePlot:
    """Points joined by a line."""

    line: str
    reference: str
    dots: Sequence[Dot]
    x: Sequence[Tick]
    y: Sequence[Tick]
    about: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The history from its first to its last event."""

    x: Sequence[Tick]
    stretches: Sequence[Stretch]


def days(
    chart: Chart,
    moments: Iterable[tuple[datetime, str, str]] = (),
    stretches: Iterable[tuple[datetime, datetime, str]] = (),
) -> DayPlot:
    """Draw a series; `moments` and `stretches` that lie outside it are left out."""
    count = len(chart.observed)
    start = datetime(chart.start.year, chart.start.month, chart.start.day, tzinfo=UTC)
    end = start + timedelta(days=count)
    known = [value for value in (*chart.upper, *chart.expected) if value is not None]
    ticks = scale(max([*chart.observed, *known, 1.0]) * _HEADROOM)
    top = max(ticks[-1], max([*chart.observed, *known, 1.0]) * _HEADROOM)
    width = SIDE / count

    def high(value: float) -> float:
        return round(SIDE - SIDE * value / top, 1)

    bars = "".join(
        f"M{_short(width * (n + (1 - _BAR) / 2))} {_short(SIDE)}V{_short(high(value))}"
        f"h{_short(width * _BAR)}V{_short(SIDE)}z"
        for n, value in enumerate(chart.observed)
        if value
    )
    return DayPlot(
        bars=bars,
        expected=_steps([None if v is None else high(v) for v in chart.expected], width),
        band=_band(
            [None if v is None else high(v) for v in chart.upper],
            [None if v is None else high(v) for v in chart.expected],
            width,
        ),
        slots=[
            Slot(round(width * n, 2), round(width, 2), _point(chart, start, n))
            for n in range(count)
        ],
        x=_dates(start, end),
        y=[Tick(round(100 * value / top, 2), number(value)) for value in ticks],
        marks=[
            Mark(_place(at, start, end), kind, text)
            for at, kind, text in moments
            if start <= at <= end
        ],
        stretches=_stretches(stretches, start, end),
        about=f"{count} days from {start:%Y-%m-%d}; at most {max(chart.observed):,} events a day",
    )


def timeline(report: Backtest) -> tuple[Timeline, dict[str, float]]:
    """Draw the whole history; also where each alarm stands on it, in percent."""
    start, end = report.history.first, report.history.last
    end = max(end, start + timedelta(hours=1))
    places = {alarm.alert_id: _place(alarm.opened_at, start, end) for alarm in report.alarms}
    labels = [(one.start, one.end, one.name) for one in report.incidents]
    return Timeline(_dates(start, end), _stretches(labels, start, end)), places


def sensitivity(points: Sequence[BudgetPoint]) -> LinePlot | None:
    """Draw the share of incidents detected over the false alarms a week; None without labels."""
    known = [
        (p, p.measures.false_alarms_per_week, p.measures.sensitivity)
        for p in points
        if p.measures.false_alarms_per_week is not None and p.measures.sensitivity is not None
    ]
    if not known:
        return None
    most = max(x for _, x, _ in known) * _HEADROOM or 1.0
    ticks = scale(most)
    right = max(ticks[-1], most)
    dots = [
        Dot(
            round(100 * x / right, 2),
            round(100 * y, 2),
            f"budget {number(p.budget)}: {y:.0%} detected, {number(x)} false alarms a week",
            "current" if p.current else "other",
        )
        for p, x, y in known
    ]
    return LinePlot(
        line=_line(dots),
        reference="",
        dots=_current_on_top(dots),
        x=[Tick(round(100 * value / right, 2), number(value)) for value in ticks],
        y=[Tick(share, f"{share}%") for share in (0, 25, 50, 75, 100)],
        about="; ".join(dot.title for dot in dots),
    )


def achieved(points: Sequence[BudgetPoint]) -> LinePlot | None:
    """Draw the alarms a week (false ones where there are labels) over the budget, both in logs."""
    values = [_false(p) for p in points]
    if not points:
        return None
    low = min([p.budget for p in points] + [v for v in values if v > 0])
    high = max([p.budget for p in points] + values)
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    first -= min(values) == 0.0  # a decade below all others stands for none at all
    last = max(last, first + 1)

    def place(value: float) -> float:
        share = (math.log10(value) - first) / (last - first) if value > 0 else 0.0
        return round(100 * min(1.0, max(0.0, share)), 2)

    dots = [
        Dot(
            place(p.budget),
            place(value),
            f"budget {number(p.budget)}: {number(value)} a week",
            "current" if p.current else "other",
        )
        for p, value in zip(points, values, strict=True)
    ]
    ticks = [Tick(place(10.0**n), number(10.0**n)) for n in range(first, last + 1)]
    return LinePlot(
        line=_line(dots),
        reference=f"M0 {_short(SIDE)}L{_short(SIDE)} 0",
        dots=_current_on_top(dots),
        x=ticks,
        y=[Tick(0, "0"), *ticks[1:]] if min(values) == 0.0 else ticks,
        about="; ".join(dot.title for dot in dots),
    )


def scale(top: float) -> list[float]:
    """Give round numbers from 0 up to `top`, at most six."""
    step = 10.0 ** math.floor(math.log10(top)) if top > 0 else 1.0
    step = next(step * f for f in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if top <= step * f * _MOST_TICKS)
    return [round(step * n, 10) for n in range(math.floor(top / step + 1e-9) + 1)]


def number(value: float) -> str:
    """Write a number for people: three digits, or all of a large one."""
    if abs(value) >= 100:  # noqa: PLR2004
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _false(point: BudgetPoint) -> float:
    m = point.measures
    return m.alarms_per_week if m.false_alarms_per_week is None else m.false_alarms_per_week


def _point(chart: Chart, start: datetime, n: int) -> str:
    text = f"{start + timedelta(days=n):%a %Y-%m-%d}: {chart.observed[n]:,}"
    expected, upper = chart.expected[n], chart.upper[n]
    if expected is None or upper is None:
        return text
    return f"{text}, expected {number(expected)}, upper {number(upper)}"


def _steps(heights: Sequence[float | None], width: float) -> str:
    """Draw one level a day, joined where days follow each other."""
    path, on = [], False
    for n, height in enumerate(heights):
        if height is None:
            on = False
            continue
        head = f"V{_short(height)}" if on else f"M{_short(n * width)} {_short(height)}"
        path.append(f"{head}H{_short((n + 1) * width)}")
        on = True
    return "".join(path)


def _band(uppers: Sequence[float | None], lowers: Sequence[float | None], width: float) -> str:
    """Draw the area between two levels a day."""
    return "".join(
        f"M{_short(n * width)} {_short(low)}V{_short(high)}"
        f"H{_short((n + 1) * width)}V{_short(low)}z"
        for n, (high, low) in enumerate(zip(uppers, lowers, strict=True))
        if high is not None and low is not None
    )


def _current_on_top(dots: Sequence[Dot]) -> list[Dot]:
    return sorted(dots, key=lambda dot: dot.kind == "current")


def _line(dots: Sequence[Dot]) -> str:
    ordered = sorted(dots)
    return "".join(
        f"{'L' if n else 'M'}{_short(dot.x * 10)} {_short(SIDE - dot.y * 10)}"
        for n, dot in enumerate(ordered)
    )


def _dates(start: datetime, end: datetime) -> list[Tick]:
    """Give at most six days, months or years that begin in a time."""
    length = (end - start) / timedelta(days=1)
    if length <= 14:  # noqa: PLR2004
        step = max(1, math.ceil(length / _MOST_TICKS))
        first = datetime(start.year, start.month, start.day, tzinfo=UTC)
        found = [first + timedelta(days=n * step) for n in range(_MOST_TICKS + 1)]
        form = "%d %b"
    else:
        months = next(
            m for m in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if length <= 31 * m * _MOST_TICKS
        )
        count = start.year * 12 // months * months
        total = range(count, end.year * 12 + end.month, months)
        found = [datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in total]
        form = "%Y" if months >= 12 else "%b %Y"  # noqa: PLR2004
    return [Tick(_place(at, start, end), f"{at:{form}}") for at in found if start <= at <= end]


def _stretches(
    spans: Iterable[tuple[datetime, datetime, str]], start: datetime, end: datetime
) -> list[Stretch]:
    found = []
    for first, last, text in spans:
        if first < end and last > start:
            left = _place(max(first, start), start, end)
            right = _place(min(last, end), start, end)
            found.append(Stretch(left, max(0.3, round(right - left, 2)), text))
    return found


def _place(at: datetime, start: datetime, end: datetime) -> float:
    return round(100 * min(1.0, max(0.0, (at - start) / (end - start))), 2)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
