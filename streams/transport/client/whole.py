"""Read a public topic to its end: as a table, or as a log."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from streams.transport.client.reader import follow

if TYPE_CHECKING:
    from streams.settings import Kafka


async def read_table(kafka: Kafka, topic: str) -> dict[bytes, bytes]:
    """Read a compacted topic: the last value of each key. Raises as `follow` does."""
    table: dict[bytes, bytes] = {}
    messages = follow(kafka, topic, from_beginning=True, to_end=True, tombstones=True)
    async with aclosing(messages):
        async for key, value in messages:
            if value:
                table[key or b""] = value
            else:
                table.pop(key or b"", None)
    return table


async def read_log(kafka: Kafka, topic: str) -> list[bytes]:
    """Read all values of a topic. Raises as `follow` does."""
    messages = follow(kafka, topic, from_beginning=True, to_end=True)
    async with aclosing(messages):
        return [value async for _, value in messages]
