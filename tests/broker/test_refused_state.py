"""A state that cannot be taken over ends the worker with words, and is left as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import toy
from bench import PARTITIONS
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from streams.transport.client.topics import CHANGELOG

if TYPE_CHECKING:
    from bench import Bench, Worker

    Row = tuple[bytes, bytes]

pytestmark = pytest.mark.kafka

MARKER = b"__marker__"


def transaction(bench: Bench, partition: int, rows: list[Row], *, committed: bool = True) -> None:
    """Write to the changelog of the count stage what a worker would not: no marker at its end."""
    producer = Producer({"bootstrap.servers": bench.bootstrap, "transactional.id": "a-late-commit"})
    producer.init_transactions()
    producer.begin_transaction()
    for key, value in rows:
        producer.produce(f"{bench.prefix}-count-changelog", value, key, partition=partition)
    assert producer.flush(60) == 0
    if committed:
        producer.commit_transaction()
    else:
        producer.abort_transaction()


def half_a_flush() -> list[Row]:
    return [(toy.COUNT.key(f"key-{number}"), b"1000") for number in range(5)]


def used(bench: Bench) -> None:
    """Let every partition have state, with deletions of markers before it by compaction or not."""
    bench.produce(1_000)
    worker = bench.start()
    bench.exact()
    bench.produce(1_000)
    bench.exact()
    bench.stop(worker)


def refuses(worker: Worker, words: str) -> None:
    assert worker.wait() == 1
    assert words in worker.text(), worker.text()[-3000:]
    assert "stopped on a bug" not in worker.text()
    assert "Traceback" not in worker.text()


def test_a_part_of_a_flush_without_its_marker_is_refused(kafka_bench: Bench) -> None:
    bench = kafka_bench
    used(bench)
    transaction(bench, 2, half_a_flush())
    before = bench.written(f"{bench.prefix}-count-changelog")
    for _ in range(2):  # a restart says the same again
        worker = bench.start()
        refuses(worker, "the state of stage 'count', partition 2 has 5 rows behind its last checkp")
    assert "start anew (docs/recovery.md#a-part-of-a-flush-was-committed)" in worker.text()
    assert bench.written(f"{bench.prefix}-count-changelog") == before


def test_a_part_of_the_first_flush_is_refused(kafka_bench: Bench) -> None:
    bench = kafka_bench
    changelog = NewTopic(f"{bench.prefix}-count-changelog", PARTITIONS, 1, config=CHANGELOG)
    admin = AdminClient({"bootstrap.servers": bench.bootstrap})
    admin.create_topics([changelog])[changelog.topic].result()
    transaction(bench, 1, half_a_flush())
    refuses(bench.start(), "'count', partition 1 has 5 rows and no checkpoint: a part of flush 1")


def test_what_was_taken_back_is_no_part_of_a_flush(kafka_bench: Bench) -> None:
    bench = kafka_bench
    used(bench)
    for partition in range(PARTITIONS):
        transaction(bench, partition, half_a_flush(), committed=False)
    bench.produce(1_000)
    bench.start()
    bench.exact()


def test_a_row_of_a_kind_that_is_unknown_is_refused(kafka_bench: Bench) -> None:
    """The marker comes with it, of a version that this worker knows."""
    bench = kafka_bench
    used(bench)
    marker = b'{"flush":99,"version":1,"offsets":{},"partitions":{}}'
    transaction(bench, 2, [(b"q\tkey", b"1"), (MARKER, marker)])
    worker = bench.start()
    refuses(
        worker, "the state of partition 2 cannot be read: stage 'count', row 'q\\tkey': the kin"
    )
    assert "run that on every host; else start anew (docs/recovery.md)" in worker.text()
