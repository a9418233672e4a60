"""The collector: every metric of Groundswell, its name and its meaning."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, Protocol

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from streams.core.views import (
    AggregateView,
    AlertsView,
    CustomersView,
    IngestView,
    PeriodsView,
    Sized,
)
from streams.telemetry.alerts import alerts
from streams.telemetry.customers import customers, months

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

    from streams.core.views import FlushTime, WindowValue

SEGMENTS: Final = 50
"""Segments of a metric that a worker shows: a bound on the series that Prometheus must hold."""

INCIDENTS: Final = 50
"""Open incidents that a worker shows, the largest first."""

OUTCOMES: Final = ("folded", "late", "duplicate", "refused")


class WorkerView(Protocol):
    """A worker as telemetry reads it: only the partitions it owns at the moment."""

    @property
    def base_url(self) -> str | None:
        """Where the pages of incidents are; None: nowhere."""

    @property
    def stages(self) -> Mapping[tuple[str, int], object]:
        """Every stage in charge, by stage name and partition."""

    @property
    def stopped(self) -> Mapping[tuple[str, int], object]:
        """Every partition of a stage that stopped on a bug."""

    @property
    def held(self) -> Collection[tuple[str, int]]:
        """Every topic and partition that waits for a slower one."""

    def lag(self) -> Mapping[tuple[str, int], int]:
        """Count the events of each assigned topic and partition that are not yet read."""

    def flushes(self) -> Mapping[str, FlushTime]:
        """Sum up the flushes by stage name."""

    def guards(self) -> Mapping[tuple[str, str], int]:
        """Count the commits that were not answered, by stage and what was done about it."""


class WorkerCollector(Collector):
    """Reads a worker when scraped; between scrapes it holds nothing.

    Args:
        view: the worker.
        clock: wall clock, epoch seconds.
    """

    def __init__(self, view: WorkerView, clock: Callable[[], float]) -> None:
        self._view = view
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Read the tables once; the families come in a fixed order."""
        stages = self._view.stages
        folds = {p: s for (_, p), s in stages.items() if isinstance(s, IngestView)}
        series = [s for s in stages.values() if isinstance(s, AggregateView)]
        incidents = [s for s in stages.values() if isinstance(s, AlertsView)]
        yield _build()
        yield _calendar(series)
        yield _links(self._view.base_url)
        yield from _intake(folds)
        yield from _watermarks(folds, series, self._clock())
        yield from _rolling(row for one in series for row in one.rolling(SEGMENTS))
        yield _census(series)
        yield from customers(s for s in stages.values() if isinstance(s, CustomersView))
        yield from months((s for s in stages.values() if isinstance(s, PeriodsView)), SEGMENTS)
        yield from alerts(incidents, self._clock(), INCIDENTS)
        yield from _lag(self._view.lag(), self._view.held)
        yield _stopped(stages, self._view.stopped)
        yield from _state(stages)
        yield _flushes(self._view.flushes())
        yield _guards(self._view.guards())


def _build() -> Metric:
    family = InfoMetricFamily("groundswell_build", "The running version; the value is always 1.")
    family.add_metric((), {"version": _version(), "python": platform.python_version()})
    return family


@cache
def _version() -> str:
    try:
        return version("groundswell")
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "unknown"


def _calendar(series: Iterable[AggregateView]) -> Metric:
    family = InfoMetricFamily(
        "groundswell_calendar", "The time zone whose days are counted; the value is always 1."
    )
    for zone in sorted({one.timezone for one in series}):
        family.add_metric((), {"timezone": zone})
    return family


def _links(base_url: str | None) -> Metric:
    family = InfoMetricFamily(
        "groundswell_links", "Where the pages of incidents are; the value is always 1."
    )
    if base_url is not None:
        family.add_metric((), {"base_url": base_url.rstrip("/")})
    return family


def _intake(folds: Mapping[int, IngestView]) -> Iterator[Metric]:
    # By partition, because a counter may not go down: a partition moves to another worker with
    # its counts, so each of its series ends here and goes on there, and no rate sees a reset.
    events = CounterMetricFamily(
        "groundswell_events",
        "Events read from a source topic, by what became of them.",
        labels=("topic", "partition", "outcome"),
    )
    refused = CounterMetricFamily(
        "groundswell_refused_events",
        "Events refused and sent to the dead letter topic, by reason.",
        labels=("topic", "partition", "reason"),
    )
    mended = CounterMetricFamily(
        "groundswell_mended_fields",
        "Optional fields put right or dropped of events that count, by the word or fault in them.",
        labels=("topic", "partition", "field", "what"),
    )
    for partition, fold in sorted(folds.items()):
        seen = fold.outcomes()
        # From 0 on, so that the first refused event is an increase and not a new series.
        topics = {topic for topic, _ in seen} | set(fold.watermarks())
        counts = {(topic, outcome): 0 for topic in topics for outcome in OUTCOMES} | dict(seen)
        for (topic, outcome), count in sorted(counts.items()):
            events.add_metric((topic, str(partition), outcome), count)
        for (topic, reason), count in sorted(fold.refusals().items()):
            refused.add_metric((topic, str(partition), reason), count)
        for (topic, mend), count in sorted(fold.mended().items()):
            field, _, what = mend.partition(": ")
            mended.add_metric((topic, str(partition), field, what), count)
    yield events
    yield refused
    yield mended


