"""One partition of the ingest stage and one of the aggregate stage, flush by flush."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events import WALL, complaints, records

from streams.core.aggregate.stage import AggregateStage
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS
from streams.core.stage import Record

if TYPE_CHECKING:
    from streams.core.stage import Send
    from streams.settings import Settings


class Run:
    """One ingest stage, one aggregate stage and its changelog."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.ingest = IngestStage(0, 1, settings)
        self.stage = AggregateStage(0, 1, settings, provisional_interval=0)
        self.rows: dict[bytes, bytes] = {}
        self.sends: list[Send] = []
        self.number = 0

    def add(self, at: int, customers: list[str], product: str = "Loan") -> None:
        self.number += 1
        events = complaints(self.number, at, customers, product)
        self.ingest.process("complaints", records(*events), WALL)
        for send in self.ingest.flush(self.number, WALL).sends:
            if send.topic == PARTIALS:
                self.stage.process(PARTIALS, [Record(0, None, send.value)], WALL)
        flush = self.stage.flush(self.number, WALL)
        self.sends += flush.sends
        for key, value in flush.rows:
            if value is None:
                del self.rows[key]
            else:
                self.rows[key] = value

    def taken_over(self, rows: dict[bytes, bytes]) -> AggregateStage:
        stage = AggregateStage(0, 1, self.settings, provisional_interval=0)
        stage.restore(dict(rows))
        return stage
