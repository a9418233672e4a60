"""A worker that holds what a test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from schemas.metrics import Metric
from schemas.topics import SOURCES
from streams.core.aggregate.periods.months import UNITS
from streams.core.detect.protocol import Census
from streams.core.event_time.buckets import WINDOWS
from streams.core.views import IncidentValue, MonthValue, WindowValue
from streams.telemetry import FlushTime
from streams.telemetry.collector import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TOPICS = tuple(SOURCES)
METRICS = get_args(Metric)


@dataclass
class Fold:
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    refused: dict[tuple[str, str], int] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    put_right: dict[tuple[str, str], int] = field(default_factory=dict)

    def outcomes(self) -> Mapping[tuple[str, str], int]:
        return self.seen

    def refusals(self) -> Mapping[tuple[str, str], int]:
        return self.refused

    def mended(self) -> Mapping[tuple[str, str], int]:
        return self.put_right

    def watermarks(self) -> Mapping[str, int]:
        return self.marks

    def sizes(self) -> Mapping[str, int]:
        return {"open_cells": 7, "ids": 40}


@dataclass
class FoldWithCustomers(Fold):
    statuses: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)

    def customers_by_status(self) -> Mapping[str, int]:
        return self.statuses

    def conservation_error(self) -> Mapping[str, int]:
        return self.errors


@dataclass
class Series:
    rows: list[WindowValue] = field(default_factory=list)
    known: dict[str, Census] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    timezone: str = "UTC"

    def rolling(self, segments: int) -> Iterable[WindowValue]:
        assert segments > 1
        return self.rows

    def census(self) -> Mapping[str, Census]:
        return self.known

    def watermarks(self) -> Mapping[str, int]:
        return self.marks

    def sizes(self) -> Mapping[str, int]:
        return {"series": 12}


@dataclass
class SeriesWithPeriods(Series):
    of_months: list[MonthValue] = field(default_factory=list)

    def months(self, segments: int) -> Iterable[MonthValue]:
        assert segments > 1
        return self.of_months


@dataclass
class Incidents:
    held: dict[tuple[str, str], int] = field(default_factory=dict)
    opened: list[IncidentValue] = field(default_factory=list)

    def alerts(self) -> Mapping[tuple[str, str], int]:
        return self.held

    def incidents(self, wall: float) -> Iterable[IncidentValue]:
        assert wall
        return self.opened

    def sizes(self) -> Mapping[str, int]:
        return {"alerts": sum(self.held.values())}


@dataclass
class Worker:
    stages: dict[tuple[str, int], object] = field(default_factory=dict)
    stopped: dict[tuple[str, int], str] = field(default_factory=dict)
    behind: dict[tuple[str, int], int] = field(default_factory=dict)
    held: set[tuple[str, int]] = field(default_factory=set)
    flushed: dict[str, FlushTime] = field(default_factory=dict)
    guarded: dict[tuple[str, str], int] = field(default_factory=dict)
    base_url: str | None = None

    def lag(self) -> Mapping[tuple[str, int], int]:
        return self.behind

    def flushes(self) -> Mapping[str, FlushTime]:
        return self.flushed

    def guards(self) -> Mapping[tuple[str, str], int]:
        return self.guarded


def incident(
    incident_id: str = "5b0e8c1f7d2a9e46",
    cause: str = "company Navient",
    observed: float = 61,
    *,
    owner: str | None = "ana",
    silenced: bool = False,
) -> IncidentValue:
    """Make an open incident."""
    return IncidentValue(
        incident_id,
        "complaints",
        "open",
        "critical",
        cause,
        started_at=1_484_697_600,
        observed=observed,
        expected=10.0,
        customers=58,
        owner=owner,
        acknowledged=True,
        silenced=silenced,
    )


def busy(now: int) -> Worker:
    """Make a worker in which every metric has something to show, as of `now`."""
    return Worker(
        stages={
            ("fold", 0): FoldWithCustomers(
                seen={(topic, outcome): 10 for topic in TOPICS for outcome in OUTCOMES},
                refused={("complaints", "not_json"): 10},
                put_right={("complaints", "severity: urgent"): 3},
                marks=dict.fromkeys(TOPICS, now - 60),
                statuses={"active": 12, "lost": 3},
                errors={"customers": 0, "USD": 0},
            ),
            ("series", 0): SeriesWithPeriods(
                rows=[
                    WindowValue(metric, segment, window, 5, {"USD": 1200, "EUR": 300}, 4)
                    for metric in METRICS
                    for segment in (None, "home", "business")
                    for window in WINDOWS
                ],
                known={"complaints": Census(learning=8, watching=4, raised=1)},
                marks=dict.fromkeys(METRICS, now - 60),
                of_months=[
                    MonthValue(month, segment, unit, 7, {"USD": 4900, "EUR": 100})
                    for month in ("current", "last")
                    for segment in (None, "home", "business")
                    for unit in UNITS
                ],
            ),
            ("incidents", 0): Incidents(
                held={
                    (state, severity): 1
                    for state in ("pending", "firing", "resolved", "stale")
                    for severity in ("warning", "critical")
                },
                opened=[incident()],
            ),
        },
        behind={(topic, 0): 2 for topic in TOPICS},
        flushed={stage: FlushTime(4, 0.02) for stage in ("fold", "series", "incidents")},
        guarded={("fold", "taken"): 1},
        base_url="https://groundswell.example/",
    )
