"""The curve of an incident: what was expected and what came, also after its last record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from schemas.backtest import Chart
from streams.report.charts import days

if TYPE_CHECKING:
    from datetime import datetime

    from schemas.alerts import Alert, Window
    from schemas.incidents import Incident
    from streams.console.index.reader import Index
    from streams.report.charts import DayPlot

AFTER: Final = 28
"""So many days are shown at most after the curve that the record has."""
OVER: Final = 3
"""So many after an incident was over."""


def plot_of(index: Index, row: Incident, lead: Alert | None) -> DayPlot | None:
    """Draw the days of an incident's lead, with what was expected and the band.

    The record has the days that were over when it was written. Those since, which are the rise
    itself where it has just begun, are those of the metric; nothing was expected of them as yet.
    """
    curve = row.curve
    if curve is None or not curve.observed:
        return None
    since = _since(index, row, lead)
    unknown = [None] * len(since)
    chart = Chart(
        start=curve.start.date(),
        observed=[*curve.observed, *since],
        expected=[*curve.expected, *unknown],
        upper=[*curve.upper, *unknown],
    )
    moments = [(row.started_at, "fired", "the rise began")]
    return days(chart, moments, [(row.window_start, row.window_end, "beyond the band")])


def _since(index: Index, row: Incident, lead: Alert | None) -> list[int]:
    """Return the events of the days after the curve, as far as they are known."""
    assert row.curve is not None  # noqa: S101 (as asked for)
    labels = row.labels if lead is None else lead.labels
    series = index.series_of(row.metric, labels)
    span = index.span()
    if series is None or span is None:
        return []
    first = row.curve.start.date().toordinal() + len(row.curve.observed)
    end = min(span[1], first + AFTER)
    if row.resolved_at is not None:
        end = min(end, (row.resolved_at.date() + timedelta(days=OVER)).toordinal())
    found = {day.day: day.events for day in index.days(series.number, first, end)}
    return [found.get(day, 0) for day in range(first, end)]


def windows_of(lead: Alert | None) -> list[Window]:
    """Return the windows of an alert, each span once: with the least that trips it."""
    found: dict[tuple[datetime, datetime], Window] = {}
    for window in () if lead is None else lead.windows:
        span = window.start, window.end
        if span not in found or window.upper < found[span].upper:
            found[span] = window
    return list(found.values())
