"""The alert topics: what rises, why, and with which evidence.

`alerts` is compacted and holds the current state of every alert, keyed by alert_id;
`alerts.history` has each transition in the order in which they were decided. Times are event time.
"""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from schemas.fields import Amounts, Contract, Count, Instant, Label, Version
from schemas.metrics import Metric

AlertState = Literal["pending", "firing", "resolved", "stale"]
AlertSeverity = Literal["notice", "info", "warning", "critical"]
Verdict = Literal["real", "artefact"]
Artefact = Literal["one_sender", "bulk", "taxonomy", "catch_up", "duplicate_load", "same_text"]
AlertReason = Literal[
    "opened",
    "confirmed",
    "worse",
    "verdict_changed",
    "cause_changed",
    "resolved",
    "went_stale",
    "came_back",
]
AlertId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]

MAX_SAMPLES: Final = 3
MAX_SHARES: Final = 5


class Share(Contract):
    """How much one value of a label has in the excess of an alert."""

    value: Label = Field(description="Value of the label.")
    observed: Count = Field(description="Events with it in the window.")
    expected: float = Field(description="Its part of the alert's expectation.")
    excess: float = Field(description="observed - expected.")
    share: float = Field(description="Its part of the alert's excess; may exceed 1.")


class Window(Contract):
    """A span of time in which a series was beyond its bound."""

    start: Instant = Field(description="Start of it.")
    end: Instant = Field(description="End of it.")
    observed: Count = Field(description="Events in it; of weeks, a single high one counts less.")
    expected: float = Field(description="Events that were to be expected.")
    upper: float = Field(description="Events up to which their number does not trip it.")
    odds: float | None = Field(
        description="Of an outbreak under way, where they tripped it; null: the number did."
    )


class Curve(Contract):
    """The last closed days of a series: one element a day, oldest first."""

    start: Instant = Field(description="Start of the first day (of calendar.timezone).")
    observed: list[Count] = Field(description="Events.")
    expected: list[float] = Field(description="Events expected, as was said on the day before.")
    upper: list[float] = Field(description="Events up to which the day was within its band.")


class Comparison(Contract):
    """A period against an earlier one, with the days and weekdays of both allowed for."""

    kind: Literal["28d", "28d_year", "to_date", "to_date_year", "month", "month_year"] = Field(
        description="28 days, the month to date, or the last month that is over; against the one "
        "before it, or (`_year`) a year before."
    )
    start: Instant = Field(description="Start of the period.")
    end: Instant = Field(description="End of it: the day that is not over is left out.")
    before_start: Instant = Field(description="Start of the earlier period.")
    before_end: Instant = Field(description="End of it.")
    count: Count = Field(description="Events in the period.")
    before: Count = Field(description="Events in the earlier one.")
    expected: float = Field(
        description="What those make for the days and weekdays of the period, by what is usual for "
        "each weekday in this series."
    )
    excess: float = Field(description="count - expected.")
    change: float | None = Field(description="count / expected - 1; null after no events at all.")
    message: str = Field(description="It in a sentence.")


class Reason(Contract):
    """Where part of an excess comes from, other than from more customers with a complaint."""

    artefact: Artefact = Field(description="What it is.")
    share: float = Field(description="Its part of the excess, 0 to 1.")
    evidence: str = Field(description="What shows it, in words, to be checked.")


class Complained(Contract):
    """The customers who complained: counted one by one, from what is known of each."""

    customers: Count = Field(
        description="Customers who complained of it since it began, each once. Who was no customer "
        "then is none of them."
    )
    value: Amounts = Field(
        description="What they were worth a month when they first did, in minor units by currency."
    )
    left: Count = Field(
        description="How many of them are customers no more: lost since, and at the latest 30 days "
        "after it was over."
    )
    value_left: Amounts = Field(description="What those were worth, likewise.")
    final: bool = Field(description="It is over, and nothing but a late event changes this.")


