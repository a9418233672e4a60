"""A transactional log in memory and the real stages on it: small enough for hypothesis to break.

    sources ---> [fold 0..2] ---> partials ---> [series 0..2] ---> metrics.*
                      |                              |
                      +---------> signals <----------+ ---> [incidents] ---> alerts.*

A flush is one atomic append: rows of the changelog, messages, and a marker with the offsets they
include. An owner whose place was taken over since is fenced: its append does nothing.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from copy import deepcopy
from typing import TYPE_CHECKING, Final, NamedTuple, Self
from zlib import crc32

from streams.core.aggregate.stage import AggregateStage
from streams.core.aggregate.with_periods import aggregate_class
from streams.core.alerts.stage import AlertsStage
from streams.core.catalogue import TOPICS
from streams.core.ingest.stage import IngestStage
from streams.core.ingest.with_customers import ingest_stage
from streams.core.messages import EXCHANGE, PARTIALS, SIGNALS
from streams.core.stage import InPieces, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.config import Config
    from streams.core.stage import Flush

PARTITIONS: Final = 3
"""Of the source topics, and so of the fold and the series stage, where nothing else is set."""

INTERNAL: Final = (PARTIALS, SIGNALS)
SOURCES: Final = tuple(TOPICS)


class Place(NamedTuple):
    """One partition of one stage."""

    stage: str
    partition: int

    def topics(self) -> tuple[str, ...]:
        return {"fold": (*SOURCES, EXCHANGE), "series": (PARTIALS,), "incidents": (SIGNALS,)}[
            self.stage
        ]


def places(partitions: int) -> tuple[Place, ...]:
    return tuple(
        Place(stage, partition)
        for stage, count in (("fold", partitions), ("series", partitions), ("incidents", 1))
        for partition in range(count)
    )


PLACES: Final = places(PARTITIONS)


class Marker(NamedTuple):
    """What the last flush of a place made durable: its number, and the next offset by topic."""

    flush: int
    offsets: Mapping[str, int]


class Written(NamedTuple):
    """A flush on its way: encoded, not yet committed."""

    flush: Flush
    marker: Marker
    watermarks: Mapping[str, int]


class Owner:
    """Whoever holds the state of a place; by `epoch` it is known whether it still may write."""

    def __init__(self, cluster: Cluster, place: Place) -> None:
        self.place = place
        self.cluster = cluster
        self.epoch = cluster.epochs[place]
        self.stage = cluster.make(place)
        self.stage.restore(dict(cluster.changelogs[place]))
        self.marker = cluster.markers[place]
        self.position = {topic: self.marker.offsets.get(topic, 0) for topic in place.topics()}
        self.under_way: Written | None = None

    def waiting(self, topic: str) -> int:
        return len(self.cluster.logs[topic, self.place.partition]) - self.position[topic]

    def process(self, topic: str, most: int | None = None, pieces: int | None = None) -> None:
        """Take the next records of a topic, `most` of them or all there are.

        Of the work that they make, `pieces` are done, or all.
        """
        at = self.position[topic]
        log = self.cluster.logs[topic, self.place.partition]
        records = log[at:] if most is None else log[at : at + most]
        if records:
            if pieces is not None and isinstance(self.stage, InPieces):
                self.stage.admit(topic, records, self.cluster.wall)
                self.work(pieces)
            else:
                self.stage.process(topic, records, self.cluster.wall)
            self.position[topic] = at + len(records)

    def work(self, pieces: int) -> None:
        """Do so many pieces of what is due."""
        for _ in range(pieces):
            if not (isinstance(self.stage, InPieces) and self.stage.work()):
                return

    def tick(self) -> None:
        read = {topic for topic in self.position if not self.waiting(topic)}
        self.stage.tick(self.cluster.wall, read)

    def dirty(self) -> bool:
        return self.stage.pending() > 0 or self.position != self.marker.offsets

    def begin(self) -> None:
        """Encode a flush; the stage may go on while it is under way."""
        number = self.marker.flush + 1
        flush = self.stage.flush(number, self.cluster.wall)
        self.under_way = Written(flush, Marker(number, dict(self.position)), self.watermarks())

    def commit(self) -> bool:
        """Make the flush under way durable; False where the owner is fenced."""
        written, self.under_way = self.under_way, None
        assert written is not None
        if not self.cluster.append(self, written):
            return False
        self.marker = written.marker
        return True

    def flush(self) -> bool:
        if self.under_way is not None and not self.commit():
            return False
        self.begin()
        return self.commit()

    def watermarks(self) -> Mapping[str, int]:
        if isinstance(self.stage, IngestStage | AggregateStage):
            return dict(self.stage.watermarks())
        return {}


class Cluster:
    """The log, the changelogs and the markers; and an owner for every place."""

    def __init__(self, settings: Config, wall: float, partitions: int = PARTITIONS) -> None:
        self.settings = settings
        self.wall = wall
        self.partitions = partitions
        self.places = places(partitions)
        self.logs: dict[tuple[str, int], list[Record]] = defaultdict(list)
        self.changelogs: dict[Place, dict[bytes, bytes]] = {place: {} for place in self.places}
        self.markers = dict.fromkeys(self.places, Marker(0, {}))
        self.epochs = dict.fromkeys(self.places, 0)
        self.watermarks: dict[Place, Mapping[str, int]] = {place: {} for place in self.places}
        self.owners = {place: Owner(self, place) for place in self.places}

    def make(self, place: Place) -> IngestStage | AggregateStage | AlertsStage:
        if place.stage == "fold":
            return ingest_stage(place.partition, self.partitions, self.settings)
        if place.stage == "series":
            made = aggregate_class(place.partition, self.partitions, self.settings)
            return made(place.partition, self.partitions, self.settings)
        return AlertsStage(self.partitions, self.partitions, self.settings)

    def produce(self, topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
        log = self.logs[topic, partition]
        log.append(Record(len(log), key, value))

    def take_over(self, place: Place) -> Owner:
        """Fence the owner of a place, give it to a new one, and return the old one."""
        old = self.owners[place]
        self.epochs[place] += 1
        self.owners[place] = Owner(self, place)
        return old

    def append(self, owner: Owner, written: Written) -> bool:
        """Commit a flush as a whole, unless its owner is fenced."""
        place = owner.place
        if owner.epoch != self.epochs[place]:
            return False
        assert written.marker.flush == self.markers[place].flush + 1
        for name, value in written.flush.rows:
            if value is None:
                self.changelogs[place].pop(name, None)
            else:
                self.changelogs[place][name] = value
        for topic, partition, key, value in written.flush.sends:
            if partition is None:
                count = 1 if topic not in INTERNAL else self.partitions
                partition = crc32(key or b"") % count  # noqa: PLW2901
            self.produce(topic, partition, key, value)
        self.markers[place] = written.marker
        for topic, at in self.watermarks[place].items():
            assert written.watermarks[topic] >= at, f"the watermark of {topic} went back"
        self.watermarks[place] = written.watermarks
        return True

    def settle(self, without: str | None = None) -> None:
        """Let every stage, or all but one, read on until nothing is left to read or to write."""
        places = [place for place in self.places if place.stage != without]
        while True:
            idle = True
            self.wall += 1.0  # provisional rows are due once a second
            for place in places:
                owner = self.owners[place]
                for topic in place.topics():
                    owner.process(topic)
                owner.tick()
                if owner.dirty():
                    assert owner.flush()
                    idle = False
            if idle:
                return

    def taken_over(self) -> Self:
        """Give a cluster that goes on from all that this one has written, which stays as it is."""
        other = type(self)(self.settings, self.wall, self.partitions)
        other.logs.update({name: list(log) for name, log in self.logs.items()})
        other.changelogs = {place: dict(rows) for place, rows in self.changelogs.items()}
        other.markers, other.watermarks = dict(self.markers), dict(self.watermarks)
        other.owners = {place: Owner(other, place) for place in other.places}
        return other

    def copied(self) -> Self:
        """Give one that is the same in memory, stages too, and goes its own way from here.

        What modules hold is one for all, such as the kinds of rows, which are known by identity.
        """
        modules = [m for name, m in sys.modules.items() if name.partition(".")[0] == "streams"]
        shared = {id(value): value for module in modules for value in vars(module).values()}
        return deepcopy(self, shared)

    def clean(self, known: Cluster | None = None, without: str | None = None) -> Cluster:
        """Make one clean pass over the same source logs: one batch and one flush a partition.

        `known` is one that has settled after a first part of these logs: the pass goes on from it.
        The stage `without` does nothing in it.
        """
        first = known or Cluster(self.settings, self.wall, self.partitions)
        other = first.taken_over()
        other.wall = self.wall
        for (topic, partition), log in self.logs.items():
            if topic in SOURCES:
                read = other.logs[topic, partition]
                assert read == log[: len(read)]
                other.logs[topic, partition] = list(log)
        other.settle(without)
        return other
