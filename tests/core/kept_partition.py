"""One source partition that keeps customers, with what it has written and published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from customer_events import topic_of, when
from msgspec.json import encode

from schemas.topics import CUSTOMERS, LATE
from streams.core.catalogue import TOPICS
from streams.core.config import Customers
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
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


class Partition:
    """A stage with what it has written and published."""

    def __init__(self, settings: Settings = ON, rows: dict[bytes, bytes] | None = None) -> None:
        self.stage = ingest_stage(3, 1, settings)
        self.rows = dict(rows or {})
        self.stage.restore(self.rows)
        self.customers: dict[str, Any] = {}
        self.late: list[Any] = []
        self.wall = WALL
        self.number = self.offset = 0

    def take(self, *events: Any) -> None:
        for one in events:
            self.offset += 1
            self.stage.process(topic_of(one), [Record(self.offset, None, encode(one))], self.wall)

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
            self.stage.tick(self.wall, TOPICS)
        return sent

    def flush(self) -> list[Send]:
        self.number += 1
        rows, sends = self.stage.flush(self.number, self.wall)
        for key, value in rows:
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        for send in sends:
            row = json.loads(send.value) if send.topic in {CUSTOMERS, LATE} and send.value else None
            if send.topic == CUSTOMERS:
                self.customers[(send.key or b"").decode()] = row
            elif send.topic == LATE:
                self.late.append(row)
        return list(sends)
