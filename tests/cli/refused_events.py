"""Refused events on an embedded broker, and the lines of a file that exports them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas import wire
from schemas.deadletter import Reason

if TYPE_CHECKING:
    from streams.transport.embedded import EmbeddedBroker

TOPICS = {"complaints": 2, "signups": 2, "revenue": 2, "deadletter": 2}


def event(event_id: str, occurred_at: str = "2017-01-18T09:30:00Z", **fields: object) -> bytes:
    return json.dumps({"event_id": event_id, "occurred_at": occurred_at} | fields).encode()


def letter(  # noqa: PLR0913
    offset: int,
    payload: bytes | None,
    reason: str = "bad_time",
    *,
    topic: str = "complaints",
    key: bytes | None = b"cust-42",
    at: int = 1_484_731_800,  # 2017-01-18T09:30:00Z
) -> bytes:
    return wire.encode_deadletter(
        reason=Reason[reason.upper()],
        detail=f"why {reason}",
        topic=topic,
        partition=1,
        offset=offset,
        key=key,
        payload=payload,
        at=at,
    )


LETTERS = [
    letter(0, event("a", "soon", product="Loan")),
    letter(1, event("b", "then"), key=None),
    letter(2, None, "null_value", key=b"\xff"),
    letter(3, b'{"event_id": "\xff"}', "not_utf8", at=1_484_818_200),  # a day later
    letter(0, event("s", customer_id="c"), "missing_field", topic="signups"),
]


class RefusedEvents:
    """The embedded broker with refused events on it."""

    def __init__(self, embedded: EmbeddedBroker) -> None:
        self.bootstrap = embedded.bootstrap
        self.embedded = embedded

    def refuse(self, letters: list[bytes]) -> None:
        async def put() -> None:
            async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
                for number, value in enumerate(letters):
                    await producer.send_and_wait("deadletter", value, partition=number % 2)

        asyncio.run(put())

    def messages(self, topic: str) -> list[tuple[bytes, bytes]]:
        """Read all that is on a topic, each partition in order."""

        async def read() -> list[tuple[bytes, bytes]]:
            found: list[tuple[bytes, bytes]] = []
            consumer = AIOKafkaConsumer(
                topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
            )
            async with asyncio.timeout(30), consumer:
                ends = await consumer.end_offsets(consumer.assignment())
                for partition, end in sorted(ends.items()):
                    while await consumer.position(partition) < end:
                        records = await consumer.getmany(partition, timeout_ms=10_000)
                        found += [(r.key, r.value) for r in records.get(partition, ())]
            return found

        return asyncio.run(read())


def line(offset: int, payload: object, **fields: object) -> dict[str, Any]:
    given: dict[str, Any] = {
        "topic": "complaints",
        "partition": 1,
        "offset": offset,
        "reason": "bad_time",
        "detail": "occurred_at: no time",
        "at": "2017-01-18T09:30:00Z",
        "key": "cust-42",
        "payload": payload,
    }
    return given | fields
