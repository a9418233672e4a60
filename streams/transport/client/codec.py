"""By which codec record batches are compressed: those that others read, by a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiokafka.record.default_records import DefaultRecordBatch

from schemas.topics import TOPICS

if TYPE_CHECKING:
    from streams.settings import Kafka
    from streams.settings.model import Codec

INSIDE: Final = "zstd"
"""Of what only we read: a seventh of the time of aiokafka's lz4 (level 9), and smaller."""

ATTRIBUTES: Final[dict[Codec, int]] = {
    "none": DefaultRecordBatch.CODEC_NONE,
    "gzip": DefaultRecordBatch.CODEC_GZIP,
    "snappy": DefaultRecordBatch.CODEC_SNAPPY,
    "lz4": DefaultRecordBatch.CODEC_LZ4,
    "zstd": DefaultRecordBatch.CODEC_ZSTD,
}
"""The codecs, by what says so in the head of a batch."""


def compression_type(kafka: Kafka) -> str | None:
    """Return what an aiokafka producer of public topics is given; None compresses nothing."""
    return None if kafka.compression == "none" else kafka.compression


def codec_of(kafka: Kafka, topic: str) -> int:
    """Return the codec of the batches of a topic: a producer has one, the topics have two."""
    return ATTRIBUTES[kafka.compression if topic in TOPICS else INSIDE]