_EXAMPLE: JsonDict = {
    "schema_version": 1,
    "alert_id": "9f1c22d07ab4e310",
    "state": "firing",
    "previous": None,
    "reason": "opened",
    "metric": "complaints",
    "labels": {"company": "Navient Solutions, LLC."},
    "at": "2017-01-19T02:00:00Z",
    "started_at": "2017-01-19T00:00:00Z",
    "resolved_at": None,
    "grain": "5m",
    "window_start": "2017-01-19T00:00:00Z",
    "window_end": "2017-01-19T02:00:00Z",
    "observed": 30,
    "expected": 0.4,
    "upper": 8.2,
    "excess": 29.6,
    "surprise": 46.2,
    "windows": [
        {
            "start": "2017-01-19T00:00:00Z",
            "end": "2017-01-19T02:00:00Z",
            "observed": 30,
            "expected": 0.4,
            "upper": 8.2,
            "odds": None,
        }
    ],
    "severity": "critical",
    "verdict": "real",
    "reasons": [],
    "history_days": 1875.0,
    "customers": 30,
    "usual_customers": 0.3,
    "complained": {
        "customers": 28,
        "value": {"USD": 137_200},
        "left": 2,
        "value_left": {"USD": 9_800},
        "final": False,
    },
    "curve": {
        "start": "2017-01-17T00:00:00Z",
        "observed": [5, 24],
        "expected": [4.9, 5.1],
        "upper": [18.2, 18.7],
    },
    "comparison": [
        {
            "kind": "28d",
            "start": "2016-12-22T00:00:00Z",
            "end": "2017-01-19T00:00:00Z",
            "before_start": "2016-11-24T00:00:00Z",
            "before_end": "2016-12-22T00:00:00Z",
            "count": 122,
            "before": 91,
            "expected": 91.0,
            "excess": 31.0,
            "change": 0.3407,
            "message": "2016-12-22 to 2017-01-18: 122, 31 more (+34%) than for its days and "
            "weekdays after 91 from 2016-11-24 to 2016-12-21.",
        }
    ],
    "incident_id": "5b0e8c1f7d2a9e46",
    "explained_by": None,
    "explains": ["1e0f5b6a99c0d7e2"],
    "split": {
        "product": [
            {
                "value": "Student loan",
                "observed": 30,
                "expected": 0.39,
                "excess": 29.61,
                "share": 1.0,
            }
        ]
    },
    "samples": ["They raised my payment and […] would not say why."],
    "message": 'Complaints with company "Navient Solutions, LLC.": 30 in the 2 hours to '
    "2017-01-19 02:00, where 0.4 were expected and up to 8 would be normal.",
    "runbook": "http://127.0.0.1:6066/docs/runbook#a-rise-of-complaints",
}


class Alert(Contract):
    """One rise of one series, as it stands.

    Numbers are those of the last window that was beyond the bound. When the rise of another series
    makes this one up, `explained_by` names that alert: page for alerts without one, of verdict
    `real`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    schema_version: Version = Field(default=1, description="Version of this schema.")
    alert_id: AlertId = Field(description="Names the rise: the same in a replay as it was live.")
    state: AlertState = Field(description="What it is now.")
    previous: AlertState | None = Field(description="What it was before; null: it is new.")
    reason: AlertReason = Field(description="Why it was published again.")
    metric: Metric = Field(description="What rises.")
    labels: dict[str, Label] = Field(description="In which part of the metric; {} is the total.")
    at: Instant = Field(description="Event time at which this was known: the end of a bucket.")
    started_at: Instant = Field(description="Start of the first window that was beyond the bound.")
    resolved_at: Instant | None = Field(description="When the rate was back; null: it is not.")
    grain: Literal["5m", "1h", "1d"] = Field(
        description="Buckets in which it was seen: 5 minutes or days (hours in older alerts)."
    )
    window_start: Instant = Field(description="Start of the window the numbers are of.")
    window_end: Instant = Field(description="End of it.")
    observed: Count = Field(description="Events in the window.")
    expected: float = Field(description="Events that were to be expected in it.")
    upper: float = Field(description="Events up to which nothing would have been said.")
    excess: float = Field(description="observed - expected.")
    surprise: float = Field(
        description="-log10 of the false alerts a day that a quiet series gives at such a level."
    )
    windows: list[Window] = Field(
        default_factory=list,
        description="All that were beyond the bound then, the shortest first. The numbers above "
        "are those of the most surprising one, or of a slow rise those of all of it.",
    )
    severity: AlertSeverity = Field(
        description="By size and surprise; a notice is an artefact, and pages nobody."
    )
    verdict: Verdict = Field(
        default="real",
        description="artefact: without what `reasons` has, it would be no rise.",
    )
    reasons: list[Reason] = Field(
        default_factory=list, description="Origins of the excess that are no trend, largest first."
    )
    history_days: float = Field(description="Days for which the series was known.")
    customers: Count = Field(description="Distinct customers since it started, an estimate.")
    usual_customers: float = Field(
        description="Mean of the distinct customers in spans as long, in the four weeks before."
    )
    complained: Complained | None = Field(
        default=None,
        description="What those are worth who complained, and who of them left; null: not known "
        "(yet), or no customers are kept, or another alert explains it. Always null on "
        "`alerts.history`, as it is known later.",
    )
    curve: Curve | None = Field(
        description="Up to 60 days up to the last one closed; null while none is known."
    )
    comparison: list[Comparison] = Field(
        description="Month over month and year over year, as far as the series is known."
    )
    incident_id: AlertId | None = Field(
        default=None,
        description="The incident that it belongs to; null: none, or none yet. Not before this "
        "field came.",
    )
    explained_by: AlertId | None = Field(description="The alert that this is a part or sum of.")
    explains: list[AlertId] = Field(description="Alerts that this one explains.")
    split: dict[str, list[Share]] = Field(description="By label: the values with most excess.")
    samples: list[str] = Field(description="Up to three texts, masked.")
    message: str = Field(description="All of it in a sentence.")
    runbook: str = Field(description="What to do: a link.")


class AlertTransition(Alert):
    """One step in the life of an alert; the record that was put on `alerts` at that step."""
