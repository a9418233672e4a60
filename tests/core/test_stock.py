"""A stock: what was there at first, and what flowed in and out since, by segment.

channel web     opening 10, +3 on day 0, -1 on day 1   ->  10, 13, 12
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events import T0, WALL, complaint, records

from streams.core.aggregate.merged_watermark import MergedWatermark
from streams.core.aggregate.stock import FOREVER, StockLevel
from streams.core.catalogue import CUSTOMER_BASE, TOPIC_OF, TOPICS
from streams.core.detect.exposure import ALL
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.ingest import stock_flows
from streams.core.ingest.decode import Decoder
from streams.core.ingest.stock_flows import StockFlows
from streams.core.messages import Source
from streams.core.stock import Stock
from streams.settings import Settings

if TYPE_CHECKING:
    import pytest

    from streams.core.messages import FlowCount

SETTINGS = Settings()
GRACE = SETTINGS.tables.grace
INVITED = Stock({"referrals": 1, "refusals": -1}, "segment", lambda _: {"home": 10})
"""Not the customers: nothing but its declaration makes a stock."""


def referral(event_id: str, time: int, segment: str | None) -> dict[str, Any]:
    fields = {"customer_id": "c1", "referred_customer_id": "c2"}
    return complaint(event_id, time, segment=segment, **fields)


def flows_of(stock: Stock, topic: str, *events: dict[str, Any]) -> StockFlows:
    flows = StockFlows(stock, topic)
    batch = Decoder(topic, 0, SETTINGS.tables).accept(records(*events), WALL)
    assert len(batch) == len(events)
    flows.add(batch)
    return flows


class Level:
    """A stock whose topics have two partitions each."""

    def __init__(self, stock: Stock, opening: dict[str, int]) -> None:
        topics = [TOPIC_OF[metric] for metric in stock.flows]
        self.watermarks = {topic: MergedWatermark(2, 1e9) for topic in topics}
        self.level = StockLevel(stock, opening, self.watermarks, GRACE)
        self._flushes = 0

    def report(self, topic: str, partition: int, at: int, *flows: FlowCount) -> None:
        self._flushes += 1
        source = Source(topic, partition, self._flushes, 0, at, idle=False)
        assert self.watermarks[topic].is_newer(source)
        self.level.merge(source, flows)
        self.watermarks[topic].advance(source, {})


def test_flows_are_counted_by_day_and_segment_whatever_the_metric_is_called() -> None:
    events = [
        referral("a", T0, "home"),
        referral("b", T0 + HOUR, "home"),
        referral("c", T0 + HOUR, None),
        referral("d", T0 + DAY, "home"),
    ]
    flows = flows_of(INVITED, "referrals", *events)
    assert flows.changed() == [
        (T0, "home", 2),
        (T0, "unknown", 1),
        (T0 + DAY, "home", 1),
    ]


def test_what_flows_nowhere_is_not_counted() -> None:
    fields = {"customer_id": "c", "segment": "home", "value": 5, "currency": "EUR"}
    events = [
        complaint("a", T0, outcome="renewed", **fields),
        complaint("b", T0, outcome="refused", **fields),
    ]
    assert flows_of(INVITED, "renewals", *events).changed() == [(T0, "home", 1)]


def test_segments_beyond_the_bound_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_flows, "MAX_DAYS_AND_SEGMENTS", 2)
    flows = flows_of(
        INVITED, "referrals", *[referral(name, T0, name) for name in ("a", "b", "c", "d")]
    )
    assert flows.changed() == [(T0, "a", 1), (T0, "b", 1), (T0, "other", 2)]


def test_a_day_that_is_frozen_is_forgotten_with_its_row() -> None:
    flows = flows_of(INVITED, "referrals", referral("a", T0, "home"), referral("b", T0 + DAY, "x"))
    frozen = T0 + DAY
    assert list(flows.changed_to_store(T0)) == [(T0, "home", 1), (T0 + DAY, "x", 1)]
    assert list(flows.forget(frozen)) == [(T0, "home")]
    assert flows.changed() == []
    other = StockFlows(INVITED, "referrals")
    other.restore(T0 + DAY, "x", 1)
    assert list(other.forget(frozen + DAY)) == [(T0 + DAY, "x")]


def test_the_stock_of_a_day_is_the_opening_and_what_flowed_before_it() -> None:
    stock = Level(INVITED, {"home": 10, "shop": 1})
    stock.report("referrals", 0, T0, (T0, "home", 3), (T0 + DAY, "away", 2))
    stock.report("referrals", 1, T0, (T0, "home", 1))
    stock.report("renewals", 0, T0, (T0 + DAY, "home", 5))
    on = stock.level.on
    assert on(T0) == {"home": 10, "shop": 1, ALL: 11}
    assert on(T0 + DAY) == {"home": 14, "shop": 1, ALL: 15}
    assert on(T0 + 2 * DAY) == {"home": 9, "shop": 1, "away": 2, ALL: 12}


def test_a_count_replaces_the_one_that_its_partition_sent_before() -> None:
    stock = Level(INVITED, {})
    stock.report("referrals", 0, T0, (T0, "home", 3))
    stock.report("referrals", 1, T0, (T0, "home", 3))
    stock.report("referrals", 0, T0, (T0, "home", 4))
    assert stock.level.on(T0 + DAY)[ALL] == 7


def test_what_is_added_up_counts_on_and_its_rows_go() -> None:
    stock = Level(INVITED, {})
    flows = stock.level.flows["referrals"]
    later = T0 + 3 * DAY
    stock.report("referrals", 0, later, (T0, "home", 3), (later, "home", 1))
    assert list(flows.settle(later)) == []  # nothing is known of the other partition
    stock.report("referrals", 1, later, (T0, "home", 2))
    assert dict(flows.drain_changed()) == {
        (T0, "home", 0): 3,
        (T0, "home", 1): 2,
        (later, "home", 0): 1,
    }
    assert list(flows.settle(later)) == [("home", 5)]
    assert list(flows.drain_settled()) == [(T0, "home", 0), (T0, "home", 1)]
    assert stock.level.on(later)[ALL] == 5
    assert stock.level.on(later + DAY)[ALL] == 6


def test_it_is_known_up_to_the_day_that_all_its_topics_have_reached() -> None:
    stock = Level(INVITED, {})
    assert stock.level.reached == 0
    for partition in (0, 1):
        stock.report("referrals", partition, T0 + 5 * DAY + GRACE)
    assert stock.level.reached == 0
    for partition in (0, 1):
        stock.report("renewals", partition, T0 + 2 * DAY + GRACE)
    assert stock.level.reached == T0 + 3 * DAY
    for partition in (0, 1):
        source = Source("renewals", partition, 99, 0, T0 + 2 * DAY, idle=True)
        assert stock.watermarks["renewals"].is_newer(source)
        stock.watermarks["renewals"].advance(source, {})
    assert stock.level.reached == T0 + 6 * DAY
    assert stock.level.reached < FOREVER


def test_the_customers_are_declared_so_that_they_can_be_stored() -> None:
    topics = [TOPIC_OF[metric] for metric in CUSTOMER_BASE.flows]
    assert len(topics) == len(set(topics))
    assert all(CUSTOMER_BASE.segment in TOPICS[topic].labels for topic in topics)
    assert set(CUSTOMER_BASE.flows.values()) == {1, -1}


def test_the_customers_are_kept_where_complaints_are_judged_by_their_number() -> None:
    detect = SETTINGS.detect.model_copy(update={"opening": {"home": 7}})
    off = SETTINGS.model_copy(update={"detect": detect})
    on = off.model_copy(update={"detect": detect.model_copy(update={"rate": True})})
    assert CUSTOMER_BASE.opening(off.detect) is None
    assert CUSTOMER_BASE.opening(on.detect) == {"home": 7}
