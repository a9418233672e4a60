"""Batches of a partition: rows come back as they were added, whatever it took to hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiokafka.record.default_records import DefaultRecordBatch

from streams.settings import Kafka
from streams.transport.client.connection import BATCH_BYTES
from streams.transport.state.partition_batches import PartitionBatches

if TYPE_CHECKING:
    from aiokafka.producer.message_accumulator import BatchBuilder

Rows = list[tuple[bytes | None, bytes | None]]


def read(batch: BatchBuilder) -> Rows:
    batch.close()
    written = bytearray(batch._build())  # noqa: SLF001 - what is sent
    return [(row.key, row.value) for row in DefaultRecordBatch(written)]


@pytest.mark.parametrize(
    ("rows", "several"),
    [
        ([(b"a", b"1"), (b"b", None), (None, b"3")], False),
        ([(b"%d" % n, b"x" * (BATCH_BYTES // 3)) for n in range(8)], True),
        ([(b"larger", b"x" * 2 * BATCH_BYTES), (b"than a batch", b"y")], True),
    ],
)
def test_rows_come_back_in_their_order(rows: Rows, several: bool) -> None:  # noqa: FBT001
    batched = PartitionBatches(Kafka(), "metrics.buckets", 5)
    for some in (rows[:2], [], rows[2:]):
        batched.extend([key for key, _ in some], [value for _, value in some])
    batches = batched.batches
    assert (len(batches) > 1) is several
    assert [batch.record_count() for batch in batches] == [len(read(batch)) for batch in batches]
    assert [row for batch in batches for row in read(batch)] == rows


def test_the_last_batch_takes_one_more_row() -> None:
    batched = PartitionBatches(Kafka(), "changelog", 5)
    batched.extend([b"a"], [b"1"])
    [batch] = batched.batches
    assert batch.append(key=b"checkpoint", value=b"2", timestamp=5) is not None
    assert read(batch) == [(b"a", b"1"), (b"checkpoint", b"2")]


def test_the_largest_row_is_known_by_its_key() -> None:
    batched = PartitionBatches(Kafka(), "metrics.buckets", 5)
    assert (batched.batches, batched.largest) == ([], (0, b""))
    batched.extend([b"a", b"bc", b"d"], [b"123", b"1234", None])
    batched.extend([b"e"], [b"1234"])
    assert batched.largest == (6, b"bc")
