from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from review_rows import BOTH, LEFT, NOBODY, action, customer, published, reviewed

from streams.readmodel.review.draw import Callers, draw, lot
from streams.readmodel.review.losses import losses

if TYPE_CHECKING:
    from streams.readmodel.customers import CustomerRecord


def company(count: int) -> list[CustomerRecord]:
    chance = random.Random(7)
    return [
        customer(
            f"c{number}",
            f"2017-01-{1 + number % 28:02}T00:00:00Z",
            chance.choice([0, 10, 100, 5_000]),
            reason=chance.choice(["price", "price", "price", "service", "moved"]),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, 3, 7, 20, 200])
@pytest.mark.parametrize("callers", [NOBODY, BOTH, Callers(("Ada", "Grace", "Edsger"), 10)])
def test_nobody_is_drawn_twice_and_no_more_than_there_are(count: int, callers: Callers) -> None:
    calls = reviewed(company(count), callers=callers).calls
    names = [one.customer_id for one in calls]
    assert len(set(names)) == len(names)
    assert len(names) == min(count, len(callers.executives) * callers.calls)
    most = Counter(one.executive for one in calls)
    assert all(drawn <= callers.calls for drawn in most.values())


def test_a_draw_is_the_same_whatever_order_rows_come_in_and_another_next_month() -> None:
    rows = company(60)
    first = reviewed(rows, callers=BOTH).calls
    random.Random(3).shuffle(rows)
    assert reviewed(rows, callers=BOTH).calls == first
    lost = losses(rows, "2017-01-01T00:00:00Z", "2017-02-01T00:00:00Z")
    other = [call.loss.customer_id for call in draw(lost, "2017-03", BOTH)]
    assert other != [one.customer_id for one in first]


def test_both_ways_of_drawing_take_turns_and_reasons_come_as_often_as_stated() -> None:
    calls = reviewed(company(200), callers=Callers(("Ada",), 20)).calls
    assert [one.drawn_by for one in calls] == ["value", "reason"] * 10
    picked = Counter(one.reason for one in calls)
    assert set(picked) == {"price", "service", "moved"}
    assert picked["price"] == max(picked.values())


def test_by_value_the_chance_is_the_share_of_what_was_lost() -> None:
    rows = [customer("big", "2017-01-02T00:00:00Z", 900), *company(0)]
    rows += [customer(f"s{n}", "2017-01-02T00:00:00Z", 10) for n in range(10)]
    lost = losses(rows, "2017-01-01T00:00:00Z", "2017-02-01T00:00:00Z")
    once = Callers(("Ada",), 1)
    hits = sum(
        draw(lost, f"{year}-01", once)[0].loss.customer_id == "big" for year in range(1000, 2000)
    )
    assert 870 <= hits <= 930  # of 1,000; by chance 900, and the same numbers each time


def test_a_lot_is_in_its_bounds_and_hangs_on_all_three() -> None:
    lots = {lot(*names) for names in [("p", "e", "c"), ("q", "e", "c"), ("p", "f", "c"),
                                      ("p", "e", "d")]}  # fmt: skip
    assert len(lots) == 4
    assert all(0 < one <= 1 for one in lots)


def test_who_asked_not_to_be_called_or_is_back_is_not_drawn() -> None:
    asked = action(1, "call_made", "b", customer_id="b", outcome="do_not_call", review="2016-12")
    back = {"kind": "reactivated", "at": "2017-03-01T00:00:00Z", "reason": "unknown", "values": {}}
    rows = [LEFT[0], LEFT[1], customer("r", "2017-01-06T00:00:00Z", 5_000, later=[back])]
    assert [one.customer_id for one in reviewed(rows, [asked], callers=BOTH).calls] == ["a"]
    assert len(reviewed(rows, callers=BOTH).calls) == 2  # b, had it not asked


def test_calls_stay_as_published_and_others_fill_up() -> None:
    rows = company(30)
    first = reviewed(rows, callers=BOTH)
    more = [*rows, *(customer(f"z{n}", "2017-01-30T00:00:00Z", 10**9) for n in range(30))]
    again = reviewed(more, reviews=[published(first)], callers=BOTH)
    assert again.calls == first.calls
    wider = reviewed(more, reviews=[published(first)], callers=Callers(("Ada", "Grace"), 5))
    assert {one.customer_id for one in first.calls} < {one.customer_id for one in wider.calls}
    assert len(wider.calls) == 10


def test_who_was_drawn_by_another_review_is_not_drawn_again() -> None:
    left = customer("a", "2017-01-03T00:00:00Z", later=[
        {"kind": "reactivated", "at": "2017-02-10T00:00:00Z", "reason": "unknown", "values": {}},
        {"kind": "lost", "at": "2017-02-20T00:00:00Z", "reason": "price", "values": {"USD": 1}},
    ])  # fmt: skip
    before = customer("a", "2017-01-03T00:00:00Z")
    january = published(reviewed([before], callers=BOTH))
    assert len(january.calls) == 1
    assert reviewed([left], reviews=[january], name="2017-02", callers=BOTH).calls == []
    assert len(reviewed([left], name="2017-02", callers=BOTH).calls) == 1
