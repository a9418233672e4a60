"""The rules about customers, each by a small example; the stories are in test_customer_stories."""

from __future__ import annotations

from typing import Any, Final

import pytest
from customer_events import DAY, Partition, change, correction, event, topic_of, when

from streams.core.customers import folding
from streams.core.customers.calendar import months_of
from streams.core.customers.clock import TopicTime, customer_clock
from streams.core.customers.customers import Customers
from streams.core.customers.definitions import Definitions
from streams.core.customers.store import SHARDS

USD: Final = {"USD": 4900}
TIERED: Final = Definitions(tiers=(("gold", {"USD": 10_000, "EUR": 5_000}),))


def signup(at: str | int, customer: str = "ada", **fields: Any) -> Any:
    return event("signups", at, customer, **{"monthly_value": 4900, "currency": "USD", **fields})


def cancelled(at: str | int, customer: str = "ada", **fields: Any) -> Any:
    return event("cancellations", at, customer, **{"value_lost": 58_800, **fields})


def paid(at: str | int, amount: int = 4900, customer: str = "ada", **fields: Any) -> Any:
    return event("revenue", at, customer, amount=amount, **fields)


def groups(partition: Partition, kind: str) -> list[tuple[str, str | None, int]]:
    """Give segment, tier and count of the cells of months of one kind, in order of months."""
    cells = sorted(partition.select(kind, "1mo"), key=lambda c: (c.start, c.segment, str(c.tier)))
    return [(c.segment, c.tier, c.count) for c in cells]


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
    assert len(partition.customers) == 0


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


# -- 13, 14, 15: groups ---------------------------------------------------------------------------


def test_a_segment_holds_from_the_month_after_it_is_stated_or_that_of_the_first() -> None:
    partition = Partition()
    partition.process(
        [
            signup("2024-01-10", segment="A"),
            change("changed", "2024-02-15", segment="B"),
            paid("2024-02-20", segment="Z"),
        ]
    )
    partition.advance("2024-04-01")
    assert groups(partition, "new") == [("A", "base", 1)]
    assert groups(partition, "moved_out") == [("A", "base", 1)]
    assert groups(partition, "moved_in") == [("B", "base", 1)]
    assert [c.start for c in partition.select("moved_in", "1d")] == [when("2024-03-01")]
    assert groups(partition, "revenue") == [("A", "base", 1)]


def test_a_tier_is_earned_by_the_margin_of_the_twelve_months_before() -> None:
    partition = Partition(TIERED)
    partition.process([signup("2023-01-10", segment="A")])
    partition.process([paid("2023-01-11", 12_000, cost_to_serve=2_000)])
    for month in range(2, 13):
        partition.advance(f"2023-{month:02}-03")
    assert groups(partition, "moved_in") == [("A", "gold", 1)]
    assert partition.rows["ada"].tier == "gold"
    partition.advance("2024-01-31")
    assert partition.rows["ada"].tier == "gold"
    partition.advance("2024-02-01")
    assert groups(partition, "moved_in") == [("A", "gold", 1), ("A", "base", 1)]
    assert partition.rows["ada"].tier == "base"


def test_currencies_earn_a_tier_together_each_by_its_own_threshold() -> None:
    partition = Partition(TIERED)
    partition.process([signup("2024-01-10", segment="A")])
    partition.process([paid("2024-01-11", 5_000), paid("2024-01-12", 2_499, currency="EUR")])
    partition.advance("2024-02-02")
    assert partition.rows["ada"].tier == "base"
    partition.process([paid("2024-01-13", 1, currency="EUR")])
    partition.advance("2024-02-03")
    assert partition.rows["ada"].tier == "gold"


