from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from test_periods_command import row

from schemas.events import Change
from schemas.topics import CUSTOMERS, DEADLETTER, LATE, PERIODS, SOURCES
from streams.cli.forget import _until
from streams.core.partitioner import partitions_of
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

NEIGHBOUR = next(
    name
    for name in (f"cust-{number}" for number in range(43, 99))
    if partitions_of([name.encode()], 3) == partitions_of([b"cust-42"], 3)
)
"""Another customer of the same partition."""
TOPICS = dict.fromkeys((*SOURCES, CUSTOMERS, DEADLETTER, LATE, PERIODS), 3)


def changes(broker: EmbeddedBroker, partition: int) -> list[bytes]:
    """Read a partition of the topic changes."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "test"})
    consumer.assign([TopicPartition("changes", partition, 0)])
    _, end = consumer.get_watermark_offsets(TopicPartition("changes", partition), timeout=30)
    found = [message.value() or b"" for message in consumer.consume(end, timeout=30)] if end else []
    consumer.close()
    return found


def test_the_event_goes_where_those_of_the_customer_are_and_what_stays_is_told(run: Run) -> None:
    now = datetime.now(UTC)
    with EmbeddedBroker(TOPICS) as broker:
        on = ("--brokers", broker.bootstrap)
        first = run("forget", "cust-42", *on)
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        producer.produce(PERIODS, row("2017-01", 7), b"2017-01", partition=0)
        producer.flush()
        behind = run("forget", "cust-42", *on)
        at = ("--at", "2017-02-03T10:00:00+02:00")
        then = [run("forget", "cust-42", *at, *on) for _ in range(2)][1]
        assert run("forget", NEIGHBOUR, *at, *on).exit_code == 0
        sent = changes(broker, partitions_of([b"cust-42"], 3)[0])
    assert first.exit_code == 0, first.output
    assert "No customers are published" in first.output
    assert (behind.exit_code, "2017-02-03" in behind.output) == (1, True)
    assert then.exit_code == 0, then.output
    assert "forgotten from 2017-02-03 08:00 UTC on" in then.output
    assert "signups" in then.output
    assert "older rows of it" in then.output
    events = [Change.model_validate_json(value) for value in sent]
    assert [one.customer_id for one in events] == ["cust-42"] * 3 + [NEIGHBOUR]
    assert {one.change for one in events} == {"forgotten"}
    assert abs(events[0].occurred_at - now) < timedelta(minutes=5)
    ids = [one.event_id for one in events]
    assert ids[1] == ids[2]  # repeated, it is the same event
    assert len(set(ids)) == 3  # nobody else's is a copy of it


@pytest.mark.parametrize(
    ("config", "until"),
    [
        (None, "as long as the broker keeps it"),
        ({"retention.ms": "-1", "cleanup.policy": "delete"}, "for good"),
        ({"retention.ms": "604800000"}, "7 days after it was written"),
        ({"retention.ms": "1", "cleanup.policy": "compact"}, "the broker has compacted it"),
    ],
)
def test_until_when_something_stays(config: dict[str, str] | None, until: str) -> None:
    assert _until(config) == until


def test_a_time_to_come_is_refused(run: Run) -> None:
    with EmbeddedBroker(TOPICS) as broker:
        result = run("forget", "cust-42", "--at", "2999-01-01", "--brokers", broker.bootstrap)
    assert (result.exit_code, "in the future" in result.output) == (1, True)
