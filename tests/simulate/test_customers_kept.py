"""A simulated company through the ingest stage: at the end the customers are those of the truth."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from schemas.customers import Customer
from schemas.topics import CUSTOMERS, LATE
from streams.core.catalogue import TOPICS
from streams.core.config import Customers
from streams.core.customers.intake.accept import COUNTED
from streams.core.customers.stored.store import SHARDS
from streams.core.event_time.formats import utc
from streams.core.ingest.with_customers import IngestStageWithCustomers
from streams.core.messages import EXCHANGE
from streams.core.stage import Record
from streams.settings import Settings
from streams.simulate.company import found
from streams.simulate.files import EVENTS, event_file
from streams.simulate.manifest import Manifest, read_manifest
from streams.simulate.run import simulate
from streams.simulate.truth.run import truth_of_folder

if TYPE_CHECKING:
    from pathlib import Path

MONTHS = 14
GRACE = Settings().tables.grace
THERE = {"active", "paused", "past_due", "free"}
WALL = 1_700_000_000.0

Stock = dict[tuple[str, str], Counter[str]]
"""Customers ("") and recurring value by currency, by segment and tier."""


class Reader:
    """Drives a stage as a worker does, and reads what it publishes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rows: dict[bytes, bytes] = {}
        self.customers: dict[str, Customer] = {}
        self.late: set[tuple[str, str]] = set()
        self.reasons: Counter[str] = Counter()
        self.number = 0
        self.told: list[Record] = []
        self.wall = WALL
        self.stage = self.new()

    def new(self) -> IngestStageWithCustomers:
        stage = IngestStageWithCustomers(0, 1, self.settings)
        stage.restore(dict(self.rows))
        return stage

    def flush(self) -> None:
        self.number += 1
        self.wall += 1.0
        if self.told:  # by itself: it has all customers
            self.stage.process(EXCHANGE, self.told, self.wall)
        rows, sends = self.stage.flush(self.number, self.wall)
        for key, value in rows:
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        self.told = [Record(0, send.key, send.value) for send in sends if send.topic == EXCHANGE]
        for topic, _, whose, message in sends:
            assert message is not None
            if topic == CUSTOMERS:
                row = Customer.model_validate_json(message)
                assert whose == row.customer_id.encode()
                self.customers[row.customer_id] = row
            elif topic == LATE:
                told = json.loads(message)
                self.reasons[told.get("reason", "closed_bucket")] += 1
                if told["topic"] in COUNTED:
                    self.late.add((told["topic"], told["event"]["event_id"]))

    def end(self) -> None:
        """Read to the end of all topics, and wait until each is idle."""
        rounds = 0
        while rounds < 3:
            self.wall += self.settings.tables.idle_timeout + 1.0
            self.stage.tick(self.wall, TOPICS)
            self.flush()
            rounds += not self.stage.clock.held

    def stock(self) -> Stock:
        found: Stock = {}
        for row in self.customers.values():
            if row.status in THERE:
                group = found.setdefault((row.segment, row.tier), Counter())
                group.update({"": 1, **row.recurring_value})
        return found


def truth(folder: Path, manifest: Manifest, late: set[tuple[str, str]]) -> Stock:
    """Give the true closing stock of the last month."""
    found: Stock = {}
    rows = truth_of_folder(folder, manifest, lambda _done: None, late).rows()
    last = max(row.period for row in rows if row.grain == "month")
    for row in rows:
        if (row.grain, row.period, row.unit) == ("month", last, "closing"):
            if row.group == "total":
                continue
            segment, tier = (part.partition("=")[2] for part in row.group.split(","))
            found.setdefault((segment, tier), Counter())[row.currency] = row.value
    return found


def settings_of(manifest: Manifest) -> Settings:
    asked = manifest.definitions
    customers: dict[str, Any] = {
        "enabled": True,
        "tiers": asked.tiers,
        "start": None if asked.start is None else f"{asked.start}",
    }
    kept = Customers.model_validate(customers)
    assert kept.definitions == asked
    return Settings(customers=kept)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_in_whatever_order_topics_come_the_customers_at_the_end_are_the_true_ones(
    tmp_path: Path, seed: int
) -> None:
    simulate(found(seed, 150, MONTHS, (2016, 1)), tmp_path, lambda _done: None)
    manifest = read_manifest(tmp_path)
    chance = Random(seed)
    logs = {
        topic: event_file(tmp_path / EVENTS, topic).read_bytes().splitlines() for topic in TOPICS
    }
    over = utc(manifest.clock + GRACE).isoformat()
    logs["complaints"] += [  # of nobody: they only say that the company's last second is over
        json.dumps({"event_id": f"end-{n}", "occurred_at": over}).encode() for n in range(5)
    ]
    reader = Reader(settings_of(manifest))
    left = {topic: list(enumerate(log)) for topic, log in logs.items()}
    total = sum(map(len, logs.values()))
    restarts = 2
    while any(left.values()):
        topic = chance.choice([topic for topic, log in left.items() if log])
        size = chance.randint(1, 60)
        records = [Record(at, None, line) for at, line in left[topic][:size]]
        del left[topic][:size]
        reader.stage.process(topic, records, reader.wall)
        if chance.random() < 0.3:
            reader.flush()
        if sum(map(len, left.values())) < total * restarts // 3:
            restarts -= 1
            reader.flush()
            reader.stage = reader.new()
    reader.end()
    assert restarts == 0
    assert reader.stage.customers.clock == manifest.clock
    assert reader.reasons.keys() <= {"closed_bucket"}
    assert reader.stock() == truth(tmp_path, manifest, reader.late)

    for _ in range(SHARDS):
        assert reader.stage.customers.check() == []
    assert not any(reader.stage.conservation_error().values())
    statuses = Counter(row.status for row in reader.customers.values())
    counted = reader.stage.customers_by_status()
    assert {status: n for status, n in counted.items() if n} == statuses
