"""A simulated company through the ingest stages and the periods, in any order, in memory."""

from __future__ import annotations

import json
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec
from small_cluster import Cluster, Place

from schemas.topics import LATE, PERIODS
from streams.core.aggregate.with_periods import aggregate_class
from streams.core.config import Customers
from streams.core.customers.intake.accept import COUNTED
from streams.core.customers.stored.store import SHARDS
from streams.core.event_time.formats import utc
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
from streams.core.messages import EXCHANGE, periods_home
from streams.core.partitioner import partitions_of
from streams.settings import Settings
from streams.simulate.events import TOPICS
from streams.simulate.files import EVENTS, event_file
from streams.simulate.periods import PeriodLine

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path
    from random import Random

    from streams.core.aggregate.stage import AggregateStage
    from streams.core.ingest.stage import IngestStage
    from streams.simulate.manifest import Manifest

WALL: Final = 1_700_000_000.0
GRACE: Final = Settings().tables.grace


def settings_of(manifest: Manifest) -> Settings:
    """Give settings by which a company counts as its truth does."""
    asked = manifest.definitions
    customers: dict[str, Any] = {
        "enabled": True,
        "tiers": asked.tiers,
        "zone": asked.zone,
        "start": None if asked.start is None else f"{asked.start}",
    }
    kept = Customers.model_validate(customers)
    assert kept.definitions == asked
    return Settings(customers=kept)


class KeptCompany(Cluster):
    """The partitions of a company: the ingest stages, and the stage with the periods."""

    def __init__(self, settings: Settings, partitions: int) -> None:
        super().__init__(settings, WALL, partitions)
        home = Place("series", periods_home(partitions))
        self.home = home
        self.places = (*(Place("fold", n) for n in range(partitions)), home)

    def make(self, place: Place) -> IngestStage | AggregateStage:
        if place.stage == "fold":
            return ingest_stage(place.partition, self.partitions, self.settings)
        assert place.stage in {"series", "incidents"}
        return aggregate_class(place.partition, self.partitions, self.settings)(
            place.partition, self.partitions, self.settings
        )

    def load(self, folder: Path, shares: Mapping[str, float] = MappingProxyType({})) -> None:
        """Put the events of a folder into the logs, of some topics only a share of the first."""
        for topic in TOPICS:
            lines = event_file(folder / EVENTS, topic).read_bytes().splitlines()
            sent = lines[: int(len(lines) * shares.get(topic, 1.0))]
            names = [json.loads(line).get("customer_id") or "nobody" for line in sent]
            homes = partitions_of([name.encode() for name in names], self.partitions)
            for partition, line in zip(homes, sent, strict=True):
                self.produce(topic, partition, None, line)

    def say_over(self, at: int) -> None:
        """Let events of no customer say that an event time (epoch seconds) has come."""
        for partition in range(self.partitions):
            for number in range(5):
                ends = {
                    "event_id": f"end-{number}",
                    "customer_id": "nobody",
                    "occurred_at": utc(at).isoformat(),
                    "complaint_id": "none",
                    "status": "answered",
                }
                self.produce("complaint_updates", partition, None, json.dumps(ends).encode())

    def read(self, chance: Random, *, takes_over: int = 2, late: Collection[str] = ()) -> None:
        """Read all that there is in a random order of the topics.

        Args:
            chance: decides the order.
            takes_over: how often each place is taken over in between.
            late: topics that are read after all others.
        """
        folds = [place for place in self.places if place.stage == "fold"]
        first = [(place, topic) for place in folds for topic in TOPICS if topic not in late]
        self._read(first, chance, takes_over)
        self._read([(place, topic) for place in folds for topic in late], chance, 0)
        self.everybody()

    def wait(self) -> None:
        """Let time pass until every topic is idle."""
        for _ in range(3):
            self.wall += self.settings.tables.idle_timeout + 1.0
            self.everybody()

    def _read(self, steps: list[tuple[Place, str]], chance: Random, takes_over: int) -> None:
        left = [(place, topic) for place, topic in steps if self.owners[place].waiting(topic)]
        total = sum(self.owners[place].waiting(topic) for place, topic in left)
        while left:
            place, topic = chance.choice(left)
            owner = self.owners[place]
            owner.process(topic, chance.randint(1, 120), chance.choice([None, 1, 3]))
            if not owner.waiting(topic):
                left.remove((place, topic))
            if chance.random() < 0.15:
                self.wall += chance.choice([0.1, 1.0])
                self.flush(place)
            if chance.random() < 0.08:
                self.series()
            if chance.random() < 0.1:
                self.exchange(chance.choice([*self.folds_of(), place]), chance.choice([1, None]))
            unread = sum(self.owners[place].waiting(topic) for place, topic in left)
            if takes_over and unread < total * takes_over // 3:
                takes_over -= 1
                for one in self.places:
                    self.take_over(one)
                left = [(p, t) for p, t in steps if self.owners[p].waiting(t)]  # some again

    def everybody(self) -> None:
        """Let every place tick, do all its work and flush, until no clock goes on."""
        clocks: list[int] = []
        while clocks != (now := [fold.customers.clock for fold in self.folds()]):
            clocks = now
            for place in self.folds_of():
                self.fold(place)
            self.hear()
        self.wall += 1.0
        self.series()

    def hear(self) -> None:
        """Let every partition read what others have told it, until nobody has anything to say."""
        while told := [p for p in self.folds_of() if self.owners[p].waiting(EXCHANGE)]:
            for place in told:
                self.exchange(place)
                self.fold(place)

    def fold(self, place: Place) -> None:
        owner = self.owners[place]
        owner.tick()
        owner.work(1_000_000)
        self.flush(place)

    def exchange(self, place: Place, most: int | None = None) -> None:
        """Let a partition read of what the others have told it, `most` messages or all."""
        self.owners[place].process(EXCHANGE, most)

    def folds_of(self) -> list[Place]:
        return [place for place in self.places if place.stage == "fold"]

    def series(self) -> None:
        owner = self.owners[self.home]
        owner.process("groundswell.partials")
        owner.tick()
        self.flush(self.home)

    def flush(self, place: Place) -> None:
        assert self.owners[place].flush()

    def checks(self) -> dict[str, int]:
        """Count every customer, and give by how much that is not what the movements say."""
        errors: Counter[str] = Counter()
        for fold in self.folds():
            for _ in range(SHARDS):
                fold.customers.check()
            errors.update(fold.conservation_error())
        return {unit: error for unit, error in errors.items() if error}

    # -- what came out ----------------------------------------------------------------------------

    def rows(self, topic: str) -> dict[bytes, dict[str, Any]]:
        """Give a compacted topic as a table."""
        table: dict[bytes, dict[str, Any]] = {}
        for (name, _), log in self.logs.items():
            if name == topic:
                for record in log:
                    assert record.key is not None
                    if record.value is None:
                        table.pop(record.key, None)
                    else:
                        table[record.key] = json.loads(record.value)
        return table

    def late(self) -> set[tuple[str, str]]:
        """Give topic and id of the events that were too late to be counted."""
        found = set()
        for row in (json.loads(r.value or b"") for r in self.logs[LATE, 0]):
            if row["topic"] in COUNTED:
                found.add((row["topic"], row["event"]["event_id"]))
        return found

    def periods(self) -> list[PeriodLine]:
        return [msgspec.convert(row, PeriodLine) for row in self.rows(PERIODS).values()]

    def folds(self) -> list[IngestStageWithCustomers]:
        stages = [self.owners[p].stage for p in self.places if p.stage == "fold"]
        return [one for one in stages if isinstance(one, IngestStageWithCustomers)]
