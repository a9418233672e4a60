"""The report as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from streams.backtest.overrides import shown
from streams.report import charts
from streams.report.local import LocalTimes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from schemas.backtest import Alarm, Backtest, Incident

_HOURS_A_DAY = 24
_DAYS_FROM = 72

OUTCOMES = {
    "detected": "detected",
    "hint": "a hint only",
    "late": "after its end",
    "missed": "missed",
    "outside": "not in the history",
}


def page(report: Backtest) -> str:
    """Write a report as HTML."""
    environment = Environment(
        loader=PackageLoader("streams.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    times = LocalTimes.of(report)
    environment.filters.update(
        series=series,
        moment=times.moment,
        until=times.until,
        hours=hours,
        number=charts.number,
        value=shown,
    )
    line, places = charts.timeline(report)
    return environment.get_template("report.html.j2").render(
        report=report,
        zone=times.zone.name,
        timeline=line,
        places=places,
        sensitivity=charts.sensitivity(report.budgets),
        achieved=charts.achieved(report.budgets),
        alarm_plots=[alarm_plot(alarm, report.incidents, times) for alarm in report.alarms],
        incident_plots=[incident_plot(incident, times) for incident in report.incidents],
        by_id={alarm.alert_id: alarm for alarm in report.alarms},
        outcomes=OUTCOMES,
    )


def alarm_plot(alarm: Alarm, incidents: list[Incident], times: LocalTimes) -> charts.DayPlot | None:
    """Draw the series of an alarm, with the labels that it lies in."""
    if alarm.chart is None:
        return None
    moments = [(alarm.fired_at, "fired", "fired")]
    if alarm.fired_at != alarm.opened_at:
        moments.insert(0, (alarm.opened_at, "opened", "opened"))
    if alarm.closed_at is not None:
        moments.append((alarm.closed_at, "closed", "over"))
    spans = [_span(incidents[place], times) for place in alarm.incidents]
    return charts.days(alarm.chart, _shown(moments, times), spans)


def incident_plot(incident: Incident, times: LocalTimes) -> charts.DayPlot | None:
    """Draw the series that a label names."""
    if incident.chart is None:
        return None
    moments = []
    if incident.pending_at is not None and incident.pending_at != incident.firing_at:
        moments.append((incident.pending_at, "opened", "first alert"))
    if incident.firing_at is not None:
        moments.append((incident.firing_at, "fired", "fired"))
    return charts.days(incident.chart, _shown(moments, times), [_span(incident, times)])


def _shown(
    moments: list[tuple[datetime, str, str]], times: LocalTimes
) -> list[tuple[datetime, str, str]]:
    return [(times.civil(at), kind, text) for at, kind, text in moments]


def _span(incident: Incident, times: LocalTimes) -> tuple[datetime, datetime, str]:
    return times.civil(incident.start), times.civil(incident.end), incident.name


def series(metric: str, labels: Mapping[str, str]) -> str:
    """Name a series: `company Navient`, or `all complaints`."""
    if not labels:
        return f"all {metric.replace('_', ' ')}"
    return ", ".join(f"{name} {value}" for name, value in labels.items())


def hours(value: float | None) -> str:
    """Write a delay: `14 h`, `3.5 days`."""
    if value is None:
        return "–"  # noqa: RUF001 (a dash for nothing)
    if value < _DAYS_FROM:
        return f"{value:.3g} h"
    return f"{value / _HOURS_A_DAY:.3g} days"