def test_revenue_that_comes_late_moves_the_customer_in_the_months_after_it() -> None:
    partition = Partition(TIERED)
    partition.process([signup("2024-01-10", segment="A"), cancelled("2024-05-05")])
    partition.advance("2024-05-20")
    assert groups(partition, "lost") == [("A", "base", 1)]
    partition.process([paid("2024-02-11", 10_000)])
    partition.advance("2024-05-21")
    assert groups(partition, "lost") == [("A", "gold", 1)]
    assert [c.start for c in partition.select("moved_in", "1mo")] == [when("2024-03-01")]


def test_months_and_days_begin_in_the_zone_of_the_definitions() -> None:
    partition = Partition(Definitions(zone="America/New_York"))
    partition.process([signup("2024-02-01T04:59:59")])
    partition.advance("2024-02-02")
    (day,) = partition.select("new", "1d")
    (month,) = partition.select("new", "1mo")
    assert day.start == when("2024-01-31T05:00:00")
    assert month.start == when("2024-01-01T05:00:00")


def test_a_day_on_which_the_clock_changes_is_a_day() -> None:
    months = months_of("Europe/Berlin")
    march = when("2024-03-30T23:00:00")
    assert [months.day(march), months.day(march + 23 * 3600 - 1)] == [march, march]
    assert months.day(march + 23 * 3600) == march + 23 * 3600
    assert months.name(months.of(march)) == "2024-03"


# -- 16: distinct customers -----------------------------------------------------------------------


def test_lives_count_a_customer_once_however_often_it_moves() -> None:
    partition = Partition(Definitions(return_window=DAY))
    partition.process([signup("2024-01-01"), cancelled("2024-01-05"), signup("2024-01-10")])
    partition.process([cancelled("2024-01-20"), signup("2024-01-20", "bob")])
    partition.process([cancelled("2024-01-25", "bob")])
    partition.advance("2024-02-01")
    (lost,) = partition.select("lost", "1mo")
    assert (lost.count, lost.lives) == (3, 2)


def test_lives_with_payments_are_counted_exactly_when_money_is_taken_back() -> None:
    partition = Partition()
    partition.process([signup("2024-01-01"), paid("2024-01-02"), paid("2024-01-03")])
    partition.advance("2024-01-10")
    (cell,) = partition.select("revenue", "1mo")
    assert (cell.count, cell.lives, cell.values) == (2, 1, {"USD": 9800})
    partition.process([paid("2024-01-04", 100), paid("2024-01-05", 7, "bob")])
    partition.advance("2024-01-11")
    (cell,) = partition.select("revenue", "1mo")
    assert (cell.count, cell.lives, cell.values) == (4, 2, {"USD": 9907})


# -- 19: corrections ------------------------------------------------------------------------------


def test_a_payment_corrected_twice_counts_as_the_newest_says() -> None:
    partition = Partition()
    payment = paid("2024-01-11", 100)
    partition.process([signup("2024-01-10"), payment])
    partition.process([correction(payment, "2024-01-13", paid("2024-01-11", 30))])
    partition.process([correction(payment, "2024-01-12", paid("2024-01-11", 20))])
    partition.advance("2024-02-01")
    assert partition.value("revenue") == {"USD": 30}


def test_a_correction_of_money_that_is_withdrawn_leaves_the_payment_as_it_was() -> None:
    partition = Partition()
    payment = paid("2024-01-11", 100)
    fix = correction(payment, "2024-01-13", paid("2024-01-11", 30))
    partition.process([correction(fix, "2024-01-14"), fix, fix, payment, signup("2024-01-10")])
    partition.advance("2024-02-01")
    assert partition.value("revenue") == {"USD": 100}


def test_a_correction_whose_original_never_came_is_counted_blind_until_it_comes() -> None:
    partition = Partition()
    original = signup("2024-01-10")
    partition.process([correction(original, "2024-01-11", signup("2024-01-12"))])
    partition.advance("2024-02-01")
    assert partition.customers.counts()["corrections_blind"] == 1
    partition.process([original])
    partition.advance("2024-02-02")
    assert partition.customers.counts()["corrections_blind"] == 0
    assert partition.movements() == [("2024-01-12", "new", USD)]


