"""Several processes show their metrics as one worker does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes import Fold, Series, Worker, busy
from prometheus_client.core import CounterMetricFamily

from streams import telemetry
from streams.core.detect.protocol import Census
from streams.core.views import WindowValue
from streams.telemetry import Counted, FlushTime, LoopWatch, merging

if TYPE_CHECKING:
    from prometheus_client.core import Metric

NOW = 1_700_000_000
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def shown(worker: Worker, watch: LoopWatch | None = None) -> list[Metric]:
    """Give what a process shows, as its parent reads it."""
    registry = telemetry.registry(worker, clock=lambda: float(NOW))
    if watch is not None:
        registry.register(watch)
    return telemetry.unpack({"1": telemetry.pack(registry.collect())})["1"]


def together(*workers: Worker) -> list[Metric]:
    """Give what processes of these workers show together."""
    counted = Counted()
    shows = {str(number): shown(worker) for number, worker in enumerate(workers, 1)}
    for name, families in shows.items():
        counted.saw(name, families)
    return [*telemetry.merged(shows), *counted.families()]


def value(families: list[Metric], name: str, **labels: str) -> float | None:
    found = [
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    assert len(found) <= 1, found
    return found[0] if found else None


def test_one_process_is_shown_as_it_is_but_for_the_name_of_what_is_its_own() -> None:
    alone = shown(busy(NOW))
    told = {(s.name, frozenset(s.labels.items()), s.value) for f in alone for s in f.samples}
    again = {
        (s.name, frozenset((k, v) for k, v in s.labels.items() if k != "process"), s.value)
        for family in together(busy(NOW))
        for s in family.samples
        if ("process" in s.labels) == s.name.startswith(("process_", "python_"))
    }
    ours = {row for row in told if row[0].startswith("groundswell_")}
    assert {row for row in again if row[0].startswith("groundswell_")} == ours
    assert {name for name, *_ in again} == {name for name, *_ in told}
    assert {f.name: (f.type, f.documentation) for f in together(busy(NOW))} == {
        f.name: (f.type, f.documentation) for f in alone if f.samples
    }


def test_partitions_of_two_processes_stand_side_by_side() -> None:
    seen = {("complaints", "folded"): 9}
    both = together(Worker({("fold", 0): Fold(seen)}), Worker({("fold", 1): Fold(seen)}))
    of = {"topic": "complaints", "outcome": "folded"}
    assert value(both, "groundswell_events_total", **of, partition="0") == 9
    assert value(both, "groundswell_events_total", **of, partition="1") == 9


def test_a_partition_that_moves_is_counted_once_and_as_it_is_now() -> None:
    before, after = ({("complaints", "folded"): count} for count in (9, 12))
    both = together(Worker({("fold", 0): Fold(after)}), Worker({("fold", 0): Fold(before)}))
    of = {"topic": "complaints", "outcome": "folded", "partition": "0"}
    assert value(both, "groundswell_events_total", **of) == 12


def test_what_a_process_sums_up_is_added_up() -> None:
    one, two = Census(learning=1, watching=2, raised=0), Census(learning=10, watching=0, raised=1)
    both = together(
        Worker({("series", 0): Series(known={"complaints": one})}),
        Worker({("series", 1): Series(known={"complaints": two})}),
    )
    assert value(both, "groundswell_series", metric="complaints", status="learning") == 11
    assert value(both, "groundswell_stage_partitions", stage="series") == 2
    assert value(both, "groundswell_state_entries", stage="series", kind="series") == 24


def test_a_rolling_value_is_that_of_the_process_that_has_it_be_it_below_zero() -> None:
    row = WindowValue("revenue", None, "24h", 5, {"USD": -20}, 3)
    both = together(Worker({("series", 0): Series(rows=[row])}), Worker({("series", 1): Series()}))
    name = "groundswell_rolling_value_minor_units"
    assert value(both, name, metric="revenue", window="24h", currency="USD") == -20


def test_a_metric_is_as_old_as_the_most_backward_partition_of_all_processes() -> None:
    both = together(
        *(Worker({("series", n): Series(marks={"revenue": NOW - 10 * n})}) for n in (1, 7, 3))
    )
    name = "groundswell_metric_watermark_timestamp_seconds"
    assert value(both, name, metric="revenue") == NOW - 70


def test_memory_and_cpu_are_told_of_each_process() -> None:
    both = together(Worker(), Worker())
    for name in ("process_resident_memory_bytes", "process_cpu_seconds_total"):
        assert value(both, name) is None
        for process in ("1", "2"):
            assert (value(both, name, process=process) or 0) > 0


def test_what_processes_counted_is_added_up_and_never_falls_when_one_ends() -> None:
    counted, watch = Counted(), LoopWatch()
    watch.note(0.03)
    busy_one = shown(Worker(flushed={"fold": FlushTime(4, 0.5)}), watch)
    counted.saw("1", busy_one)
    counted.saw("2", shown(Worker(flushed={"fold": FlushTime(2, 0.25)}), watch))

    def now() -> tuple[float | None, ...]:
        found = list(counted.families())
        flushes = (value(found, f"groundswell_flush_seconds{s}", stage="fold") for s in WHAT)
        looks = value(found, "groundswell_loop_held_seconds_bucket", le="0.05")
        return *flushes, looks

    assert now() == (6, 0.75, 2)
    counted.ended("1")
    assert now() == (6, 0.75, 2)
    counted.saw("1", shown(Worker(flushed={"fold": FlushTime(1, 0.25)}), watch))
    assert now() == (7, 1.0, 3)
    counted.ended("never seen")
    assert now() == (7, 1.0, 3)


WHAT = ("_count", "_sum")


def test_the_bounds_of_a_histogram_stay_in_their_order() -> None:
    counted = Counted()
    counted.saw("1", shown(Worker(), LoopWatch()))
    family = next(f for f in counted.families() if f.name == "groundswell_loop_held_seconds")
    bounds = [s.labels["le"] for s in family.samples if "le" in s.labels]
    assert bounds == [*map(str, sorted(map(float, bounds[:-1]))), "+Inf"]


def test_what_was_merged_can_be_shown_in_either_form() -> None:
    for accept in ("", OPENMETRICS):
        body, content_type = telemetry.render_families(together(busy(NOW), Worker()), accept)
        assert b'groundswell_alerts{severity="critical",state="firing"} 1.0' in body
        assert content_type.startswith(accept.split(";")[0] or "text/plain")


def test_starts_and_readiness_of_each_process_are_told() -> None:
    families = list(telemetry.of_processes({"1": (1, True), "2": (3, False)}))
    assert value(families, "groundswell_process_starts_total", process="2") == 3
    assert value(families, "groundswell_process_ready", process="1") == 1
    assert value(families, "groundswell_process_ready", process="2") == 0


def test_every_gauge_has_been_thought_about() -> None:
    """Whoever adds one says here what becomes of those of two processes."""
    added = merging.ADDED | merging.LOWEST
    largest = {
        family.name
        for family in telemetry.merged({"1": shown(busy(NOW), LoopWatch())})
        if family.type == "gauge"
        and family.name.startswith("groundswell_")
        and family.name not in added
        and not any("partition" in sample.labels for sample in family.samples)
    }
    assert {name for name in largest if not name.startswith(OF_ONE)} == {
        "groundswell_loop_held_longest_seconds"
    }
    everything = {family.name for family in shown(busy(NOW), LoopWatch())}
    assert added <= everything


OF_ONE = (
    "groundswell_incident_",
    "groundswell_month_",
    "groundswell_rolling_",
    "groundswell_segment_",
)
"""Of one incident or one series: one process has it."""


def test_a_counter_of_a_partition_is_not_one_of_a_process() -> None:
    family = CounterMetricFamily("groundswell_events", "Events.", labels=("partition",))
    family.add_metric(("0",), 5)
    counted = Counted()
    counted.saw("1", [family])
    assert list(counted.families()) == []
    both = list(telemetry.merged({"1": [family]}))
    assert value(both, "groundswell_events_total", partition="0") == 5
