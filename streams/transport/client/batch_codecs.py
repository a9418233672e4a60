"""By which codec the oldest rows of topics are compressed, as the head of each batch says."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import for_code
from aiokafka.protocol.fetch import FetchRequest

from streams.transport.client.codec import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiokafka import TopicPartition

    from streams.settings.model import Codec

_WAIT_MS: Final = 500
_BYTES: Final = 64 * 1024
"""Of a partition: the batches at its beginning."""

_HEAD: Final = struct.Struct(">qiibIh")
"""Of a batch: first offset, bytes that follow, leader's epoch, magic, checksum, attributes."""
_AFTER_LENGTH: Final = 12
_MAGIC: Final = 2
_CODEC, _CONTROL = 0b111, 0b100000


async def oldest_codecs(
    client: Any,  # noqa: ANN401 (aiokafka is untyped)
    starts: Mapping[TopicPartition, int],
) -> dict[str, set[Codec]]:
    """Return the codecs of the first batches of each partition, by topic.

    `starts` are their first offsets. A partition without a leader is left out.

    Raises:
        aiokafka.errors.KafkaError: the broker does not let us read it.
    """
    found: dict[str, set[Codec]] = {}
    for tp, start in starts.items():
        node = client.cluster.leader_for_partition(tp)
        if node is None or node < 0:
            continue
        asked = FetchRequest(
            _WAIT_MS, 1, _BYTES, 0, [(tp.topic, [(tp.partition, start, _BYTES)])], rack_id=""
        )
        response = await client.send(node, asked)
        for _, partitions in response.topics:
            for _, code, *rest in partitions:
                if code:
                    raise for_code(code)(str(tp))
                found.setdefault(tp.topic, set()).update(codecs(rest[-1] or b""))
    return found


def codecs(batches: bytes) -> Iterator[Codec]:
    """Yield the codec of each batch that has records; the last one may be cut off."""
    names = {number: name for name, number in ATTRIBUTES.items()}
    at = 0
    while at + _HEAD.size <= len(batches):
        _, length, _, magic, _, attributes = _HEAD.unpack_from(batches, at)
        if magic == _MAGIC and not attributes & _CONTROL:
            yield names[attributes & _CODEC]
        at += _AFTER_LENGTH + length