def _watermarks(
    folds: Mapping[int, IngestView], series: Iterable[AggregateView], now: float
) -> Iterator[Metric]:
    labels = ("topic", "partition")
    at = GaugeMetricFamily(
        "groundswell_watermark_timestamp_seconds",
        "Event time up to which a source partition is believed complete.",
        labels=labels,
    )
    age = GaugeMetricFamily(
        "groundswell_watermark_age_seconds",
        "Wall clock minus the watermark of a source partition; large while history is read.",
        labels=labels,
    )
    merged = GaugeMetricFamily(
        "groundswell_metric_watermark_timestamp_seconds",
        "Event time as of which the rolling values of a metric hold.",
        labels=("metric",),
    )
    for partition, fold in sorted(folds.items()):
        for topic, watermark in sorted(fold.watermarks().items()):
            if watermark <= 0:  # no event yet
                continue
            at.add_metric((topic, str(partition)), watermark)
            age.add_metric((topic, str(partition)), now - watermark)
    lowest: dict[str, int] = {}
    for one in series:
        for metric, watermark in one.watermarks().items():
            lowest[metric] = min(watermark, lowest.get(metric, watermark))
    for metric, watermark in sorted(lowest.items()):
        merged.add_metric((metric,), watermark)
    yield from (at, age, merged)


def _rolling(rows: Iterable[WindowValue]) -> Iterator[Metric]:
    # Totals and segments are families of their own: a sum over one family never counts twice.
    families: dict[bool, tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]] = {}
    for split, prefix, of, labels in (
        (False, "groundswell_rolling", "of all customers", ("metric", "window")),
        (True, "groundswell_segment_rolling", "of a segment", ("metric", "window", "segment")),
    ):
        families[split] = (
            GaugeMetricFamily(f"{prefix}_events", f"Events {of} in the window.", labels=labels),
            GaugeMetricFamily(
                f"{prefix}_value_minor_units",
                f"Money {of} in the window, in the currency's minor unit (cents).",
                labels=(*labels, "currency"),
            ),
            GaugeMetricFamily(
                f"{prefix}_customers",
                f"Distinct customers {of} in the window (estimate, standard error 1.6 %).",
                labels=labels,
            ),
        )
    for row in rows:
        events, values, customers = families[row.segment is not None]
        names = [row.metric, row.window, *([] if row.segment is None else [row.segment])]
        events.add_metric(names, row.events)
        for currency, value in sorted(row.values.items()):
            values.add_metric([*names, currency], value)
        customers.add_metric(names, row.customers)
    for group in families.values():
        yield from group


def _census(series: Iterable[AggregateView]) -> Metric:
    family = GaugeMetricFamily(
        "groundswell_series",
        "Watched series by status: learning has too little history, raised departs from it.",
        labels=("metric", "status"),
    )
    counts: dict[tuple[str, str], int] = {}
    for one in series:
        for metric, census in one.census().items():
            for status, count in census._asdict().items():
                counts[metric, status] = counts.get((metric, status), 0) + count
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family


def _lag(lag: Mapping[tuple[str, int], int], held: Collection[tuple[str, int]]) -> Iterator[Metric]:
    labels = ("topic", "partition")
    behind = GaugeMetricFamily(
        "groundswell_consumer_lag_events",
        "Messages in an assigned partition that are not yet read.",
        labels=labels,
    )
    waits = GaugeMetricFamily(
        "groundswell_consumer_held",
        "1 where a partition is too far ahead of the slowest of its topic and waits, else 0.",
        labels=labels,
    )
    for place, events in sorted(lag.items()):
        topic, partition = place
        behind.add_metric((topic, str(partition)), events)
        waits.add_metric((topic, str(partition)), int(place in held))
    yield behind
    yield waits


def _stopped(stages: Iterable[tuple[str, int]], stopped: Iterable[tuple[str, int]]) -> Metric:
    family = GaugeMetricFamily(
        "groundswell_partition_stopped",
        "1 where a partition of a stage stopped on a bug of ours, 0 where it is at work.",
        labels=("stage", "partition"),
    )
    values = dict.fromkeys(stages, 0) | dict.fromkeys(stopped, 1)
    for (stage, partition), value in sorted(values.items()):
        family.add_metric((stage, str(partition)), value)
    return family


def _state(stages: Mapping[tuple[str, int], object]) -> Iterator[Metric]:
    owned = GaugeMetricFamily(
        "groundswell_stage_partitions",
        "Partitions of a stage that this worker is in charge of.",
        labels=("stage",),
    )
    entries = GaugeMetricFamily(
        "groundswell_state_entries",
        "Entries in the tables of a stage, by kind.",
        labels=("stage", "kind"),
    )
    partitions: dict[str, int] = {}
    sizes: dict[tuple[str, str], int] = {}
    for (name, _), stage in stages.items():
        partitions[name] = partitions.get(name, 0) + 1
        for kind, size in (stage.sizes() if isinstance(stage, Sized) else {}).items():
            sizes[name, kind] = sizes.get((name, kind), 0) + size
    for name, count in sorted(partitions.items()):
        owned.add_metric((name,), count)
    for labels, size in sorted(sizes.items()):
        entries.add_metric(labels, size)
    yield from (owned, entries)


def _flushes(flushes: Mapping[str, FlushTime]) -> Metric:
    family = SummaryMetricFamily(
        "groundswell_flush_seconds",
        "Time to encode and commit what changed: one Kafka transaction a flush.",
        labels=("stage",),
    )
    for stage, flush in sorted(flushes.items()):
        family.add_metric((stage,), count_value=flush.flushes, sum_value=flush.seconds)
    return family


def _guards(guards: Mapping[tuple[str, str], int]) -> Metric:
    family = CounterMetricFamily(
        "groundswell_late_commit_guards",
        "Commits sent and not answered, that a new producer epoch was asked for against.",
        labels=("stage", "outcome"),
    )
    for labels, count in sorted(guards.items()):
        family.add_metric(labels, count)
    return family
