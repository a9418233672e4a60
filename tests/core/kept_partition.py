"""One source partition that keeps customers, with what it has written and published."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import msgspec
from customer_events import topic_of, when
from msgspec.json import encode

from schemas.topics import CUSTOMERS, LATE
from streams.core.catalogue import TOPICS
from streams.core.config import Customers
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
from streams.core.messages import EXCHANGE, Links, Source
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.stage import Send

OFF: Final = Settings()
ON: Final = Settings(customers=Customers(enabled=True))
WALL: Final = float(when("2026-01-01"))
QUIET: Final = OFF.tables.idle_timeout + 1.0
YEARS: Final = [f"{year}-{month:02}-01" for year in (2023, 2024, 2025) for month in range(1, 13)]
"""First days of months, one payment each: nothing else moves a watermark so far."""


_flushes: Final = count(1)
"""Numbers of flushes: who goes on from what another has written goes on with them, too."""


def told(partition: int, at: int, *, idle: bool, flush: int = 1) -> Record:
    """Say, as a source partition does, that its customers are so far (epoch seconds)."""
    message = Links(Source("customers", partition, flush, 0, at, idle), [])
    return Record(0, None, msgspec.msgpack.encode(message))


class Partition:
    """A stage with what it has written and published; others, if there are any, are idle."""

    def __init__(
        self,
        settings: Settings = ON,
        rows: dict[bytes, bytes] | None = None,
        *,
        own: int = 0,
        partitions: int = 1,
    ) -> None:
        self.stage = ingest_stage(own, partitions, settings)
        self.rows = dict(rows or {})
        self.stage.restore(self.rows)
        self.customers: dict[str, Any] = {}
        self.late: list[Any] = []
        self.told: list[Record] = []
        """What it has told itself, and has not read."""
        self.wall = WALL
        others = [told(one, 0, idle=True) for one in range(partitions) if one != own]
        if others:
            self.stage.process(EXCHANGE, others, WALL)
        self.offset = 0

    def take(self, *events: Any) -> None:
        for one in events:
            self.offset += 1
            self.stage.process(topic_of(one), [Record(self.offset, None, encode(one))], self.wall)

    def hear(self) -> None:
        """Read what it has told itself."""
        told, self.told = self.told, []
        if told:
            self.stage.process(EXCHANGE, told, self.wall)

    def idle(self) -> list[Send]:
        """Read all to the end, and wait until every topic is idle: the clock goes on.

        Returns what was sent by flushes without which it would not.
        """
        sent: list[Send] = []
        self.stage.tick(self.wall, TOPICS)
        self.wall += QUIET
        self.stage.tick(self.wall, TOPICS)
        while isinstance(self.stage, IngestStageWithCustomers) and self.stage.clock.held:
            sent += self.flush()
            self.hear()
            self.stage.tick(self.wall, TOPICS)
        return sent

    def flush(self) -> list[Send]:
        rows, sends = self.stage.flush(next(_flushes), self.wall)
        for key, value in rows:
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        for send in sends:
            row = json.loads(send.value) if send.topic in {CUSTOMERS, LATE} and send.value else None
            if send.topic == EXCHANGE:
                self.told.append(Record(0, None, send.value))
            elif send.topic == CUSTOMERS:
                self.customers[(send.key or b"").decode()] = row
            elif send.topic == LATE:
                self.late.append(row)
        return list(sends)
