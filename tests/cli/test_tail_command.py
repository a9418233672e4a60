from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest
from aiokafka import AIOKafkaProducer
from click.testing import Result

from streams.transport.embedded import EmbeddedBroker

Run = Callable[..., Result]


def bucket(labels: dict[str, str], grain: str = "1d", metric: str = "complaints") -> bytes:
    row = {
        "metric": metric,
        "labels": labels,
        "grain": grain,
        "start": "2017-01-18T00:00:00Z",
        "count": 1234,
        "values": {"USD": 5000},
        "customers": 1200,
        "status": "final",
        "late": 2,
    }
    return json.dumps(row).encode()


MESSAGES = {
    "metrics.buckets": [
        bucket({}),
        bucket({}, grain="1h"),
        bucket({"product": "Student loan"}),
        bucket({"product": "Student loan", "issue": "Fees"}),
        bucket({}, metric="signups"),
    ],
    "alerts.history": [
        json.dumps(
            {
                "alert_id": "a",
                "state": "firing",
                "metric": "complaints",
                "labels": {"company": "NAVIENT"},
                "at": "2017-01-18T14:00:00Z",
                "started_at": "2017-01-18T13:00:00Z",
                "observed": 24,
                "expected": 0.4,
                "upper": 3.0,
                "excess": 23.6,
                "severity": "critical",
                "message": "It [rises].",
            }
        ).encode()
    ],
    "deadletter": [
        (
            b'{"at":"2017-01-18T14:00:00Z","reason":"bad_time","topic":"complaints","partition":1,'
            b'"offset":7,"detail":"occurred_at: no time"}'
        )
    ],
    "late": [
        (
            b'{"occurred_at":"2017-01-18T14:00:00Z","topic":"complaints","partition":1,"offset":8,'
            b'"lateness_s":4000,"event":{"event_id":"evt-9"}}'
        )
    ],
}


@pytest.fixture(scope="module")
def filled() -> Iterator[EmbeddedBroker]:
    async def fill(bootstrap: str) -> None:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            for topic, values in MESSAGES.items():
                for value in values:
                    await producer.send_and_wait(topic, value, partition=0)

    with EmbeddedBroker(dict.fromkeys(MESSAGES, 1)) as broker:
        asyncio.run(fill(broker.bootstrap))
        yield broker


@pytest.fixture
def lines(run: Run, filled: EmbeddedBroker) -> Callable[..., list[str]]:
    def lines(*arguments: str) -> list[str]:
        given = ("--from-beginning", "--exit", "--brokers", filled.bootstrap)
        result = run("tail", *arguments, *given)
        assert result.exit_code == 0, result.output
        found: list[str] = result.stdout.splitlines()
        return found

    return lines


def test_alerts_are_told_in_two_lines(lines: Callable[..., list[str]]) -> None:
    assert lines("alerts") == [
        "2017-01-18 14:00  FIRING  complaints company=NAVIENT  observed 24, expected 0.4",
        "    It [rises].",
    ]


def test_metrics_are_the_daily_totals_unless_asked(lines: Callable[..., list[str]]) -> None:
    row = "2017-01-18 00:00 1d   complaints, all of them  1,234  1,200 customers  5,000 USD minor"
    assert lines("metrics", "--metric", "complaints") == [row + "  2 late  final"]
    assert len(lines("metrics")) == 2
    assert len(lines("metrics", "--grain", "1h")) == 1


def test_metrics_by_label_are_those_of_exactly_these_labels(
    lines: Callable[..., list[str]],
) -> None:
    assert len(lines("metrics", "--label", "product")) == 1
    assert len(lines("metrics", "--label", "product=student LOAN", "--label", "issue")) == 1
    assert lines("metrics", "--label", "product=Mortgage") == []


def test_a_search_finds_every_series(lines: Callable[..., list[str]]) -> None:
    assert len(lines("metrics", "--grep", "student")) == 2


def test_json_is_the_message_byte_by_byte(lines: Callable[..., list[str]]) -> None:
    assert lines("alerts", "--json") == [MESSAGES["alerts.history"][0].decode()]


def test_refused_and_late_events_say_where_they_came_from(
    lines: Callable[..., list[str]],
) -> None:
    assert lines("deadletter") == [
        "2017-01-18 14:00  bad_time  complaints:1:7  occurred_at: no time"
    ]
    assert lines("late") == ["2017-01-18 14:00  complaints:1:8  4,000 s too late  evt-9"]


def test_a_topic_that_is_not_there_is_told(run: Run, filled: EmbeddedBroker) -> None:
    result = run("tail", "metrics", "--window", "7d", "--brokers", filled.bootstrap)
    assert result.exit_code == 1
    assert "no topic metrics.rolling" in result.stderr


def test_an_expression_that_is_none_is_told(run: Run) -> None:
    result = run("tail", "alerts", "--grep", "(")
    assert result.exit_code == 1
    assert "--grep '(' is no regular expression" in result.stderr
