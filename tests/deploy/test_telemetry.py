from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fakes import Fold, Incidents, Series, SeriesWithPeriods, Worker, busy, incident
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from tools import ROOT, run, tool

from streams import telemetry
from streams.core.detect.protocol import Census
from streams.core.views import MonthValue, WindowValue
from streams.telemetry import FlushTime, registry, render

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

NOW = 1_700_000_000


def scrape(worker: Worker) -> CollectorRegistry:
    return registry(worker, clock=lambda: float(NOW))


def value(worker: Worker, name: str, **labels: str) -> float | None:
    return scrape(worker).get_sample_value(name, labels)


def test_promtool_has_nothing_to_say_about_the_metrics() -> None:
    promtool = tool("promtool", "prometheus")
    text, _ = render(scrape(busy(NOW)))
    assert run(promtool, "check", "metrics", stdin=text.decode()) == ""


def test_a_scrape_that_asks_for_openmetrics_gets_it() -> None:
    body, content_type = render(scrape(busy(NOW)), "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    names = {family.name for family in text_string_to_metric_families(body.decode())}
    assert {"groundswell_build", "groundswell_events", "process_cpu_seconds"} <= names


def test_the_page_on_prometheus_lists_every_metric_with_its_type_and_labels() -> None:
    page = (ROOT / "docs/prometheus.md").read_text()
    rows = re.findall(r"^\| `(groundswell_\w+)` \| (\w+) \| ([\w, ]+) \|", page, re.MULTILINE)
    listed = {
        (name, kind, frozenset(labels.split(", ")))
        for name, kind, labels in rows
        if not name.startswith(("groundswell_notify_", "groundswell_process_"))  # other processes
    }
    exported = set()
    for family in scrape(busy(NOW)).collect():
        if family.name.startswith("groundswell_"):
            suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
            kind = "gauge" if family.type == "info" else family.type
            labels = {name for sample in family.samples for name in sample.labels}
            exported.add((family.name + suffix, kind, frozenset(labels)))
    assert listed == exported


def test_an_idle_worker_answers_with_no_sample_of_a_table() -> None:
    text, _ = render(scrape(Worker()))
    samples = [line for line in text.decode().splitlines() if line.startswith("groundswell_")]
    assert [line.split("{")[0] for line in samples] == ["groundswell_build_info"]


def test_the_time_zone_of_the_days_is_said() -> None:
    worker = Worker({("series", n): Series(timezone="Europe/Berlin") for n in (0, 1)})
    assert value(worker, "groundswell_calendar_info", timezone="Europe/Berlin") == 1


def test_events_are_counted_by_topic_partition_and_outcome_from_zero_on() -> None:
    worker = Worker({("fold", 2): Fold(seen={("complaints", "folded"): 9})})
    labels = {"topic": "complaints", "partition": "2"}
    assert value(worker, "groundswell_events_total", **labels, outcome="folded") == 9
    assert value(worker, "groundswell_events_total", **labels, outcome="refused") == 0


def test_refused_events_are_counted_by_reason() -> None:
    worker = Worker({("fold", 0): Fold(refused={("signups", "not_json"): 2})})
    labels = {"topic": "signups", "partition": "0", "reason": "not_json"}
    assert value(worker, "groundswell_refused_events_total", **labels) == 2


def test_optional_fields_put_right_are_counted_by_field_and_word() -> None:
    worker = Worker({("fold", 0): Fold(put_right={("complaints", "severity: urgent"): 2})})
    labels = {"topic": "complaints", "partition": "0", "field": "severity", "what": "urgent"}
    assert value(worker, "groundswell_mended_fields_total", **labels) == 2


def test_the_watermark_is_reported_as_a_time_and_as_an_age() -> None:
    worker = Worker({("fold", 1): Fold(marks={"revenue": NOW - 90})})
    labels = {"topic": "revenue", "partition": "1"}
    assert value(worker, "groundswell_watermark_timestamp_seconds", **labels) == NOW - 90
    assert value(worker, "groundswell_watermark_age_seconds", **labels) == 90


def test_a_metric_is_as_old_as_its_most_backward_partition() -> None:
    worker = Worker(
        {
            ("series", 0): Series(marks={"revenue": NOW - 10}),
            ("series", 1): Series(marks={"revenue": NOW - 70}),
        }
    )
    name = "groundswell_metric_watermark_timestamp_seconds"
    assert value(worker, name, metric="revenue") == NOW - 70


def test_totals_and_segments_are_families_of_their_own() -> None:
    total = WindowValue("revenue", None, "24h", 5, {"EUR": 500, "USD": -20}, 3)
    segment = WindowValue("revenue", "home", "24h", 2, {"EUR": 200}, 1)
    worker = Worker({("series", 0): Series(rows=[total, segment])})
    of = {"metric": "revenue", "window": "24h"}
    assert value(worker, "groundswell_rolling_events", **of) == 5
    assert value(worker, "groundswell_rolling_customers", **of) == 3
    assert value(worker, "groundswell_rolling_value_minor_units", **of, currency="USD") == -20
    of["segment"] = "home"
    assert value(worker, "groundswell_segment_rolling_events", **of) == 2
    assert value(worker, "groundswell_segment_rolling_customers", **of) == 1
    name = "groundswell_segment_rolling_value_minor_units"
    assert value(worker, name, **of, currency="EUR") == 200


def test_months_are_shown_in_customers_and_recurring_value_of_all_and_by_segment() -> None:
    total = MonthValue("current", None, "lost", 3, {"USD": 14_700})
    segment = MonthValue("last", "home", "closing", 40, {"USD": 196_000})
    worker = Worker({("series", 0): SeriesWithPeriods(of_months=[total, segment])})
    of = {"month": "current", "unit": "lost"}
    assert value(worker, "groundswell_month_customers", **of) == 3
    name = "groundswell_month_recurring_value_minor_units"
    assert value(worker, name, **of, currency="USD") == 14_700
    of = {"month": "last", "unit": "closing", "segment": "home"}
    assert value(worker, "groundswell_segment_month_customers", **of) == 40
    name = "groundswell_segment_month_recurring_value_minor_units"
    assert value(worker, name, **of, currency="USD") == 196_000


def test_series_are_counted_over_the_partitions_by_status() -> None:
    one, two = Census(learning=1, watching=2, raised=3), Census(learning=10, watching=0, raised=0)
    worker = Worker(
        {
            ("series", 0): Series(known={"complaints": one}),
            ("series", 3): Series(known={"complaints": two}),
        }
    )
    of = {"metric": "complaints"}
    assert value(worker, "groundswell_series", **of, status="learning") == 11
    assert value(worker, "groundswell_series", **of, status="raised") == 3


def test_incidents_are_counted_and_the_largest_shown_with_their_handling() -> None:
    opened = [incident(f"{n:016x}", observed=20 + n, owner=None) for n in range(70)]
    worker = Worker({("incidents", 0): Incidents(opened=[*opened, incident(silenced=True)])})
    assert value(worker, "groundswell_incidents", state="open", severity="critical") == 71
    assert value(worker, "groundswell_incidents", state="stale", severity="info") == 0
    excess = "groundswell_incident_excess_events"
    shown = [family for family in scrape(worker).collect() if family.name == excess]
    assert len(shown[0].samples) == 50
    one = {"severity": "critical", "metric": "complaints", "cause": "company Navient"}
    assert value(worker, excess, incident_id=f"{69:016x}", **one) == 79
    assert value(worker, excess, incident_id=f"{0:016x}", **one) is None
    name = {"incident_id": "5b0e8c1f7d2a9e46"}
    assert value(worker, "groundswell_incident_silenced", **name) == 1
    assert value(worker, "groundswell_incident_acknowledged", **name) == 1
    assert value(worker, "groundswell_incident_owner", **name, owner="ana") == 1
    assert value(worker, "groundswell_incident_silenced", incident_id=f"{69:016x}") == 0


def test_alerts_are_counted_by_state_and_severity() -> None:
    worker = Worker({("incidents", 0): Incidents({("firing", "critical"): 2})})
    assert value(worker, "groundswell_alerts", state="firing", severity="critical") == 2
    assert value(worker, "groundswell_alerts", state="firing", severity="info") == 0


def test_lag_flushes_partitions_and_sizes_are_reported() -> None:
    worker = Worker(
        {("fold", 0): Fold(), ("fold", 1): Fold()},
        behind={("signups", 0): 0, ("signups", 1): 12},
        held={("signups", 1)},
        flushed={"fold": FlushTime(3, 0.75)},
        guarded={("fold", "taken"): 2, ("fold", "refused"): 0},
    )
    sample = scrape(worker).get_sample_value
    assert sample("groundswell_consumer_lag_events", {"topic": "signups", "partition": "1"}) == 12
    assert sample("groundswell_consumer_held", {"topic": "signups", "partition": "1"}) == 1
    assert sample("groundswell_consumer_held", {"topic": "signups", "partition": "0"}) == 0
    assert sample("groundswell_flush_seconds_count", {"stage": "fold"}) == 3
    assert sample("groundswell_flush_seconds_sum", {"stage": "fold"}) == 0.75
    guards = "groundswell_late_commit_guards_total"
    assert sample(guards, {"stage": "fold", "outcome": "taken"}) == 2
    assert sample(guards, {"stage": "fold", "outcome": "refused"}) == 0
    assert sample("groundswell_stage_partitions", {"stage": "fold"}) == 2
    assert sample("groundswell_state_entries", {"stage": "fold", "kind": "ids"}) == 80


async def test_a_scrape_on_the_event_loop_says_the_same() -> None:
    source = scrape(busy(NOW))
    text, content_type = await telemetry.scrape(source)
    expected, _ = render(source)
    ours = [line for line in text.splitlines() if line.startswith(b"groundswell_")]
    assert ours == [line for line in expected.splitlines() if line.startswith(b"groundswell_")]
    assert content_type.startswith("text/plain")


def test_before_its_first_event_a_topic_has_counts_but_no_watermark() -> None:
    worker = Worker({("fold", 0): Fold(marks={"revenue": 0})})
    labels = {"topic": "revenue", "partition": "0"}
    assert value(worker, "groundswell_watermark_age_seconds", **labels) is None
    assert value(worker, "groundswell_events_total", **labels, outcome="folded") == 0
