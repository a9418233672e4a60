"""A family of metrics that depends on two topics closes its buckets by the slower of them.

signups         ----- 10:00 ------- 11:00 --------- 12:00
cancellations   ----- 9:00 - idle ---------- 10:30 ------
the family            9:00          11:00    11:00  11:00
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from events import T0, WALL, complaint, records

from streams.core.aggregate.family import FamilyTables
from streams.core.aggregate.kinds import PROGRESS
from streams.core.aggregate.merged_watermark import MergedWatermark
from streams.core.aggregate.progress_rows import ProgressRows
from streams.core.aggregate.stage import AggregateStage
from streams.core.aggregate.watermark_vector import WatermarkVector
from streams.core.catalogue import FAMILIES, Family
from streams.core.changelog import StoredRow
from streams.core.event_time.buckets import BASE, DAY, GRAINS, HOUR
from streams.core.event_time.watermark import NEVER
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS, Source
from streams.core.partials import read as read_partials
from streams.core.stage import Record, SourceProgress
from streams.settings import Settings

SETTINGS = Settings()
TIMEOUT = SETTINGS.tables.idle_timeout
GRACE = SETTINGS.tables.grace
MOVES = Family(("signups", "cancellations"), ("signups", "cancellations"))


class Topics:
    """Two topics of two partitions each, and the family that depends on both."""

    def __init__(self) -> None:
        self.topics = {name: MergedWatermark(2, TIMEOUT) for name in MOVES.topics}
        self.vector = WatermarkVector(self.topics)
        self._flush = 0

    def report(self, topic: str, *partitions: int, at: int, idle: bool = False) -> int:
        """Let partitions of a topic report how far they are; give how far the family is."""
        for partition in partitions or (0, 1):
            self._flush += 1
            source = Source(topic, partition, self._flush, 0, at, idle)
            assert self.topics[topic].is_newer(source)
            self.topics[topic].advance(source, {})
            self.vector.advance(source)
        return self.vector.watermark


def test_a_family_is_as_far_as_the_slower_of_its_topics() -> None:
    topics = Topics()
    assert topics.report("signups", at=100) == NEVER  # nothing is known of the other
    assert topics.report("cancellations", at=50) == 50
    assert topics.report("cancellations", at=200) == 100
    assert topics.report("signups", 0, at=300) == 100
    assert topics.report("signups", 1, at=150) == 150


def test_an_idle_topic_does_not_hold_it() -> None:
    topics = Topics()
    topics.report("signups", at=100)
    topics.report("cancellations", at=50)
    assert topics.report("cancellations", 0, at=50, idle=True) == 50
    assert topics.report("cancellations", 1, at=50, idle=True) == 100
    assert topics.report("signups", at=400) == 400


def test_a_topic_without_an_event_does_not_hold_it_once_it_is_known_to_be_idle() -> None:
    topics = Topics()
    topics.report("signups", at=100)
    assert topics.report("cancellations", at=NEVER, idle=True) == 100


def test_one_that_wakes_behind_it_holds_it_but_does_not_set_it_back() -> None:
    topics = Topics()
    topics.report("signups", at=100)
    topics.report("cancellations", at=50, idle=True)
    assert topics.report("cancellations", 0, at=60) == 100
    assert topics.report("signups", at=500) == 100
    assert topics.report("cancellations", 0, at=450) == 100
    assert topics.report("cancellations", 1, at=470) == 450


def test_after_a_common_pause_a_topic_counts_as_idle_only_when_it_says_so_again() -> None:
    topics = Topics()
    topics.report("signups", at=100, idle=True)
    topics.report("cancellations", at=120, idle=True)
    assert topics.vector.watermark == 120
    topics.report("signups", 0, at=900)
    topics.report("signups", 1, at=900)
    assert topics.vector.watermark == 120
    assert topics.report("cancellations", 0, at=120, idle=True) == 120
    assert topics.report("cancellations", 1, at=120, idle=True) == 900


def test_after_a_take_over_a_topic_counts_as_idle_only_when_it_says_so_again() -> None:
    topics = Topics()
    topics.report("signups", at=100)
    topics.report("cancellations", at=50, idle=True)
    topics.vector = WatermarkVector(topics.topics)
    topics.vector.watermark = 100
    topics.vector.restored()
    assert topics.report("signups", at=700) == 100
    assert topics.report("cancellations", at=50, idle=True) == 700


def test_its_windows_age_only_while_all_its_topics_are_idle() -> None:
    topics = Topics()
    topics.report("signups", at=100, idle=True)
    topics.report("cancellations", at=90)
    for wall in range(0, 60, 5):
        for topic in topics.topics.values():
            topic.tick(wall)
    assert topics.vector.clock == 90
    topics.report("signups", at=100, idle=True)
    topics.report("cancellations", at=90, idle=True)
    for wall in range(60, 81, 5):
        for topic in topics.topics.values():
            topic.tick(wall)
    assert topics.vector.clock == 100 + 20


def test_a_partition_is_frozen_where_it_has_passed_in_every_topic() -> None:
    topics = Topics()
    topics.report("signups", 0, at=100_000)
    topics.report("signups", 1, at=90_000)
    topics.report("cancellations", 0, at=70_000)
    past = GRACE + BASE
    assert topics.vector.frozen(GRACE) == {0: 70_000 - past, 1: NEVER - past}
    newer = Source("cancellations", 1, 9, 0, 80_000, idle=False)
    assert topics.vector.frozen_by(newer, GRACE) == 80_000 - past
    ahead = Source("cancellations", 1, 9, 0, 95_000, idle=False)
    assert topics.vector.frozen_by(ahead, GRACE) == 90_000 - past
    assert topics.vector.passed() == NEVER
    topics.report("cancellations", 1, at=80_000)
    assert topics.vector.passed() == 70_000


# -- the stage -------------------------------------------------------------------------------------


class Run:
    """One source partition, and the aggregate stage with a family of two topics."""

    def __init__(self) -> None:
        self.ingest = IngestStage(0, 1, SETTINGS)
        families = {"moves": MOVES, "complaints": FAMILIES["complaints"]}
        self.aggregate = AggregateStage(0, 1, SETTINGS, provisional_interval=0, families=families)
        self.flushes = 0
        self.status: dict[tuple[str, str], str] = {}
        self.rows: dict[bytes, bytes | None] = {}

    def move(self, topic: str, event_id: str, time: int) -> None:
        money = "monthly_value" if topic == "signups" else "value_lost"
        fields: dict[str, Any] = {"customer_id": event_id, "currency": "EUR", money: 100}
        self.ingest.process(topic, records(complaint(event_id, time, **fields)), WALL)
        self.flush()

    def flush(self) -> None:
        self.flushes += 1
        sent = self.ingest.flush(self.flushes, WALL).sends
        partials = [Record(0, None, send.value) for send in sent if send.topic == PARTIALS]
        self.aggregate.process(PARTIALS, partials, WALL)
        rows, sends = self.aggregate.flush(self.flushes, WALL + self.flushes)
        self.rows.update(rows)
        for send in sends:
            row = json.loads(send.value or b"{}")
            if row.get("grain") == "1h" and not row["labels"]:
                self.status[row["metric"], row["start"][11:16]] = row["status"]


def test_a_bucket_closes_when_both_topics_have_passed_it() -> None:
    run = Run()
    run.move("signups", "a", T0 + 60)
    run.move("cancellations", "b", T0 + 90)
    run.move("signups", "c", T0 + 2 * HOUR)
    assert run.status["signups", "00:00"] == "provisional"
    run.move("cancellations", "d", T0 + HOUR + GRACE - 1)
    assert run.status["signups", "00:00"] == "provisional"
    run.move("cancellations", "e", T0 + HOUR + GRACE)
    assert run.status["signups", "00:00"] == "final"
    assert run.status["cancellations", "00:00"] == "final"
    assert run.aggregate.watermarks() == dict.fromkeys(MOVES.metrics, T0 + HOUR + GRACE)


def test_a_bucket_closes_without_a_topic_that_is_idle() -> None:
    run = Run()
    run.move("signups", "a", T0 + 60)
    run.move("cancellations", "b", T0 + 90)
    run.move("signups", "c", T0 + 2 * HOUR)
    for wall in (WALL + 1, WALL + 2 + TIMEOUT):
        run.ingest.tick(wall, {"cancellations"})
    run.flush()
    assert run.status["signups", "00:00"] == "final"


def test_a_topic_that_no_family_depends_on_is_known_as_far_as_it_is() -> None:
    run = Run()
    event = complaint("x", T0, customer_id="c", amount=5, currency="EUR", kind="fee")
    run.ingest.process("revenue", records(event), WALL)
    sent = run.ingest.flush(1, WALL).sends
    bare = AggregateStage(0, 1, SETTINGS, families={"moves": MOVES})
    for send in sent:
        if send.topic == PARTIALS:
            assert send.value is not None
            bare.process(PARTIALS, [Record(0, None, without_cells(send.value))], WALL)
    assert bare.pending() > 0
    flush = bare.flush(1, WALL)
    assert PROGRESS.key("revenue") in dict(flush.rows)
    assert list(bare.source_progress()) == [SourceProgress("revenue", 0, T0, ended=False)]
    assert bare.pending() == 0
    other = AggregateStage(0, 1, SETTINGS, families={"moves": MOVES})
    other.restore({key: value for key, value in flush.rows if value is not None})
    assert list(other.source_progress()) == list(bare.source_progress())


def without_cells(partials: bytes) -> bytes:
    """Give a message as a topic without metrics sends it."""
    known = read_partials(partials)
    return msgspec.msgpack.encode(msgspec.structs.replace(known, series=[]))


# -- what is written down --------------------------------------------------------------------------


def tables(topics: Topics) -> FamilyTables:
    return FamilyTables("moves", MOVES, topics.topics, SETTINGS, GRAINS)


def test_a_family_and_its_topics_are_restored_each_as_far_as_it_was() -> None:
    topics = Topics()
    family = tables(topics)
    rows = ProgressRows(topics.topics, {"moves": family}, None)
    for name, at in (("signups", 300), ("cancellations", 200), ("moves", 250)):
        rows.restore(StoredRow(PROGRESS, (name,), (at, 0)))
    rows.restored()
    assert {name: topic.watermark for name, topic in topics.topics.items()} == {
        "signups": 300,
        "cancellations": 200,
    }
    assert family.progress.watermark == 250
    written = dict(rows.changed(["signups"], ["moves"]))
    assert written == {
        PROGRESS.key("signups"): PROGRESS.encode((300, 0)),
        PROGRESS.key("moves"): PROGRESS.encode((250, 0)),
    }


def test_a_family_that_is_new_to_a_state_begins_where_its_topics_are() -> None:
    topics = Topics()
    family = tables(topics)
    rows = ProgressRows(topics.topics, {"moves": family}, None)
    rows.restore(StoredRow(PROGRESS, ("signups",), (300, 0)))
    rows.restore(StoredRow(PROGRESS, ("cancellations",), (200, 0)))
    rows.restored()
    assert family.progress.watermark == 200


@pytest.mark.parametrize("silent", [False, True])
def test_snapshots_go_with_the_last_bucket_that_could_need_them(silent: bool) -> None:  # noqa: FBT001
    """Though a topic that never reports anything would hold them for ever."""
    topics = Topics()
    family = tables(topics)
    source = Source("signups", 0, 0, 0, T0, idle=False)
    key = '["signups",{}]'
    assert topics.topics["signups"].is_newer(source)
    family.merge(source, [(key, [(T0, 3, None, None)])])
    topics.topics["signups"].advance(source, {})
    assert family.buckets.held_snapshots() == {(T0, 0, key): (3, None)}
    topics.report("signups", at=T0 + 402 * DAY)
    topics.report("cancellations", at=NEVER if silent else T0 + 402 * DAY, idle=silent)
    family.progress.advance(Source("cancellations", 1, 99, 0, NEVER, idle=silent))
    family.progress.advance(Source("cancellations", 0, 99, 0, NEVER, idle=silent))
    assert family.edge == T0 + 402 * DAY - GRACE
    for _ in range(2):
        list(family.buckets.freeze(family.progress.frozen(GRACE)))
        family.buckets.evict(family.limits(T0 + 402 * DAY))
    assert family.buckets.held_snapshots() == {}
