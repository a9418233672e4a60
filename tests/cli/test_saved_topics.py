"""Source topics into a file and back: byte by byte, by key, in the order of event time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas.topics import SOURCES
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

Message = tuple[bytes | None, bytes]


def event(event_id: str, at: str, **fields: object) -> bytes:
    return json.dumps({"event_id": event_id, "occurred_at": at, **fields}, indent=1).encode()


LAST = event("last", "2017-01-19T09:00:00Z", customer_id="c", unknown=10**30)
FIRST = event("first", "2017-01-18T09:00:00Z", customer_id="c")
JUNK = b'\xff{"no event'


def send(broker: EmbeddedBroker, topic: str, messages: list[Message], partition: int) -> None:
    async def put() -> None:
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
            for key, value in messages:
                await producer.send_and_wait(topic, value, key, partition=partition)

    asyncio.run(put())


def read(broker: EmbeddedBroker, topic: str) -> dict[int, list[Message]]:
    """Read what is on a topic, by partition."""

    async def get() -> dict[int, list[Message]]:
        found: dict[int, list[Message]] = {}
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest"
        )
        async with asyncio.timeout(30), consumer:
            for partition, end in (await consumer.end_offsets(consumer.assignment())).items():
                while await consumer.position(partition) < end:
                    records = await consumer.getmany(partition, timeout_ms=10_000)
                    for record in records.get(partition, ()):
                        found.setdefault(partition.partition, []).append((record.key, record.value))
        return found

    return asyncio.run(get())


def test_what_is_saved_goes_back_to_other_partitions_as_it_was(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "sources.jsonl"
    with EmbeddedBroker(dict.fromkeys(SOURCES, 2)) as old:
        send(old, "complaints", [(b"c", LAST), (b"odd \xff", JUNK)], partition=0)
        send(old, "complaints", [(b"c", FIRST), (None, FIRST)], partition=1)
        send(old, "signups", [(b"c", FIRST)], partition=1)
        saved = run("topics", "--save", file, "--brokers", old.bootstrap)
        assert saved.exit_code == 0, saved.output
        assert "complaints: saved 4 events" in saved.stdout
        refused = run("topics", "--restore", file, "--brokers", old.bootstrap)
        assert refused.exit_code == 1
        assert "on the source topics (signups 1, complaints 4)" in refused.stderr
        again = run("topics", "--save", file, "--brokers", old.bootstrap)
        assert again.exit_code == 1
        assert "sources.jsonl is there already" in again.stderr
    with EmbeddedBroker(dict.fromkeys(SOURCES, 5)) as new:
        restored = run("topics", "--restore", file, "--brokers", new.bootstrap)
        assert restored.exit_code == 0, restored.output
        assert "complaints: sent 4 events" in restored.stdout
        by_partition = read(new, "complaints").values()
        (of_customer,) = [found for found in by_partition if (b"c", LAST) in found]
        own = [message for message in of_customer if message[0] == b"c"]
        assert own == [(b"c", FIRST), (b"c", FIRST), (b"c", LAST)]
        assert [message for found in by_partition for message in found if message[0] != b"c"] == [
            (b"odd \xff", JUNK)
        ]
        assert list(read(new, "signups").values()) == [[(b"c", FIRST)]]


def test_what_an_older_release_made_is_saved(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "sources.jsonl"
    with EmbeddedBroker({"complaints": 2, "signups": 2}) as old:
        send(old, "signups", [(b"c", FIRST)], partition=1)
        saved = run("topics", "--save", file, "--brokers", old.bootstrap)
    assert saved.exit_code == 0, saved.output
    assert "signups: saved 1 event" in saved.stdout
    assert "changes" in saved.stderr
    assert len(file.read_text().splitlines()) == 1


def test_where_no_source_topic_is_nothing_is_saved(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "sources.jsonl"
    with EmbeddedBroker({"other": 2}) as broker:
        saved = run("topics", "--save", file, "--brokers", broker.bootstrap)
    assert saved.exit_code == 1
    assert "there is no topic signups" in saved.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "line 1: no line of an export"),
        (
            (
                '{"topic":"complaints","partition":0,"offset":1,"reason":"bad_time","detail":"",'
                '"at":"2017-01-18T09:30:00Z","key":"k","payload":"x"}'
            ),
            "line 1: not of a file that was saved",
        ),
    ],
)
def test_another_file_is_told_before_anything_is_sent(
    run: Callable[..., Result], tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "sources.jsonl"
    file.write_text(text)
    with EmbeddedBroker(dict.fromkeys(SOURCES, 2)) as broker:
        result = run("topics", "--restore", file, "--brokers", broker.bootstrap)
        assert result.exit_code == 1
        assert told in result.stderr
        assert read(broker, "complaints") == {}
