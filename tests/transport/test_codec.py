"""By which codec a flush is compressed: the topics that others read by the setting."""

from __future__ import annotations

from typing import get_args

import pytest
from aiokafka.record.memory_records import MemoryRecords

from streams.core.messages import PARTIALS
from streams.settings import Kafka
from streams.settings.model import Codec
from streams.transport.client.codec import codec_of, compression_type
from streams.transport.state.row_batch import RowBatch

NUMBERS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
"""Kafka's, in the three lowest bits of a batch's attributes."""


def written_by(kafka: Kafka, topic: str) -> int:
    batch = RowBatch(codec_of(kafka, topic), 1)
    batch.extend([b"key"], [b"same " * 200], 0)
    found = MemoryRecords(bytes(batch._build())).next_batch()  # noqa: SLF001
    assert found.is_transactional
    (record,) = found
    assert record.value == b"same " * 200
    return int(found.compression_type)


@pytest.mark.parametrize("name", get_args(Codec))
def test_what_others_read_has_the_codec_of_the_setting(name: Codec) -> None:
    kafka = Kafka(compression=name)
    assert written_by(kafka, "metrics.buckets") == written_by(kafka, "alerts") == NUMBERS[name]
    assert compression_type(kafka) == (None if name == "none" else name)


@pytest.mark.parametrize("name", get_args(Codec))
def test_what_only_we_read_stays_small(name: Codec) -> None:
    kafka = Kafka(compression=name)
    assert written_by(kafka, PARTIALS) == written_by(kafka, "app-fold-changelog") == NUMBERS["zstd"]