def test_complaints_and_referrals_are_corrected_like_money() -> None:
    partition = Partition()
    complaint, referral = (
        event("complaints", "2024-01-11"),
        event("referrals", "2024-01-12", converted=True),
    )
    partition.process([signup("2024-01-10"), complaint, referral])
    partition.advance("2024-02-01")
    assert (partition.count("complaints"), partition.count("converted")) == (1, 1)
    partition.process([correction(complaint, "2024-01-13"), correction(referral, "2024-01-13")])
    partition.wall += 10.0
    partition.advance("2024-02-02")
    assert [partition.count(k) for k in ("complaints", "referrals", "converted")] == [0, 0, 0]
    assert partition.rows["ada"].open_complaints == 0


# -- 20: forgotten --------------------------------------------------------------------------------


def test_a_customer_who_is_forgotten_is_lost_and_what_was_counted_stays() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), paid("2024-01-11")])
    partition.advance("2024-02-01T10:00:00")
    partition.customers.forget("ada")
    partition.flush()
    assert partition.movements() == [("2024-01-10", "new", USD), ("2024-02-01", "lost", USD)]
    assert partition.count("lost", dimension="reason", label="forgotten") == 1
    assert partition.value("revenue") == USD
    assert partition.rows == {}
    assert len(partition.customers) == 0
    assert not any(b"ada" in key for key in partition.log)
    assert adds_up(partition)

    partition.restart()
    partition.process([change("changed", "2024-02-03", monthly_value=100, currency="USD")])
    partition.advance("2024-03-01")
    assert partition.count("discovered") == 1
    assert adds_up(partition)


def test_somebody_unknown_can_be_forgotten() -> None:
    partition = Partition()
    partition.customers.forget("nobody")
    partition.flush()
    assert partition.rows == {}


# -- what must add up -----------------------------------------------------------------------------


def adds_up(partition: Partition) -> bool:
    found = [partition.customers.check() for _ in range(SHARDS)]
    return found == [[]] * SHARDS and not any(partition.customers.conservation_error().values())


def test_a_movement_that_is_booked_twice_is_found_by_counting() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10")])
    partition.advance("2024-02-01")
    assert adds_up(partition)
    levels = next(level for level in partition.customers.ledger.levels if level)
    for level in levels.values():
        level[-1] += 1
    assert not adds_up(partition)
    assert partition.customers.conservation_error() == {"customers": 1}


def test_customers_are_counted_by_group_with_those_at_risk() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10", segment="A"), signup("2024-01-11", "bob", segment="A")])
    partition.process([event("complaints", "2024-01-20"), cancelled("2024-01-21", "cleo")])
    partition.advance("2024-02-01")
    assert adds_up(partition)
    (group,) = partition.customers.counted()
    assert (group.segment, group.customers, group.values) == ("A", 2, {"USD": 9800})
    assert (group.at_risk, group.at_risk_values) == (1, USD)


@pytest.mark.parametrize(
    ("updates", "days", "risky"),
    [
        ([], 29, True),
        ([], 30, False),
        (["answered"], 60, True),
        (["answered", "resolved"], 60, False),
        (["resolved", "reopened"], 60, True),
        (["resolved"], 10, True),
    ],
)
def test_at_risk_is_who_has_a_recent_complaint_or_one_that_is_taken_up_and_not_resolved(
    updates: list[str], days: int, *, risky: bool
) -> None:
    partition = Partition()
    complaint = event("complaints", "2024-01-20")
    partition.process([signup("2024-01-10"), complaint])
    for number, status in enumerate(updates):
        at = when("2024-01-21") + number
        partition.process(
            [event("complaint_updates", at, complaint_id=complaint.event_id, status=status)]
        )
    partition.advance(when("2024-01-20") + days * DAY)
    assert adds_up(partition)
    (group,) = partition.customers.counted()
    assert group.at_risk == risky


