"""Laws of merging: neither the order between partitions nor a repetition changes anything.

LAWS_EXAMPLES=3000 pytest tests/core/test_merging_laws.py looks longer.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from events import WALL
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import EXAMPLES, PROFILE, kinds, parts
from small_cluster import PARTITIONS, Cluster, Place
from small_world import DAY, USED, alerts, base, beat, buckets, produce, small_settings
from state_rows import by_series

from streams.core.aggregate.stage import AggregateStage
from streams.core.alerts.stage import AlertsStage
from streams.core.messages import PARTIALS, SIGNALS
from streams.core.stage import Flush, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.slow

CONFIG = small_settings(idle_timeout=1e9)


class Reported(NamedTuple):
    """A flush of one source partition: its messages for a series partition and for incidents."""

    partials: list[Record]
    signals: list[Record]

    def __repr__(self) -> str:
        return f"Reported({len(self.partials)} partials, {len(self.signals)} signals)"


@st.composite
def flushes(draw: st.DrawFn) -> list[list[Reported]]:
    """By source partition what its fold sends, flush by flush, of three weeks and a spike."""
    cluster = Cluster(CONFIG, WALL)
    now = base(cluster)
    for n in range(draw(st.integers(0, 60))):
        now += draw(st.integers(1, 1200))
        produce(cluster, "complaints", f"s{n}", now, draw(kinds))
    beat(cluster, now + DAY)
    found: list[list[Reported]] = []
    for partition in range(PARTITIONS):
        owner = cluster.owners[Place("fold", partition)]
        reported = []
        while any(owner.waiting(topic) for topic in USED):
            for topic in USED:
                owner.process(topic, draw(st.integers(1, 40)))
            owner.begin()
            written, owner.under_way = owner.under_way, None
            assert written is not None
            owner.marker = written.marker
            records = [
                [Record(0, None, s.value) for s in written.flush.sends if s[:2] == target]
                for target in ((PARTIALS, 0), (SIGNALS, 0))
            ]
            reported.append(Reported(*records))
        found.append(reported)
    return found


def tables(reported: Iterable[Reported]) -> tuple[set[bytes], dict[str, Any], list[Any]]:
    """Give what a series stage has rows of in the end, its buckets, and what alerts follow."""
    cluster = Cluster(CONFIG, WALL)
    series, incidents = (cluster.owners[Place(stage, 0)] for stage in ("series", "incidents"))
    incidents.stage = AlertsStage(PARTITIONS, 1, CONFIG)
    for partials, signals in reported:
        series.stage.process(PARTIALS, partials, cluster.wall)
        cluster.wall += 1.0
        assert series.flush()
        for record in signals:
            cluster.produce(SIGNALS, 0, None, record.value)
        incidents.process(SIGNALS)
        assert incidents.flush()
    while series.stage.pending():  # what is open and rests is published with the next flush
        cluster.wall += 1.0
        assert series.flush()
    return set(by_series(cluster.changelogs[series.place])), buckets(cluster), alerts(cluster)[1]


@given(flushes(), st.lists(st.tuples(parts, st.one_of(st.none(), st.integers(1, 99))), min_size=20))
@settings(PROFILE, max_examples=max(1, EXAMPLES // 4))
def test_merging_depends_on_no_order_between_partitions_and_on_no_repetition(
    by_partition: list[list[Reported]], picks: list[tuple[int, int | None]]
) -> None:
    lanes = [list(reported) for reported in by_partition]
    mixed: list[Reported] = []
    for partition, again in picks:
        if lanes[partition]:
            mixed.append(lanes[partition].pop(0))
        if again and mixed:
            mixed.append(mixed[-(again % len(mixed))])  # one of the last, or a very old one
    mixed.extend(chain.from_iterable(lanes))
    once = tables(chain.from_iterable(by_partition))
    assert tables(mixed) == once


@given(flushes(), st.data())
@settings(PROFILE, max_examples=max(1, EXAMPLES // 4))
def test_an_old_flush_that_comes_late_changes_nothing(
    by_partition: list[list[Reported]], data: st.DataObject
) -> None:
    all_reported = list(chain.from_iterable(by_partition))
    series = AggregateStage(0, PARTITIONS, CONFIG, provisional_interval=0)
    incidents = AlertsStage(PARTITIONS, 1, CONFIG)
    for number, reported in enumerate(all_reported):
        series.process(PARTIALS, reported.partials, WALL)
        sends = series.flush(number, WALL).sends
        reported.signals.extend(Record(0, None, s.value) for s in sends if s.topic == SIGNALS)
        incidents.process(SIGNALS, reported.signals, WALL)
        incidents.flush(number, WALL)
    for old in data.draw(st.lists(st.sampled_from(all_reported), min_size=1)):
        series.process(PARTIALS, old.partials, WALL)
        incidents.process(SIGNALS, old.signals, WALL)
        assert (series.pending(), incidents.pending()) == (0, 0)
        assert series.flush(2, WALL) == incidents.flush(2, WALL) == Flush([], [])
