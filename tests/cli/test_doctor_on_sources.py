"""What groundswell doctor says of the source topics: where events lie, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer

from streams.cli.source_checks import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from click.testing import Result

    from streams.transport.embedded import EmbeddedBroker

    Run = Callable[..., Result]

CUSTOMERS = [f"C-{number}".encode() for number in range(100)]
DAY_MS = 86_400_000


def send(broker: EmbeddedBroker, topic: str, keys: Sequence[bytes | None], **settings: Any) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, **settings})
    for key in keys:
        producer.produce(topic, b"{}", key=key)
    assert producer.flush(30) == 0


def keys_of(run: Run, broker: EmbeddedBroker) -> list[str]:
    """The lines about keys, without the rest."""
    result = run("doctor", "--no-clock", "--brokers", broker.bootstrap)
    return [line for line in result.stdout.splitlines() if line[6:].startswith("keys")]


def test_keys_where_librdkafka_puts_them_by_default_are_told_with_the_setting(
    run: Run, broker: EmbeddedBroker
) -> None:
    send(broker, "complaints", CUSTOMERS)
    (line,) = keys_of(run, broker)
    assert line.startswith("warn  keys        complaints: ")
    elsewhere, _, total = line.split()[3:6]
    assert int(elsewhere) > 40
    assert total == "100"
    assert "set partitioner=murmur2_random" in line


def test_keys_where_java_puts_them_are_right(run: Run, broker: EmbeddedBroker) -> None:
    send(broker, "complaints", CUSTOMERS, partitioner="murmur2_random")
    send(broker, "signups", CUSTOMERS[:50], partitioner="murmur2_random")
    assert keys_of(run, broker) == [
        "ok    keys        150 recent events lie on the partitions of their keys"
    ]


def test_events_without_a_key_are_told(run: Run, broker: EmbeddedBroker) -> None:
    send(broker, "revenue", [*CUSTOMERS[:10], None, None], partitioner="murmur2_random")
    (line,) = keys_of(run, broker)
    assert line.startswith("warn  keys        revenue: 2 of 12 recent events have no key")


def test_only_the_last_events_of_a_partition_are_looked_at(
    run: Run, broker: EmbeddedBroker
) -> None:
    send(broker, "complaints", CUSTOMERS)
    send(broker, "complaints", CUSTOMERS * 10, partitioner="murmur2_random")
    (line,) = keys_of(run, broker)
    assert line.startswith("ok    keys        300 recent events")


def test_topics_without_events_say_nothing_of_keys(run: Run, broker: EmbeddedBroker) -> None:
    assert keys_of(run, broker) == ["ok    keys        no events on several partitions yet"]


@pytest.mark.parametrize("days", [400, 1000, None])
def test_topics_that_keep_what_the_windows_need_are_well(days: int | None) -> None:
    (found,) = kept({"complaints": -1, "signups": -1 if days is None else days * DAY_MS})
    assert (found.level, found.text) == ("ok", "source topics keep 400 days or more")


def test_topics_that_delete_what_is_needed_are_told_with_the_command_that_mends_it() -> None:
    week, year = 7 * DAY_MS, 365 * DAY_MS
    found = kept({"complaints": week, "signups": -1, "revenue": week, "renewals": year})
    assert [(each.level, each.what) for each in found] == [("warn", "retention")] * 2
    assert found[0].text.startswith("complaints, revenue: events are deleted after 7 days. ")
    assert found[0].text.endswith("--topic complaints --add-config retention.ms=-1")
    assert found[1].text.startswith("renewals: events are deleted after 365 days. ")
