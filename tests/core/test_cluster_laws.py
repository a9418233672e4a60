"""Laws of the stages: whatever happens to a cluster, it reports what one clean pass reports.

A run takes well under a minute. LAWS_EXAMPLES=3000 pytest tests/core/test_cluster_laws.py looks
longer: so many runs of each machine, of up to LAWS_STEPS (default 40) happenings.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

import pytest
from events import T0, WALL
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from kept_counts import kept, recounted
from laws import EXAMPLES, PROFILE, kinds, parts
from small_cluster import INTERNAL, PLACES, Cluster, Owner, Place
from small_world import (
    BASE_DAYS,
    DAY,
    HOUR,
    USED,
    alerts,
    base,
    beat,
    buckets,
    letters,
    positions,
    produce,
    received,
    rolling,
    small_settings,
)

from schemas.topics import DEADLETTER, LATE
from streams.core.aggregate.merge import MAX_CLOSED_AGE
from streams.core.event_time.buckets import GRAINS
from streams.core.messages import SIGNALS

if TYPE_CHECKING:
    from streams.settings import Settings

pytestmark = pytest.mark.slow

places = st.sampled_from(PLACES)
topics = st.sampled_from(USED)
# Most behind the latest time by less than the grace period, some by so much that they are late.
lags = st.one_of(
    st.just(0), st.integers(0, 590), st.integers(600, 2 * HOUR), st.integers(DAY, 3 * DAY)
)
few = st.one_of(st.none(), st.integers(0, 3))
"""Pieces of work that are done of what was admitted; all where it is None."""
JUNK = (
    b"",
    None,
    b"{",
    b'{"event_id": 7}',
    b"\xff",
    b'{"event_id":"x","occurred_at":"9999-01-01"}',
)


@cache
def quiet_weeks(laws: type[ClusterLaws]) -> tuple[Cluster, int]:
    """Make one clean pass over three quiet weeks, for all runs; give where they end, too."""
    cluster = Cluster(laws.config, WALL)
    end = base(cluster)
    cluster.settle()
    cluster.owners.clear()  # their sketches go before the library does that made them
    return cluster, end


@cache
def learned_weeks(laws: type[ClusterLaws], first: int) -> Cluster:
    """Let stages live through these weeks themselves, and flush after `first` events a topic."""
    cluster = Cluster(laws.config, WALL)
    base(cluster)
    for place in PLACES:
        few = first if place.stage == "fold" else None
        for topic in place.topics():
            cluster.owners[place].process(topic, few)
        assert cluster.owners[place].flush()
    cluster.settle()
    return cluster


class ClusterLaws(RuleBasedStateMachine):
    """No partition is ever idle here, so all that is published must be as in a clean pass.

    A bucket closes once every source partition has passed it by the grace period, and whatever
    came for it from a partition is reported before or with the watermark that passes it. So not
    even the order between partitions can turn a final row into an amended one: statuses are
    compared.
    Only when a row was last reported differs (`watermark` of a row, `at` of a refusal).
    """

    config: ClassVar[Settings] = small_settings(idle_timeout=1e9)
    longest: ClassVar[float] = 2.0
    """Seconds that the wall clock goes on at once."""
    not_compared: ClassVar[str | None] = None
    """A stage of which no output is compared: a clean pass goes without it."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster = Cluster(self.config, WALL)
        self.zombies: list[Owner] = []
        self.now = self.begun = T0
        self.events = 0
        self.known: Cluster | None = None
        """What the clean pass goes on from."""

    @initialize(learned=st.booleans(), first=st.integers(0, 3))
    def begin(self, *, learned: bool, first: int) -> None:
        """Let stages have learned: from a few records at once, or by a take-over of all places."""
        if not learned:
            beat(self.cluster, self.now)
            return
        self.known, self.now = quiet_weeks(type(self))
        if first:
            self.cluster = learned_weeks(type(self), first).copied()
        else:
            self.cluster = self.known.taken_over()
        self.begun = self.now

    # -- the world ---------------------------------------------------------------------------

    @rule(topic=topics, made=st.lists(st.tuples(kinds, lags), min_size=1, max_size=6))
    def events_come(self, topic: str, made: list[tuple[int, int]]) -> None:
        for kind, lag in made:
            self.events += 1
            produce(self.cluster, topic, f"e{self.events}", self.now - lag, kind)

    @rule(kind=kinds, size=st.integers(20, 60), hours=st.integers(1, 20))
    def complaints_spike(self, kind: int, size: int, hours: int) -> None:
        for n in range(size):
            self.events += 1
            self.now += hours * HOUR // size
            produce(self.cluster, "complaints", f"e{self.events}", self.now, kind + 35 * n)

    @rule(seconds=st.one_of(st.integers(1, 2 * HOUR), st.just(DAY)))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        beat(self.cluster, self.now)

    @rule(topic=topics, partition=parts, back=st.integers(1, 30))
    def one_comes_again(self, topic: str, partition: int, back: int) -> None:
        log = self.cluster.logs[topic, partition]
        again = log[-min(back, len(log))]
        self.cluster.produce(topic, partition, again.key, again.value)

    @rule(topic=topics, partition=parts, value=st.sampled_from(JUNK))
    def junk_comes(self, topic: str, partition: int, value: bytes | None) -> None:
        self.cluster.produce(topic, partition, b"key", value)

    # -- the stages --------------------------------------------------------------------------

    @rule(place=places, most=st.integers(1, 20), pieces=few, data=st.data())
    def process(self, place: Place, most: int, pieces: int | None, data: st.DataObject) -> None:
        owner = self.cluster.owners[place]
        waiting = [topic for topic in place.topics() if owner.waiting(topic)]
        if waiting:
            owner.process(data.draw(st.sampled_from(waiting)), most, pieces)

    @rule(pieces=st.integers(1, 5))
    def incidents_work(self, pieces: int) -> None:
        self.cluster.owners[Place("incidents", 0)].work(pieces)

    @rule(place=places)
    def flush(self, place: Place) -> None:
        assert self.cluster.owners[place].flush()

    @rule(
        place=places,
        most=st.integers(1, 50),
        pieces=few,
        seconds=st.floats(0, 1),
    )
    def process_and_flush(
        self, place: Place, most: int, pieces: int | None, seconds: float
    ) -> None:
        owner = self.cluster.owners[place]
        for topic in place.topics():
            owner.process(topic, most, pieces)
        self.cluster.wall += seconds
        assert owner.flush()

    @rule(place=places)
    def begin_flush(self, place: Place) -> None:
        owner = self.cluster.owners[place]
        if owner.under_way is None:
            owner.begin()

    @rule(seconds=st.floats(0, 1))
    def tick(self, seconds: float) -> None:
        self.cluster.wall += seconds * self.longest
        for owner in self.cluster.owners.values():
            owner.tick()

    @rule(behind=st.sets(places, max_size=3))
    def others_catch_up(self, behind: set[Place]) -> None:
        for place in PLACES:
            owner = self.cluster.owners[place]
            if place not in behind:
                for topic in place.topics():
                    owner.process(topic)
                assert owner.flush()

    # -- what goes wrong ---------------------------------------------------------------------

    @rule(place=places)
    def crash(self, place: Place) -> None:
        """All of it is lost that was not committed, a flush under way too."""
        self.zombies.append(self.cluster.take_over(place))

    @rule(place=places, most=st.integers(1, 20))
    def crash_in_mid_flush(self, place: Place, most: int) -> None:
        owner = self.cluster.owners[place]
        for topic in place.topics():
            owner.process(topic, most)
        if owner.under_way is None:
            owner.begin()
        self.zombies.append(self.cluster.take_over(place))

    @rule(moved=st.sets(places, min_size=1, max_size=4), clean=st.booleans())
    def rebalance(self, moved: set[Place], *, clean: bool) -> None:
        for place in sorted(moved):
            if clean:
                assert self.cluster.owners[place].flush()
            self.zombies.append(self.cluster.take_over(place))

    @precondition(lambda self: self.zombies)
    @rule(data=st.data(), most=st.integers(1, 20))
    def zombie_writes(self, data: st.DataObject, most: int) -> None:
        zombie = data.draw(st.sampled_from(self.zombies))
        for topic in zombie.place.topics():
            zombie.process(topic, most)
        if zombie.under_way is None:
            zombie.begin()
        assert not zombie.commit()

    @rule(topic=st.sampled_from(INTERNAL), partition=parts, back=st.integers(1, 40))
    def old_message_comes_again(self, topic: str, partition: int, back: int) -> None:
        """Not that a transaction does it; but an old flush that comes late changes nothing."""
        partition = 0 if topic == SIGNALS else partition
        log = self.cluster.logs[topic, partition]
        if log:
            again = log[-min(back, len(log))]
            self.cluster.produce(topic, partition, again.key, again.value)

    # -- laws --------------------------------------------------------------------------------

    @invariant()
    def every_event_has_one_outcome(self) -> None:
        got = received(self.cluster)
        for name, processed in positions(self.cluster).items():
            assert got.get(name, {}) == {} if not processed else got[name].total() == processed

    def teardown(self) -> None:
        cluster = self.cluster
        if self.events % 2:  # else some buckets stay open
            beat(cluster, self.now + 2 * HOUR)
        assert kept(cluster) == recounted(cluster)
        cluster.settle()
        assert kept(cluster) == recounted(cluster)
        once = cluster.clean(self.known, self.not_compared)
        self.compare(cluster, once)
        got = received(cluster)
        assert got == received(once)
        for name, processed in positions(cluster).items():
            topic, partition = name.split(":")
            assert processed == len(cluster.logs[topic, int(partition)])
        counts = {"late": LATE, "refused": DEADLETTER}
        for outcome, topic in counts.items():
            reported = len(cluster.logs[topic, 0])  # each once
            assert reported == sum(outcomes[outcome] for outcomes in got.values())

    def compare(self, cluster: Cluster, once: Cluster) -> None:
        assert letters(cluster) == letters(once)
        assert buckets(cluster) == buckets(once)
        assert rolling(cluster) == rolling(once)
        assert alerts(cluster) == alerts(once)


