"""A small company, as input of the stages that keep customers."""

from __future__ import annotations

import random
from functools import cache
from typing import NamedTuple

import msgspec
from customer_company import BEGIN, company
from customer_events import topic_of
from events import WALL
from kept_partition import told
from layouts.dump import settings_of
from small_cluster import SOURCES

from streams.core.config import Customers
from streams.core.customers.calendar import FAR, months_of
from streams.core.customers.exchange.links import Link
from streams.core.event_time.buckets import DAY
from streams.core.ingest.with_customers import ingest_stage
from streams.core.messages import EXCHANGE, PARTIALS, Links, Source
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


MONTH = months_of("UTC").of(BEGIN)
GROUPS = [(MONTH, "home", "base"), (MONTH + 4, "x", "gold")]


@cache
def linked_pieces() -> list[Batch]:
    """Give the events of a few customers, and links to them from other partitions in between."""
    chance = random.Random(6)
    waits_for_nobody = [told(partition, FAR, idle=False, flush=0) for partition in range(3)]
    batches = [Batch(EXCHANGE, waits_for_nobody)]
    offset = 1
    for number, batch in enumerate(company_pieces(), 1):
        batches.append(batch)
        whose = [msgspec.json.decode(record.value or b"{}") for record in batch.records[:-1]]
        names = sorted({one["customer_id"] for one in whose if one.get("customer_id")})
        if number % 3 or not names:
            continue
        links = [
            Link(
                "from afar",
                bytes([chance.randrange(9)]) * 6,
                chance.choice(names),
                BEGIN + chance.randrange(300) * DAY,
                MONTH,
                []
                if chance.random() < 0.2
                else [(MONTH, "home", "base"), (MONTH + 4, "x", "gold")],
            )
            for _ in range(3)
        ]
        source = Source("customers", chance.randrange(1, 3), number, 0, 0, idle=False)
        message = Links(source, links)
        value = msgspec.msgpack.encode(message)
        batches.append(Batch(EXCHANGE, [Record(offset, None, value)]))
        offset += 1
    return batches


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
