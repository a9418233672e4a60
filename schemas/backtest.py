"""The report of `groundswell backtest`: a history judged, as one JSON document.

Times are event time; but for `made_at`, the same history and settings give the same report.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from schemas.alerts import Alert, AlertId
from schemas.fields import Contract, Count, Instant, Label, Version
from schemas.metrics import Metric

Outcome = Literal["detected", "hint", "late", "missed", "outside"]
Judged = Literal["true", "false", "unlabelled"]


def _read_day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_read_day)]
Hours = Annotated[float, Field(ge=0)]


class History(Contract):
    """What was read."""

    files: list[str] = Field(description="Names of the files, without their folders.")
    topic: str = Field(description="Topic that the rows are events of.")
    rows: Count = Field(description="Rows in the files.")
    events: Count = Field(description="Events they gave.")
    first: Instant = Field(description="Event time of the first one.")
    last: Instant = Field(description="Event time of the last one.")
    weeks: float = Field(description="Weeks between the two.")
    outcomes: dict[str, Count] = Field(description="Events by what became of them, as folded.")
    refused: dict[str, Count] = Field(description="Rows that are no events, by reason.")
    series: dict[Metric, Count] = Field(description="Series known at the end, by metric.")


class Measures(Contract):
    """How good a run was. An alarm is an alert that fired and that no other explains."""

    alarms: Count = Field(description="Alarms in all.")
    alarms_per_week: float = Field(description="Alarms over the weeks of the history.")
    hints: Count = Field(description="Alerts that no other explains and that never fired.")
    notices: Count = Field(
        description="Alerts that no other explains, that were artefacts whenever they fired."
    )
    false_alarms: Count | None = Field(description="Alarms outside every label; null: no labels.")
    false_alarms_per_week: float | None = Field(description="The same, a week.")
    incidents: Count = Field(description="Labels inside the history.")
    detected: Count = Field(
        description="Of those, labels in which an alarm fired before they ended."
    )
    sensitivity: float | None = Field(description="detected / incidents; null: there are none.")
    median_hours_to_pending: Hours | None = Field(
        description="Hours from the start of a label to the first alert, hints too: median."
    )
    median_hours_to_firing: Hours | None = Field(
        description="Hours from the start of a label to the first that fired: median of those "
        "detected."
    )


class Chart(Contract):
    """A series day by day around an alarm; the lists are as long as each other."""

    start: Day = Field(description="First day (of calendar.timezone).")
    observed: list[Count] = Field(description="Events of each day.")
    expected: list[float | None] = Field(
        description="Events that were to be expected; null: the series was not known yet."
    )
    upper: list[float | None] = Field(
        description="Events up to which the daily test would have said nothing."
    )


class SeriesName(Contract):
    """An alert, in short."""

    alert_id: AlertId = Field(description="Names the alert.")
    metric: Metric = Field(description="What rises.")
    labels: dict[str, Label] = Field(description="In which part of the metric; {} is the total.")
    opened_at: Instant = Field(description="When it opened.")
    judged: Judged = Field(description="true: it lies in a label; false: in none.")


class Alarm(SeriesName):
    """An alert that fired and that no other explains: somebody would have been paged."""

    fired_at: Instant = Field(description="When it fired first.")
    closed_at: Instant | None = Field(description="When it was over; null: it never was.")
    incidents: list[Count] = Field(description="Labels that it lies in, by place from 0.")
    alert: Alert = Field(description="Its record with the largest excess.")
    explains: list[SeriesName] = Field(description="Alerts that it explains.")
    chart: Chart | None = Field(description="Its series around it; null: left out.")


class Notice(SeriesName):
    """An artefact that no other alert explains: nobody would have been paged."""

    closed_at: Instant | None = Field(description="When it was over; null: it never was.")
    alert: Alert = Field(description="Its record with the largest excess.")


class Incident(Contract):
    """A label, and what the alerts made of it."""

    name: str = Field(description="Its name, or else its labels.")
    start: Instant = Field(description="Start.")
    end: Instant = Field(description="End (exclusive).")
    metric: Metric | None = Field(description="Metric; null: any.")
    labels: dict[str, Label] = Field(description="Where; {} is anywhere.")
    outcome: Outcome = Field(
        description="detected: an alarm fired in it; hint: only pending; late: after it had ended; "
        "missed; outside: the history does not reach it."
    )
    pending_at: Instant | None = Field(description="First alert in it, hints too.")
    firing_at: Instant | None = Field(description="First one that fired.")
    hours_to_pending: Hours | None = Field(description="From its start; 0: open before.")
    hours_to_firing: Hours | None = Field(description="From its start; 0: open before.")
    alarms: list[AlertId] = Field(description="Alarms in it.")
    note: str = Field(description="Why no alert can match it, where its labels are the reason.")
    chart: Chart | None = Field(description="The series that it names, where there is one.")


class BudgetPoint(Contract):
    """The run under one alert budget."""

    budget: float = Field(description="detect.budget: false alerts a week that are borne.")
    current: bool = Field(description="Whether it is the budget in the settings.")
    measures: Measures = Field(description="How good it was.")


class Trial(Contract):
    """What other settings would have done."""

    name: str = Field(description="What was tried, in words.")
    settings: dict[str, Any] = Field(description="The settings that differ, by dotted path.")
    before: dict[str, Any] = Field(description="The values they have now.")
    measures: Measures = Field(description="How good it was.")
    gained: list[SeriesName] = Field(description="Alarms that there would be and now are not.")
    lost: list[SeriesName] = Field(description="Alarms that there are now and would not be.")


class Backtest(Contract):
    """The report of a backtest."""

    schema_version: Version = Field(default=1, description="Version of this schema.")
    made_at: Instant | None = Field(description="When it was made (wall clock); null: left out.")
    history: History = Field(description="What was read.")
    settings: dict[str, Any] = Field(
        description="The settings that decide: tables and detect, and calendar where it is not UTC."
    )
    labelled: bool = Field(
        description="Whether there were labels. Without any, every alarm counts as a possible one."
    )
    measures: Measures = Field(description="How good the current settings are.")
    alarms: list[Alarm] = Field(description="Every alarm, by the time at which it opened.")
    notices: list[Notice] = Field(description="Every notice, by the time at which it opened.")
    incidents: list[Incident] = Field(description="Every label, in the order of its file.")
    budgets: list[BudgetPoint] = Field(description="Other alert budgets, ascending.")
    trials: list[Trial] = Field(description="Other settings.")
