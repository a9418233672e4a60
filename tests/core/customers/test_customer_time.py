"""When what happens to customers is reported, and until when it is amended (rules 1 to 8)."""

from __future__ import annotations

from typing import Final

from customer_events import DAY, Partition, cancelled, change, correction, event, paid, signup, when

from streams.core.customers.clock import TopicTime, customer_clock
from streams.core.customers.definitions import Definitions
from streams.core.customers.sums import folding

USD: Final = {"USD": 4900}
TIERED: Final = Definitions(tiers=(("gold", {"USD": 10_000, "EUR": 5_000}),))


# -- 1: the clock ---------------------------------------------------------------------------------


def test_the_clock_is_the_least_watermark_of_topics_that_are_not_idle_less_the_grace() -> None:
    topics = [TopicTime(5000, idle=False), TopicTime(3000, idle=False), TopicTime(10, idle=True)]
    assert customer_clock(topics, 600, before=0) == 2400


def test_the_clock_never_goes_back_when_an_idle_topic_wakes() -> None:
    assert customer_clock([TopicTime(3000, idle=False)], 600, before=9000) == 9000


def test_a_topic_that_has_had_no_event_holds_the_clock_until_it_is_idle() -> None:
    topics = [TopicTime(5000, idle=False), TopicTime(0, idle=False)]
    assert customer_clock(topics, 600, before=0) == 0
    assert customer_clock([topics[0], TopicTime(0, idle=True)], 600, before=0) == 4400


def test_where_all_topics_are_idle_the_one_that_got_furthest_counts() -> None:
    assert customer_clock([TopicTime(5000, idle=True), TopicTime(9000, idle=True)], 0, 0) == 9000


def test_nothing_is_reported_before_the_clock_has_reached_it() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10T12:00:00")])
    partition.advance("2024-01-10T11:59:59")
    assert partition.movements() == []
    partition.advance("2024-01-10T12:00:00")
    assert partition.movements() == [("2024-01-10", "new", USD)]


def test_an_event_that_comes_late_takes_back_what_was_reported() -> None:
    partition = Partition()
    partition.process([cancelled("2024-03-01")])
    partition.advance("2024-06-01")
    assert partition.count("discovered") == 1
    partition.process([signup("2024-01-10")])
    partition.advance("2024-06-02")
    assert partition.movements() == [("2024-01-10", "new", USD), ("2024-03-01", "lost", USD)]


# -- 2: accepted, and once ------------------------------------------------------------------------


def test_a_lifecycle_event_that_comes_twice_counts_once() -> None:
    partition = Partition()
    one = signup("2024-01-10")
    partition.process([one, one])
    partition.advance("2024-02-01")
    partition.restart()
    partition.process([one])
    partition.advance("2024-02-02")
    assert partition.count("new") == 1


def test_complaints_without_a_customer_belong_to_no_life() -> None:
    partition = Partition()
    assert (
        partition.customers.process("complaints", [event("complaints", "2024-01-10", None)]) == []
    )
    partition.flush()
    assert len(partition.customers) == 0
    (cell,) = partition.select("complaints", "1mo")
    assert (cell.segment, cell.count, cell.lives) == ("unknown", 1, 0)


# -- 3, 4: horizon and base -----------------------------------------------------------------------


def test_a_lifecycle_event_older_than_13_months_is_too_late() -> None:
    partition = Partition()
    partition.advance("2024-06-15")
    assert partition.process([signup("2023-04-30T23:59:59")]) == ["before_base"]
    assert partition.process([signup("2023-05-01")]) == []


def test_an_end_that_is_backdated_too_far_is_too_late() -> None:
    partition = Partition()
    partition.advance("2024-06-15")
    old = cancelled("2024-06-01", effective_at="2023-04-01")
    assert partition.process([old]) == ["before_base"]
    fix = correction(signup("2023-04-01"), "2024-06-01")
    assert partition.process([fix]) == ["before_base"]


def test_money_is_counted_25_months_back_and_no_longer() -> None:
    partition = Partition(TIERED)
    partition.process([signup("2024-05-20", segment="A")])
    partition.advance("2024-06-15")
    assert partition.process([paid("2022-04-30")]) == ["before_horizon"]
    assert partition.process([paid("2022-05-01", 100), paid("2022-05-02", 10)]) == []
    partition.flush()
    assert partition.value("revenue") == {"USD": 110}


def test_what_is_old_is_folded_and_nothing_that_can_change_is_lost() -> None:
    partition = Partition(TIERED)
    partition.process([signup("2022-01-10", segment="A"), paid("2022-01-11")])
    for clock in ("2022-03-01", "2023-01-01", "2023-09-01"):
        partition.advance(clock)
    partition.process([change("changed", "2023-08-20", segment="B")])
    partition.advance("2023-10-01")
    life = partition.customers.life("ada")
    assert life is not None
    assert life.base is not None
    assert [entry.kind for entry in life.entries] == [1]
    partition.process([cancelled("2023-10-02")])
    partition.advance("2023-11-01")
    assert partition.movements() == [
        ("2022-01-10", "new", USD),
        ("2023-09-01", "moved_in", USD),
        ("2023-09-01", "moved_out", USD),
        ("2023-10-02", "lost", USD),
    ]
    assert partition.rows["ada"].since == when("2022-01-10")


