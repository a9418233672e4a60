from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest
from aiokafka import AIOKafkaProducer
from click.testing import Result

from streams.readmodel.wording import money
from streams.transport.embedded import EmbeddedBroker

Run = Callable[..., Result]


def bucket(
    labels: dict[str, str],
    grain: str = "1d",
    metric: str = "complaints",
    start: str = "2017-01-18",
    count: int = 1234,
) -> bytes:
    row = {
        "metric": metric,
        "labels": labels,
        "grain": grain,
        "start": f"{start}T00:00:00Z",
        "count": count,
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
        bucket({}, metric="refusals", start="2017-01-02", count=7),
        bucket({}, metric="refusals", start="2017-01-01", count=1),
        bucket({}, metric="refusals", start="2017-01-01", count=3),
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
    assert lines("history") == [
        "2017-01-18 14:00  FIRING  complaints company=NAVIENT  observed 24, expected 0.4",
        "    It [rises].",
    ]


def test_metrics_are_the_daily_totals_unless_asked(lines: Callable[..., list[str]]) -> None:
    row = "2017-01-18  complaints, all of them  1,234  1,200 customers  50.00 USD  2 late  final"
    assert lines("metrics", "--metric", "complaints") == [row]
    assert len(lines("metrics")) == 4
    assert len(lines("metrics", "--grain", "1h")) == 1


def test_what_is_there_comes_in_order_of_time_and_each_row_once(
    lines: Callable[..., list[str]],
) -> None:
    shown = lines("metrics", "--metric", "refusals")
    assert [line.split()[0] for line in shown] == ["2017-01-01", "2017-01-02"]
    assert "  3  " in shown[0]
    assert len(lines("metrics", "--metric", "refusals", "--json")) == 3


def test_metrics_by_label_are_those_of_exactly_these_labels(
    lines: Callable[..., list[str]],
) -> None:
    assert len(lines("metrics", "--label", "product")) == 1
    assert len(lines("metrics", "--label", "product=student LOAN", "--label", "issue")) == 1
    assert lines("metrics", "--label", "product=Mortgage") == []


def test_a_search_finds_every_series(lines: Callable[..., list[str]]) -> None:
    assert len(lines("metrics", "--grep", "student")) == 2


def test_json_is_the_message_byte_by_byte(lines: Callable[..., list[str]]) -> None:
    assert lines("history", "--json") == [MESSAGES["alerts.history"][0].decode()]


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


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--metric", "complaint"], "no metric 'complaint'; did you mean 'complaints'?"),
        (["--label", "produkt=Loan"], "there is no label 'produkt'; did you mean 'product'?"),
        (
            ["--metric", "refusals", "--label", "company"],
            "refusals has no label 'company'; there is: segment, reason",
        ),
    ],
)
def test_a_name_that_there_is_none_of_is_told(run: Run, arguments: list[str], told: str) -> None:
    result = run("tail", "metrics", *arguments)
    assert result.exit_code == 1
    assert told in result.stderr


def test_labels_that_no_series_is_kept_by_are_warned_of(run: Run, filled: EmbeddedBroker) -> None:
    given = ("--exit", "--metric", "complaints", "--brokers", filled.bootstrap)
    result = run("tail", "metrics", "--label", "issue", *given)
    assert "no series is kept by issue, as these settings have it" in result.stderr
    assert "complaints by segment, product, product and issue" in result.stderr
    assert not run("tail", "metrics", "--label", "product", *given).stderr


def test_money_is_in_the_unit_that_people_know() -> None:
    assert money(123_456, "USD") == "1,234.56 USD"
    assert money(-5, "EUR") == "-0.05 EUR"
    assert money(5_000, "JPY") == "5,000 JPY"
    assert money(1_500, "KWD") == "1.500 KWD"
