"""Reads complaints with aiokafka and counts messages alone: `BOOTSTRAP EVENTS`."""

from __future__ import annotations

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer

TOPIC = "complaints"


async def main(bootstrap: str, events: int) -> None:
    """Read so many events; print how many came."""
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        fetch_max_bytes=64 << 20,
        max_partition_fetch_bytes=16 << 20,
    )
    await consumer.start()
    read = 0
    while read < events:
        batches = await consumer.getmany(timeout_ms=1_000)
        read += sum(map(len, batches.values()))
    await consumer.stop()
    print(json.dumps({"events": read}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
