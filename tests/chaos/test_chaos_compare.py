"""The events of the test bed come to what is planned, and the smallest difference is found."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import pytest
from compare import (
    MOVEMENTS,
    PUBLIC,
    Messages,
    Tables,
    clean_pass,
    counted,
    differences,
    left_open,
    never,
    outcomes,
    published,
    repeated,
    tables,
)
from producer import PARTITIONS, Plan, plan
from verdict import config

from schemas.topics import (
    ALERTS,
    BUCKETS,
    CUSTOMERS,
    DEADLETTER,
    HISTORY,
    LATE,
    PERIODS,
    ROLLING,
)

if TYPE_CHECKING:
    from small_cluster import Cluster

WALL = 1_800_000_000.0
CONFIG = config()


@cache
def made() -> Plan:
    return plan(1, 3_000, [0.5])


@cache
def passed() -> Cluster:
    return clean_pass(CONFIG, made().messages, WALL, PARTITIONS)


@cache
def truth() -> tuple[dict[str, Messages], Tables]:
    messages = published(passed())
    return messages, tables(messages)


def read(topic: str, messages: Messages) -> Tables:
    """Give the tables where these are the messages of a topic: tables know nothing of others."""
    return truth()[1] | tables({topic: messages})


def changed(topic: str, **fields: object) -> Tables:
    """Give the tables with one row of a topic that reads otherwise."""
    key, value = last(topic)
    row = json.dumps(json.loads(value) | fields).encode()
    return read(topic, [*truth()[0][topic], (key, row)])


def last(topic: str) -> tuple[bytes, bytes]:
    """Give the last message of a topic; of daily buckets one that is no movement of customers."""
    return next(
        (key, value)
        for key, value in reversed(truth()[0][topic])
        if value and json.loads(value).get("metric") not in MOVEMENTS
    )


def test_every_event_comes_to_what_the_plan_says() -> None:
    assert made() == plan(1, 3_000, [0.5])
    assert made() != plan(2, 3_000, [0.5])
    assert outcomes(passed()) == made().outcomes
    for counts in made().outcomes.values():
        assert set(counts) == {"folded", "late", "duplicate", "refused"}


def test_alerts_open_and_are_resolved_in_the_course_of_it() -> None:
    rows = truth()[1][HISTORY].values()
    states = {(row["labels"].get("company"), row["state"]) for row in rows}
    assert {
        (name, state) for name in ("Acme", "Bolt", "Crux") for state in ("firing", "resolved")
    } <= states


def test_what_is_the_same_has_no_differences() -> None:
    messages, want = truth()
    assert differences(want, want) == []
    assert never(messages, want) == []
    assert repeated(messages[HISTORY]) == []


@pytest.mark.parametrize("topic", PUBLIC)
def test_a_row_that_is_missing_is_a_difference(topic: str) -> None:
    messages, want = truth()
    key = last(topic)[0]
    gone = [message for message in messages[topic] if message[0] != key]
    assert differences(want, read(topic, gone))


@pytest.mark.parametrize(
    ("topic", "fields"),
    [
        (BUCKETS, {"count": 7_000}),
        (BUCKETS, {"customers": 7_000}),
        (BUCKETS, {"status": "amended"}),
        (ROLLING, {"count": 7_000}),
        (HISTORY, {"at": "2020-01-01T00:00:00Z"}),
        (ALERTS, {"observed": 1}),
        (LATE, {"offset": 1}),
        (DEADLETTER, {"reason": "wrong_type"}),
        (CUSTOMERS, {"recurring_value": {"USD": 1}}),
        (PERIODS, {"numbers": {}}),
    ],
)
def test_a_row_that_reads_otherwise_is_one_difference(
    topic: str, fields: dict[str, object]
) -> None:
    assert len(differences(truth()[1], changed(topic, **fields))) == 1


def test_when_a_row_was_written_is_no_difference() -> None:
    at = "2020-01-01T00:00:00Z"
    assert differences(truth()[1], changed(BUCKETS, watermark=at)) == []
    assert differences(truth()[1], changed(DEADLETTER, at=at)) == []
    assert differences(truth()[1], changed(PERIODS, clock=at, published={})) == []


def test_a_movement_that_was_taken_back_is_none_and_one_that_was_not_is_a_difference() -> None:
    messages, want = truth()
    row = {"metric": "lost_customers", "count": 0, "values": {"USD": 0}}
    none = [*messages[BUCKETS], (b"taken back", json.dumps(row).encode())]
    assert differences(want, read(BUCKETS, none)) == []
    one = [*none, (b"not taken back", json.dumps(row | {"count": 1}).encode())]
    assert len(differences(want, read(BUCKETS, one))) == 1
    assert never(messages | {BUCKETS: one}, want) == []


def test_customers_are_merged_and_refer_each_other_in_the_load() -> None:
    rows = truth()[1]
    assert sum(row["status"] == "merged" for row in rows[CUSTOMERS].values()) > 5
    totals = [row["numbers"] for row in rows[PERIODS].values() if row["segment"] is None]
    assert {"merged_in", "merged_out", "referred", "lost"} <= {unit for n in totals for unit in n}


def test_too_much_is_found_though_a_later_row_mends_it() -> None:
    messages, want = truth()
    key, value = last(BUCKETS)
    row = json.loads(value)
    wrong = json.dumps(row | {"count": row["count"] + 1}).encode()
    found = never(messages | {BUCKETS: [(key, wrong), *messages[BUCKETS]]}, want)
    assert found == [
        f"{BUCKETS} {key.decode()}: {row['count'] + 1} published once, expected {row['count']}"
    ]


def test_what_is_reported_twice_is_found() -> None:
    messages, want = truth()
    for topic in (LATE, DEADLETTER):
        again = messages | {topic: [*messages[topic], messages[topic][0]]}
        assert len(never(again, want)) == 1
    assert len(repeated([*messages[HISTORY], messages[HISTORY][0]])) == 1


def test_what_is_judged_is_no_count() -> None:
    want = truth()[1]
    counts = BUCKETS, ROLLING, DEADLETTER, LATE, CUSTOMERS, PERIODS
    assert counted(want) == {topic: want[topic] for topic in counts}


def test_an_alert_that_was_left_firing_must_come_to_its_end() -> None:
    messages, want = truth()
    before = messages[HISTORY][: len(messages[HISTORY]) // 2]
    assert left_open(before, want) == []
    firing = {row["alert_id"] for row in want[ALERTS].values()} & {
        json.loads(value or b"")["alert_id"] for _, value in before
    }
    gone = left_open(before, want | {ALERTS: {}})
    assert 0 < len(gone) <= len(firing)