class ZoneLaws(ClusterLaws):
    """Days are those of Paraguay, where one in the weeks that were learned has 25 hours."""

    config = small_settings(idle_timeout=1e9, timezone="America/Asuncion")


class IdleLaws(ClusterLaws):
    """Now the clock leaps, and partitions that were read to their end are idle for a while.

    An idle one does not hold the watermark back, so what it sends afterwards may come for buckets
    that closed: when a row turns from final to amended, when a window or a detector has seen what,
    depends on who was idle, which a clean pass cannot know. The counts do not, as long as a
    bucket is held: 5 minutes for 2 days after it closed, hours for 8, days for 400.
    """

    config = small_settings(idle_timeout=30.0)
    longest = 100.0
    not_compared = "incidents"

    def compare(self, cluster: Cluster, once: Cluster) -> None:
        span = self.now + 3 * HOUR - self.begun
        grains = [grain for grain in GRAINS if span < MAX_CLOSED_AGE[grain]]
        reported, expected = (buckets(one, status=False, grains=grains) for one in (cluster, once))
        assert reported == expected
        assert letters(cluster) == letters(once)


def test_a_copy_goes_on_as_what_it_is_a_copy_of() -> None:
    """Else runs would begin with stages as there are none."""
    lived = learned_weeks.__wrapped__(ClusterLaws, 2)
    copy = lived.copied()
    for cluster in (copy, lived):
        beat(cluster, T0 + (BASE_DAYS + 4) * DAY)
        cluster.settle()
    assert copy.changelogs == lived.changelogs
    assert copy.logs == lived.logs


TestClusterLaws = ClusterLaws.TestCase
TestClusterLaws.settings = PROFILE

TestZoneLaws = ZoneLaws.TestCase
TestZoneLaws.settings = settings(PROFILE, max_examples=max(1, EXAMPLES // 12))

TestIdleLaws = IdleLaws.TestCase
TestIdleLaws.settings = settings(PROFILE, max_examples=max(1, EXAMPLES // 2))
