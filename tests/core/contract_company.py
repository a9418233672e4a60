"""A small company, as input of the stages that keep customers."""

from __future__ import annotations

import random
from functools import cache
from typing import NamedTuple

import msgspec
from customer_company import company
from customer_events import topic_of
from events import WALL
from layouts.dump import settings_of
from small_cluster import SOURCES

from streams.core.config import Customers
from streams.core.ingest.with_customers import ingest_stage
from streams.core.messages import PARTIALS
from streams.core.stage import Record

SETTINGS = settings_of(rate=True)
PIECES = 24
"""Batches of each topic that a stage is fed with."""


class Batch(NamedTuple):
    topic: str
    records: list[Record]


KEPT = SETTINGS.model_copy(
    update={
        "customers": Customers(enabled=True, tiers=(("gold", {"USD": 20_000, "EUR": 20_000}),)),
        "tables": SETTINGS.tables.model_copy(update={"grace": 3600}),
    }
)


@cache
def company_pieces() -> list[Batch]:
    """Give the events of a few customers on all topics that make lives: odd, late and twice."""
    chance = random.Random(5)
    logs: dict[str, list[bytes]] = {topic: [] for topic in SOURCES}
    for one in sorted(company(chance, 16, 20), key=lambda one: one.occurred_at):
        logs[topic_of(one)].append(msgspec.json.encode(one))
    for log in logs.values():
        for _ in range(len(log) // 8):
            log.append(log[chance.randrange(len(log))])
            log.insert(chance.randrange(len(log)), log.pop(chance.randrange(len(log))))
        log.append(b"no event")
    return [
        Batch(topic, [Record(at, None, log[at]) for at in range(*places)])
        for n in range(PIECES)
        for topic, log in logs.items()
        if (places := (len(log) * n // PIECES, len(log) * (n + 1) // PIECES))[0] < places[1]
    ]


@cache
def moving_pieces() -> list[Batch]:
    """Give what a source partition sends where it keeps customers, flush by flush."""
    stage = ingest_stage(0, 1, KEPT)
    stage.restore({})
    log: list[Record] = []
    batches = []
    offset = 0
    for number, batch in enumerate(company_pieces(), 1):
        stage.process(batch.topic, batch.records, WALL + number)
        stage.tick(WALL + number, SOURCES)
        for send in stage.flush(number, WALL + number).sends:
            if send.topic == PARTIALS:
                log.append(Record(offset, send.key, send.value))
                offset += 1
        if number % 6 == 0:
            batches.append(Batch(PARTIALS, log))
            log = []
    return batches
