"""Messages that are none of their topic cost themselves: commands show the rest, and say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Producer
from refused_events import event, letter

from schemas.topics import ACTIONS, INCIDENTS, NOTIFICATIONS
from streams.notify.specimen import INCIDENT
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

    Run = Callable[..., Result]

NONE = (b"", b"{", b"[]", b"null", b"\xff", b"[" * 5_000, b'{"at":5,"labels":[],"topic":{}}')
ALL = ("--exit", "--from-beginning")
NAME = "0" * 16
ROW = {"metric": "complaints", "labels": {"product": "Loan"}, "start": "2017-01-18T00:00:00Z"}
COUNTS = {"grain": "1d", "count": 7, "values": {}, "customers": 7, "status": "final"}
LATE = {"topic": "complaints", "partition": 100, "offset": 7, "lateness_s": 4000}
ALERT = {
    "alert_id": "a",
    "state": "firing",
    "metric": "complaints",
    "labels": {"company": "\x1b[31mAcme"},
    "at": "2017-01-18T14:00:00Z",
    "started_at": "2017-01-18T13:00:00Z",
    "observed": 24,
    "expected": 0.4,
    "excess": 23.6,
    "severity": "critical",
}
GOOD = {
    INCIDENTS: json.dumps(INCIDENT).encode(),
    NOTIFICATIONS: None,
    ACTIONS: None,
    "alerts.history": json.dumps(ALERT).encode(),
    "metrics.buckets": json.dumps(ROW | COUNTS).encode(),
    "late": json.dumps(LATE | {"occurred_at": "2017-01-18T14:00:00Z", "event": {}}).encode(),
    "deadletter": letter(7, event("a", "soon")),
    "complaints": None,
}


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(dict.fromkeys(GOOD, 1)) as broker:
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        for topic, value in GOOD.items():
            for number, none in enumerate(NONE):
                producer.produce(topic, none, None if number % 2 else b"key")
            if value is not None:
                producer.produce(topic, value, b"good")
        producer.flush()
        yield broker


@pytest.mark.parametrize(
    ("command", "shown", "topic"),
    [
        (("tail", "alerts", "--exit"), INCIDENT["title"], INCIDENTS),
        (
            ("tail", "history", "--exit", "--from-beginning"),
            "company=\ufffd[31mAcme",
            "alerts.history",
        ),
        (
            ("tail", "metrics", "--exit", "--from-beginning", "--label", "product"),
            "  7  ",
            "metrics.buckets",
        ),
        (("tail", "late", *ALL), "complaints:100:7", "late"),
        (("tail", "deadletter", *ALL), "complaints:1:7", "deadletter"),
        (("deadletter", "list"), "1 refused event\n", "deadletter"),
        (("alerts", "list"), INCIDENT["title"], INCIDENTS),
        (("alerts", "show", NAME), INCIDENT["title"], NOTIFICATIONS),
    ],
)
def test_the_rest_is_shown_and_what_was_left_out_is_said(
    run: Run, broker: EmbeddedBroker, command: tuple[str, ...], shown: str, topic: str
) -> None:
    result = run(*command, "--brokers", broker.bootstrap)
    assert result.exit_code == 0, result.output
    assert shown in result.stdout
    assert "\x1b" not in result.output
    told = f"warning: left out {len(NONE)} messages of {topic} that cannot be read: "
    assert told in result.stderr


def test_messages_as_they_are_are_those_that_can_be_read(run: Run, broker: EmbeddedBroker) -> None:
    where = (*ALL, "--json", "--brokers", broker.bootstrap)
    result = run("tail", "deadletter", *where)
    assert result.stdout_bytes == GOOD["deadletter"] + b"\n"  # type: ignore[operator] # it is bytes


def test_refused_events_are_sent_again_though_some_messages_are_none(
    run: Run, broker: EmbeddedBroker
) -> None:
    result = run("deadletter", "replay", "--dry-run", "--brokers", broker.bootstrap)
    assert "complaints:1:7  bad_time" in result.output
    assert "left out 7 messages of deadletter" in result.stderr