# -- rows of customers ----------------------------------------------------------------------------


def test_a_row_goes_out_at_once_where_status_tier_or_value_changes_and_else_every_ten_seconds() -> (
    None
):
    partition = Partition()
    customers = partition.customers
    partition.process([signup("2024-01-10", plan="pro")])
    customers.advance(when("2024-01-11"))
    customers.settle()
    assert [row.status for _, row in customers.changes(100.0).customers if row] == ["active"]

    partition.process([change("changed", "2024-01-10T01:00:00", plan="team")])
    assert customers.changes(105.0).customers == []
    assert [row.plan for _, row in customers.changes(110.0).customers if row] == ["team"]

    partition.process([change("paused", "2024-01-10T02:00:00")])
    assert [row.status for _, row in customers.changes(111.0).customers if row] == ["paused"]
    assert customers.changes(130.0).customers == []


def test_a_row_that_waits_goes_out_after_a_restart() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10", plan="pro")])
    partition.advance("2024-01-11")
    partition.process([change("changed", "2024-01-10T01:00:00", plan="team")])
    partition.flush()
    assert partition.rows["ada"].plan == "pro"
    partition.restart()
    partition.flush()
    assert partition.rows["ada"].plan == "team"


def test_a_value_that_nobody_stated_is_not_known() -> None:
    partition = Partition()
    partition.process([paid("2024-01-10"), signup("2024-01-10", "bob")])
    partition.advance("2024-01-11")
    assert {name: row.value_known for name, row in partition.rows.items()} == {
        "ada": False,
        "bob": True,
    }


def test_what_is_handed_out_once_is_not_handed_out_again() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), paid("2024-01-11")])
    partition.advance("2024-02-01")
    again = partition.customers.changes(1000.0)
    assert (again.cells, again.customers, again.rows) == ([], [], [])
    assert partition.customers.pending() == 0


def test_payments_that_change_no_tier_one_by_one_change_it_together() -> None:
    partition = Partition(TIERED)
    partition.process([signup("2024-01-10", segment="A")])
    partition.advance("2024-01-11")
    for day in (11, 12, 13):
        partition.process([paid(f"2024-01-{day}", 4_000)])
        partition.flush()
    partition.process([paid("2024-01-14", -1_500), paid("2024-01-15", -500)])
    partition.advance("2024-02-01")
    assert groups(partition, "moved_in") == [("A", "gold", 1)]
    partition.process([paid("2024-02-02", -1)])
    partition.advance("2024-03-01")
    assert groups(partition, "moved_in") == [("A", "gold", 1), ("A", "base", 1)]


def test_a_replay_writes_no_rows_and_reports_the_same() -> None:
    events = [signup("2024-01-10"), paid("2024-01-11"), cancelled("2024-02-01")]
    reported = []
    for durable in (True, False):
        customers = Customers(Definitions(), durable=durable)
        for one in events:
            customers.process(topic_of(one), [one])
        customers.advance(when("2024-03-01"))
        customers.settle()
        changes = customers.changes(1.0)
        assert bool(changes.rows) == durable
        reported.append((sorted(changes.cells, key=str), changes.customers))
    assert reported[0] == reported[1]


def test_the_work_that_the_clock_makes_is_done_in_pieces() -> None:
    partition = Partition()
    many = [f"c{number}" for number in range(30)]
    partition.process([signup("2024-01-10", customer) for customer in many])
    partition.process([cancelled("2024-02-01", customer) for customer in many])
    partition.advance("2024-01-20")
    partition.customers.advance(when("2024-03-01"))
    lost = [0]
    while partition.customers.work(most=10):
        if partition.customers.pending():
            partition.flush()
            lost.append(partition.count("lost"))
            partition.restart()  # what is left of the work is part of the state
    assert lost == [0, 10, 20, 30]
