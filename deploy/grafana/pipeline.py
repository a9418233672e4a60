"""The health of the pipeline: what its keepers look at when figures stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.grafana.panels import BAD, ODD, Query, bars, curves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.grafana.panels import Panel


def pipeline() -> Iterable[Panel]:
    """Give the panels: intake, what was put aside, lag, age, flushes, state, process."""
    yield curves(
        "Events a second, by topic",
        [Query("sum by (topic) (rate(groundswell_events_total[$__rate_interval]))", "{{topic}}")],
        description="Read from each source topic, whatever became of them.",
        stacked=True,
    )
    yield curves(
        "Events put aside a second",
        [
            Query(
                "sum by (outcome) "
                '(rate(groundswell_events_total{outcome!="folded"}[$__rate_interval]))',
                "{{outcome}}",
            )
        ],
        description="Refused (to deadletter), late (to late) or seen before. Nothing is dropped.",
        colors={"refused": BAD, "late": ODD},
    )
    yield curves(
        "Messages waiting, by topic",
        [Query("sum by (topic) (groundswell_consumer_lag_events)", "{{topic}}")],
        description="In the partitions that a worker owns, not yet read.",
    )
    yield curves(
        "Age of the newest event, by topic",
        [Query("min by (topic) (groundswell_watermark_age_seconds)", "{{topic}}")],
        description="By the clock. Rising: the source is silent. Falling: history is being read.",
    ).unit("s")
    yield (
        curves(
            "Time of a flush, by stage",
            [
                Query(
                    "sum by (stage) (rate(groundswell_flush_seconds_sum[$__rate_interval]))"
                    " / sum by (stage) (rate(groundswell_flush_seconds_count[$__rate_interval]))",
                    "{{stage}}",
                )
            ],
            description="Mean. One flush is one Kafka transaction with all that changed.",
        )
        .unit("s")
        .span(8)
    )
    yield curves(
        "State",
        [Query("sum by (stage, kind) (groundswell_state_entries)", "{{stage}}: {{kind}}")],
        description="Entries in the tables. They grow with series and customers, not with events.",
    ).span(8)
    yield bars(
        "Refused events, by reason",
        [Query("sum by (reason) (groundswell_refused_events_total)", "{{reason}}")],
        description="Since the state began; each is on deadletter with its original bytes.",
        color=BAD,
    ).span(8)
    yield (
        curves(
            "Memory of a worker",
            [Query('process_resident_memory_bytes{job="groundswell"}', "{{instance}}")],
            description="Resident set.",
        )
        .unit("bytes")
        .span(8)
    )
    yield curves(
        "CPU of a worker",
        [
            Query(
                'rate(process_cpu_seconds_total{job="groundswell"}[$__rate_interval])',
                "{{instance}}",
            )
        ],
        description="Cores in use; a worker has one event loop.",
    ).span(8)
    yield bars(
        "Partitions in charge, by stage",
        [Query("sum by (stage) (groundswell_stage_partitions)", "{{stage}}")],
        description="Over all workers; fewer than the topic has means that some wait.",
    ).span(8)
