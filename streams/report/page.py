"""The report as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from streams.backtest.overrides import shown
from streams.core.event_time.formats import day_or_minute
from streams.report import charts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from schemas.backtest import Alarm, Backtest, Incident

_HOURS_A_DAY = 24
_DAYS_FROM = 72

OUTCOMES = {
    "told": "told",
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
    environment.filters.update(
        series=series, moment=moment, until=until, hours=hours, number=charts.number, value=shown
    )
    line, places = charts.timeline(report)
    return environment.get_template("report.html.j2").render(
        report=report,
        timeline=line,
        places=places,
        sensitivity=charts.sensitivity(report.budgets),
        achieved=charts.achieved(report.budgets),
        alarm_plots=[alarm_plot(alarm, report.incidents) for alarm in report.alarms],
        incident_plots=[incident_plot(incident) for incident in report.incidents],
        by_id={alarm.alert_id: alarm for alarm in report.alarms},
        outcomes=OUTCOMES,
    )


def alarm_plot(alarm: Alarm, incidents: list[Incident]) -> charts.DayPlot | None:
    """Draw the series of an alarm, with the labels that it lies in."""
    if alarm.chart is None:
        return None
    moments = [(alarm.fired_at, "fired", "fired")]
    if alarm.fired_at != alarm.opened_at:
        moments.insert(0, (alarm.opened_at, "opened", "opened"))
    if alarm.closed_at is not None:
        moments.append((alarm.closed_at, "closed", "over"))
    own = [incidents[place] for place in alarm.incidents]
    return charts.days(alarm.chart, moments, [(i.start, i.end, i.name) for i in own])


def incident_plot(incident: Incident) -> charts.DayPlot | None:
    """Draw the series that a label names."""
    if incident.chart is None:
        return None
    moments = []
    if incident.pending_at is not None and incident.pending_at != incident.firing_at:
        moments.append((incident.pending_at, "opened", "first alert"))
    if incident.firing_at is not None:
        moments.append((incident.firing_at, "fired", "fired"))
    span = (incident.start, incident.end, incident.name)
    return charts.days(incident.chart, moments, [span])


def series(metric: str, labels: Mapping[str, str]) -> str:
    """Name a series: `company Navient`, or `all complaints`."""
    if not labels:
        return f"all {metric.replace('_', ' ')}"
    return ", ".join(f"{name} {value}" for name, value in labels.items())


def moment(at: datetime | None) -> str:
    """Write a time to the minute; a day where it is one."""
    return "never" if at is None else day_or_minute(at)


def until(at: datetime) -> str:
    """Write an exclusive end: the last day where it is the end of one."""
    return moment(at - timedelta(days=1)) if (at.hour, at.minute) == (0, 0) else moment(at)


def hours(value: float | None) -> str:
    """Write a delay: `14 h`, `3.5 days`."""
    if value is None:
        return "–"  # noqa: RUF001 (a dash for nothing)
    if value < _DAYS_FROM:
        return f"{value:.3g} h"
    return f"{value / _HOURS_A_DAY:.3g} days"
