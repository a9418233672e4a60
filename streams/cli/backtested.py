"""The report of a backtest at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from streams.cli.alerts import coloured
from streams.cli.report import counted, span
from streams.report.charts import number
from streams.report.local import LocalTimes
from streams.report.page import OUTCOMES, hours, series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from schemas.backtest import Backtest, Measures

_COLOURS = {"detected": "green", "hint": "yellow", "late": "yellow", "missed": "red"}


def show(console: Console, report: Backtest) -> None:
    """Print what a report comes to."""
    for table in (_alarms(report), _incidents(report), _budgets(report), _trials(report)):
        if table is not None:
            console.print(table, soft_wrap=False)
    history = report.history
    first, last = history.first.timestamp(), history.last.timestamp()
    console.print(
        f"{history.events:,} events of {history.topic} in {history.weeks:,.1f} weeks,"
        f" {span(int(first), int(last))}"
    )
    outcomes = ", ".join(f"{outcome} {n:,}" for outcome, n in history.outcomes.items())
    console.print(f"  {outcomes}")
    console.print(f"  {_summary(report)}")


def _summary(report: Backtest) -> str:
    m = report.measures
    text = f"{counted(m.alarms, 'alarm')}: fired, explained by no other"
    if m.notices:
        text += f"; {counted(m.notices, 'notice')} of artefacts besides"
    if not report.labelled:
        return (
            f"{text}; {m.alarms_per_week:.2f} a week, true ones among them as there are no labels;"
            f" the budget of false ones is {report.settings['detect']['budget']:g}"
        )
    text += (
        f"; {m.false_alarms} in no label, {m.false_alarms_per_week or 0:.2f} a week; the budget is"
        f" {report.settings['detect']['budget']:g}"
    )
    if m.incidents:
        text += f"; {m.detected} of {counted(m.incidents, 'incident')} detected"
    return text


def _table(*columns: str, right: int) -> Table:
    """Make a table whose columns from the `right`-th on are numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), header_style="dim")
    for place, column in enumerate(columns):
        numbers = place >= right
        table.add_column(
            column,
            justify="right" if numbers else "left",
            overflow="fold",
            no_wrap=numbers,
        )
    return table


def _alarms(report: Backtest) -> Table | None:
    if not report.alarms:
        return None
    times = LocalTimes.of(report)
    table = _table("opened (event time)", "what rises", "observed", "expected", right=2)
    for alarm in report.alarms:
        what = coloured(series(alarm.metric, alarm.labels), alarm.alert.severity)
        if alarm.judged == "false":
            what += " [red]false alarm[/]"
        own = [escape(report.incidents[place].name) for place in alarm.incidents]
        what += f" [green]{', '.join(own)}[/]" if own else ""
        if alarm.explains:
            what += f"\n[dim]explains {counted(len(alarm.explains), 'other alert')}[/]"
        table.add_row(
            times.moment(alarm.opened_at),
            what,
            f"{alarm.alert.observed:,}",
            number(alarm.alert.expected),
        )
    return table


def _incidents(report: Backtest) -> Table | None:
    if not report.incidents:
        return None
    times = LocalTimes.of(report)
    table = _table("incident", "from", "detected?", "to first alert", "to firing", right=3)
    for incident in report.incidents:
        table.add_row(
            escape(incident.name)
            + (f"\n[yellow]{escape(incident.note)}[/]" if incident.note else ""),
            times.moment(incident.start),
            f"[{_COLOURS.get(incident.outcome, 'dim')}]{OUTCOMES[incident.outcome]}[/]",
            hours(incident.hours_to_pending),
            hours(incident.hours_to_firing),
        )
    return table


_MEASURED = ("alarms", "a week", "false a week", "detected", "to firing")


def _measured(m: Measures) -> Sequence[str]:
    return (
        f"{m.alarms:,}",
        number(m.alarms_per_week),
        "" if m.false_alarms_per_week is None else number(m.false_alarms_per_week),
        f"{m.detected} of {m.incidents}" if m.incidents else "",
        hours(m.median_hours_to_firing) if m.incidents else "",
    )


def _budgets(report: Backtest) -> Table | None:
    if not report.budgets:
        return None
    table = _table("budget", *_MEASURED, right=1)
    table.padding = (0, 2, 0, 0)
    for point in report.budgets:
        name = number(point.budget) + (" (now)" if point.current else "")
        table.add_row(name, *_measured(point.measures))
    return table


def _trials(report: Backtest) -> Table | None:
    if not report.trials:
        return None
    table = _table("tried", "gained", "lost", *_MEASURED, right=1)
    for trial in report.trials:
        gained, lost = len(trial.gained), len(trial.lost)
        table.add_row(escape(trial.name), f"+{gained}", f"-{lost}", *_measured(trial.measures))
    return table
