"""Complaints by the number of customers: known from sign-ups and cancellations, whatever the order.

day           0        ...       45        ...      60
customers     600                1200 or 300
complaints    30 a day           60 or 30 a day
"""

from __future__ import annotations

import itertools
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from events import T0, WALL, complaint, records
from small_cluster import PARTITIONS, PLACES, Cluster
from small_world import alerts

from schemas.topics import HISTORY
from streams.core.aggregate.stage import AggregateStage
from streams.core.event_time.buckets import DAY
from streams.core.messages import PARTIALS
from streams.core.partials import read as read_partials
from streams.core.pipeline import Pipeline
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.stage import Record, Send

import msgspec

TURN, LAST = 45, 60
Event = tuple[str, dict[str, Any]]
"""Topic and event."""


def settings(*, rate: bool = True, opening: dict[str, int] | None = None) -> Settings:
    known = Settings()
    changed = {"rate": rate, "opening": opening or {}}
    tables = known.tables.model_copy(update={"idle_timeout": 1e9})
    detect = known.detect.model_copy(update=changed)
    return known.model_copy(update={"detect": detect, "tables": tables})


def signup(name: str, time: int) -> Event:
    fields = {"customer_id": name, "segment": "Gold", "channel": "web", "plan": "basic"}
    return "signups", complaint(name, time, **fields, monthly_value=1000, currency="USD")


def cancellation(name: str, time: int) -> Event:
    fields = {"customer_id": name, "segment": "Gold", "reason": "price"}
    return "cancellations", complaint(name, time, **fields, value_lost=1000, currency="USD")


def heartbeats(day: int) -> Iterable[Event]:
    """Somebody comes and somebody leaves every day."""
    yield signup(f"in-{day}", T0 + day * DAY + 7200)
    yield cancellation(f"out-{day}", T0 + day * DAY + 7200)


def world(after: int, complaints: int) -> list[list[Event]]:
    """Day by day: 600 customers who become `after` on day TURN, and `complaints` a day then."""
    days: list[list[Event]] = []
    for day in range(LAST):
        many = 30 if day < TURN else complaints
        events = [*heartbeats(day)]
        if day == 0:
            events += [signup(f"c{n}", T0 + 3600 + n) for n in range(600)]
        if day == TURN:
            start = T0 + day * DAY - 3600  # just before it begins
            for n in range(abs(after - 600)):
                change = (
                    signup(f"d{n}", start + n) if after > 600 else cancellation(f"c{n}", start + n)
                )
                events.append(change)
        for n in range(many):
            at = T0 + day * DAY + n * DAY // many
            fields = {"company": "Acme", "product": "Loan", "segment": "Gold"}
            events.append(("complaints", complaint(f"{day}-{n}", at, **fields)))
        days.append(sorted(events, key=lambda event: event[1]["occurred_at"]))
    return days


def replay(days: list[list[Event]], using: Settings) -> list[dict[str, Any]]:
    """Put days through a pipeline; give the alerts of the total that opened."""
    pipeline = Pipeline(using)
    sends: list[Send] = []
    for events in days:
        for topic, group in itertools.groupby(events, key=lambda event: event[0]):
            sends += pipeline.process(topic, records(*(event for _, event in group)), WALL)
    sends += pipeline.finish(WALL)
    reported = [json.loads(send.value or b"") for send in sends if send.topic == HISTORY]
    return [row for row in reported if row["labels"] == {} and row["reason"] == "opened"]


@pytest.mark.slow
def test_twice_the_customers_with_twice_the_complaints_is_no_alarm() -> None:
    days = world(1200, 60)
    assert replay(days, settings(rate=False))
    assert replay(days, settings()) == []


@pytest.mark.slow
def test_the_same_complaints_from_half_the_customers_is_one() -> None:
    days = world(300, 30)
    assert replay(days, settings(rate=False)) == []
    (alert,) = replay(days, settings())
    assert alert["observed"] > alert["upper"] > alert["expected"]
    assert alert["expected"] / alert["observed"] == pytest.approx(0.5, abs=0.15)


@pytest.mark.slow
def test_customers_before_the_first_event_count() -> None:
    """300 more or fewer are nothing to 60,000."""
    assert replay(world(300, 30), settings(opening={"Gold": 60_000})) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", ["complaints", "signups", "cancellations"])
def test_whichever_topic_is_read_first_the_alerts_are_the_same(first: str) -> None:
    days = world(300, 30)
    events = [event for day in days for event in day]
    ahead = [event for event in events if event[0] == first]
    behind = [event for event in events if event[0] != first]
    assert replay([ahead, behind], settings()) == replay(days, settings())


def produce(cluster: Cluster, days: list[list[Event]]) -> None:
    for number, (topic, event) in enumerate(event for day in days for event in day):
        value = msgspec.json.encode(event)
        cluster.produce(topic, number % PARTITIONS, None, value)
    for topic, partition in itertools.product(
        ("signups", "cancellations", "complaints"), range(PARTITIONS)
    ):
        make = {"signups": signup, "cancellations": cancellation}.get(topic)
        name, time = f"end-{topic}-{partition}", T0 + LAST * DAY + 7200
        event = complaint(name, time) if make is None else make(name, time)[1]
        cluster.produce(topic, partition, None, msgspec.json.encode(event))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_crashes_and_orders_change_no_alert(seed: int) -> None:
    source = random.Random(seed)
    cluster = Cluster(settings(), WALL)
    produce(cluster, world(300, 30))
    for _ in range(250):
        owner = cluster.owners[source.choice(PLACES)]
        topic = source.choice(owner.place.topics())
        owner.process(topic, source.choice((1, 40, 700)))
        if source.random() < 0.3:
            owner.flush()
        if source.random() < 0.1:
            cluster.take_over(owner.place)
    cluster.settle()
    clean = cluster.clean()
    assert alerts(cluster)
    assert alerts(cluster) == alerts(clean)


@pytest.mark.slow
def test_days_that_are_over_are_added_up() -> None:
    cluster = Cluster(settings(), WALL)
    produce(cluster, world(300, 30))
    cluster.settle()
    for place, rows in cluster.changelogs.items():
        heads = [key for key in rows if key.startswith(b"h\t")]
        if place.stage != "incidents":
            assert 0 < len(heads) <= 30


def test_a_partition_gets_the_counts_of_all_customers_and_only_where_it_matters() -> None:
    days = world(600, 30)[:3]
    for rate in (True, False):
        cluster = Cluster(settings(rate=rate), WALL)
        produce(cluster, days)
        cluster.settle()
        for partition in range(PARTITIONS):
            log = cluster.logs[PARTIALS, partition]
            heads = [head for record in log for head in read_partials(record.value or b"").flows]
            came = {(day, s) for day, s, _ in heads}
            assert bool(heads) is rate
            assert not rate or {segment for _, segment in came} == {"Gold"}


def test_nothing_is_judged_before_the_number_of_customers_is_known() -> None:
    stage = AggregateStage(0, 1, settings(), provisional_interval=0)
    pipeline_log: list[Record] = []
    cluster = Cluster(settings(), WALL)
    produce(cluster, world(600, 30)[:5])
    cluster.settle()
    for record in cluster.logs[PARTIALS, 0]:
        partials = read_partials(record.value or b"")
        if partials.source.topic == "complaints" and partials.source.partition == 0:
            pipeline_log.append(record)
    stage.process(PARTIALS, pipeline_log, WALL)
    assert stage.watermarks()["complaints"] > T0 + 4 * DAY
    assert stage.census()["complaints"].learning == 0