def test_a_loss_that_is_folded_can_still_be_followed_by_a_return() -> None:
    partition = Partition()
    partition.process([signup("2022-01-10"), cancelled("2022-02-25"), signup("2022-03-05")])
    partition.advance("2022-06-01")
    partition.process([change("changed", "2023-07-02", plan="pro")])
    partition.advance("2023-08-01")  # the edge of the base lies between loss and return
    partition.process([cancelled("2023-08-02")])
    partition.advance("2023-08-05")
    assert partition.movements() == [("2022-01-10", "new", USD), ("2023-08-02", "lost", USD)]


def test_of_too_many_entries_the_oldest_are_folded_and_it_is_counted() -> None:
    partition = Partition()
    begin = when("2024-01-10")
    partition.process([signup(begin)])
    for number in range(1, folding.MOST + 40):
        at = begin + number * 3600
        partition.process([change("changed", at, monthly_value=4900 + number, currency="USD")])
    partition.advance(begin + 20 * DAY)
    partition.process([cancelled(begin + 21 * DAY)])
    partition.advance(begin + 22 * DAY)
    life = partition.customers.life("ada")
    assert life is not None
    assert len(life.entries) == folding.LEFT + 1
    assert partition.customers.counts()["lives_overflowed"] == 1
    late = change("changed", begin + 3600, monthly_value=1, currency="USD")
    assert partition.process([late]) == ["before_base"]
    assert partition.count("new") == 1
    assert partition.value("lost") == {"USD": 4900 + folding.MOST + 39}


def test_days_are_amended_for_400_days_and_months_longer() -> None:
    partition = Partition()
    partition.process([signup("2023-02-10")])
    partition.advance("2023-03-01")
    partition.advance("2024-03-20")
    partition.process([change("changed", "2023-02-11", monthly_value=9900, currency="USD")])
    partition.advance("2024-03-21")
    assert partition.value("expansion", "1mo") == {"USD": 5000}
    assert partition.value("expansion", "1d") == {}
    assert partition.customers.counts()["months_only"] > 0


# -- 5: the same second ---------------------------------------------------------------------------


def test_what_is_said_twice_in_one_second_is_decided_by_the_ids_and_not_by_what_came_first() -> (
    None
):
    at = "2024-02-01T10:00:00"
    first, second = (
        change("changed", at, monthly_value=value, currency=currency, event_id=f"same-{value}")
        for value, currency in ((100, "USD"), (200, "EUR"))
    )
    found = []
    for order in ([first, second], [second, first]):
        partition = Partition()
        partition.process([*order, signup("2024-01-10", segment="B"), signup("2024-01-10", "bob")])
        partition.advance("2024-03-01")
        found.append((partition.movements(), partition.rows))
    assert found[0] == found[1]


# -- 7: provisional losses ------------------------------------------------------------------------


def test_a_loss_is_reported_at_once_and_taken_back_by_a_return() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), cancelled("2024-03-01")])
    partition.advance("2024-03-02")
    assert partition.count("lost") == 1
    partition.process([change("resumed", "2024-03-10")])
    partition.advance("2024-03-11")
    assert partition.count("lost") == 0


# -- 8: reasons -----------------------------------------------------------------------------------


def test_a_loss_says_why_whether_avoidable_on_whose_initiative_and_of_which_plan() -> None:
    partition = Partition()
    partition.process(
        [
            signup("2024-01-10", plan="pro", channel="web"),
            cancelled(
                "2024-03-01", reasons=["price", "moved"], avoidable=True, initiative="customer"
            ),
        ]
    )
    partition.advance("2024-03-02")
    labels = {
        cell.dimension: cell.label for cell in partition.cells.values() if cell.kind == "lost"
    }
    assert labels == {
        None: None,
        "reason": "price",
        "avoidable": "true",
        "initiative": "customer",
        "plan": "pro",
    }
    new = {cell.dimension: cell.label for cell in partition.cells.values() if cell.kind == "new"}
    assert new == {None: None, "channel": "web", "plan": "pro"}


def test_who_does_not_pay_is_lost_for_payment() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), change("past_due", "2024-02-01")])
    partition.advance("2024-02-20")
    assert partition.rows["ada"].status == "past_due"
    partition.advance("2024-04-01")
    assert partition.count("lost", dimension="reason", label="past due") == 1
    assert partition.count("lost", dimension="initiative", label="payment") == 1


def test_another_currency_is_the_reason_of_what_it_moves() -> None:
    partition = Partition()
    euros = change("changed", "2024-02-01", monthly_value=1, currency="EUR", reason="moved")
    partition.process([signup("2024-01-10"), euros])
    partition.advance("2024-02-02")
    for kind in ("expansion", "contraction"):
        assert partition.count(kind, dimension="reason", label="currency") == 1
