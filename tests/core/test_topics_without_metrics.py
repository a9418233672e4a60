"""Topics of which nothing is counted yet: decoded, checked and remembered like any other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from events import T0, WALL, complaint, records
from small_cluster import Cluster, Place
from small_world import DAY, beat, buckets, produce, small_settings

from streams.core.catalogue import TOPICS
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS
from streams.settings import Settings

SETTINGS = Settings()
HOUR = 3600
SILENT = sorted(topic for topic, source in TOPICS.items() if not source.metrics)
FIELDS: dict[str, dict[str, Any]] = {
    "changes": {"change": "paused"},
    "complaint_updates": {"complaint_id": "x", "status": "answered"},
    "corrections": {"topic": "complaints", "original": complaint("x", T0, customer_id="c")},
}


def event(topic: str, event_id: str, time: int, **fields: Any) -> dict[str, Any]:
    return complaint(event_id, time, customer_id="c", **FIELDS[topic] | fields)


def outcomes(stage: IngestStage, topic: str) -> dict[str, int]:
    return {what: n for (name, what), n in stage.outcomes().items() if n and name == topic}


def restored(stage: IngestStage) -> IngestStage:
    rows = {key: value for key, value in stage.flush(1, WALL).rows if value is not None}
    other = IngestStage(0, 1, SETTINGS)
    other.restore(rows)
    return other


def test_nothing_is_counted_of_three_topics() -> None:
    assert sorted(FIELDS) == SILENT


@pytest.mark.parametrize("topic", SILENT)
def test_every_event_is_accepted_refused_late_or_a_duplicate(topic: str) -> None:
    stage = IngestStage(0, 1, SETTINGS)
    first, second = event(topic, "a", T0), event(topic, "b", T0 + HOUR)
    stage.process(topic, records(first, first, second, event(topic, "c", T0), b"{}"), WALL)
    assert outcomes(stage, topic) == {"folded": 2, "duplicate": 1, "late": 1, "refused": 1}
    assert stage.watermarks()[topic] == T0 + HOUR
    assert {send.topic for send in stage.flush(1, WALL).sends} == {"late", "deadletter"}


@pytest.mark.parametrize("topic", SILENT)
def test_what_was_accepted_is_known_after_a_restart(topic: str) -> None:
    stage = IngestStage(0, 1, SETTINGS)
    stage.process(topic, records(event(topic, "a", T0)), WALL)
    stage = restored(stage)
    stage.process(topic, records(event(topic, "a", T0), event(topic, "b", T0)), WALL)
    assert outcomes(stage, topic) == {"folded": 2, "duplicate": 1}


@pytest.mark.parametrize("topic", SILENT)
def test_while_nothing_comes_there_is_nothing_to_write(topic: str) -> None:
    stage = IngestStage(0, 1, SETTINGS)
    stage.process(topic, records(event(topic, "a", T0)), WALL)
    stage.flush(1, WALL)
    for minutes in range(10):
        stage.tick(WALL + 60 * minutes, [topic])
    assert stage.pending() == 0
    assert not any(send.topic == PARTIALS for send in stage.flush(2, WALL).sends)


def test_a_topic_of_which_nothing_ever_came_is_nowhere() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    for minutes in range(10):
        stage.tick(WALL + 60 * minutes, SILENT)
    assert (stage.pending(), list(stage.source_progress())) == (0, [])


def test_a_bucket_closes_however_far_the_topics_are_of_which_nothing_is_counted() -> None:
    """changes a year behind, corrections without any event: the complaints of a day are final."""
    cluster = Cluster(small_settings(idle_timeout=1e9), WALL)
    value = json.dumps(event("changes", "old", T0 - 365 * DAY)).encode()
    cluster.produce("changes", 0, None, value)
    beat(cluster, T0)
    produce(cluster, "complaints", "one", T0 + HOUR, 0)
    beat(cluster, T0 + 2 * DAY)
    cluster.settle()
    status = [
        (row["count"], row["status"])
        for row in buckets(cluster, grains=["1d"]).values()
        if (row["metric"], row["labels"]) == ("complaints", {})
        and row["start"] == "2024-03-04T00:00:00Z"
    ]
    assert status == [(4, "final")]
    ingest = cluster.owners[Place("fold", 0)].stage
    assert isinstance(ingest, IngestStage)
    assert ingest.watermarks()["changes"] == T0 - 365 * DAY


@pytest.mark.parametrize(
    ("time", "reason", "detail"),
    [
        (int(WALL) + 301, "from_the_future", "replacement.occurred_at: ahead of the clock"),
        (-1, "out_of_range", "replacement.occurred_at: before 1970"),
    ],
)
def test_a_replacement_has_a_time_that_an_event_may_have(
    time: int, reason: str, detail: str
) -> None:
    stage = IngestStage(0, 1, SETTINGS)
    wrong = event("corrections", "a", T0, replacement=complaint("y", time, customer_id="c"))
    fine = event("corrections", "b", T0, replacement=complaint("y", T0, customer_id="c"))
    stage.process("corrections", records(wrong, fine), WALL)
    assert outcomes(stage, "corrections") == {"folded": 1, "refused": 1}
    (send,) = stage.flush(1, WALL).sends
    letter = json.loads(send.value or b"")
    assert (letter["reason"], letter["detail"]) == (reason, detail)


def test_the_reason_inside_a_correction_is_on_the_dead_letter() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    wrong = event("corrections", "a", T0, original={"event_id": "x", "customer_id": "c"})
    stage.process("corrections", records(wrong), WALL)
    (send,) = stage.flush(1, WALL).sends
    letter = json.loads(send.value or b"")
    assert (letter["topic"], letter["reason"]) == ("corrections", "missing_field")
    assert letter["detail"] == "original.occurred_at: Field required"
