"""The groups of customers: segments, value tiers, months and days (rules 13 to 16)."""

from __future__ import annotations

from typing import Final

from customer_events import DAY, Partition, cancelled, change, paid, signup, when

from streams.core.customers.calendar import months_of
from streams.core.customers.definitions import Definitions

USD: Final = {"USD": 4900}
TIERED: Final = Definitions(tiers=(("gold", {"USD": 10_000, "EUR": 5_000}),))


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
    assert partition.groups("new") == [("A", "base", 1)]
    assert partition.groups("moved_out") == [("A", "base", 1)]
    assert partition.groups("moved_in") == [("B", "base", 1)]
    assert [c.start for c in partition.select("moved_in", "1d")] == [when("2024-03-01")]
    assert partition.groups("revenue") == [("A", "base", 1)]


def test_a_tier_is_earned_by_the_margin_of_the_twelve_months_before() -> None:
    partition = Partition(TIERED)
    partition.process([signup("2023-01-10", segment="A")])
    partition.process([paid("2023-01-11", 12_000, cost_to_serve=2_000)])
    for month in range(2, 13):
        partition.advance(f"2023-{month:02}-03")
    assert partition.groups("moved_in") == [("A", "gold", 1)]
    assert partition.rows["ada"].tier == "gold"
    partition.advance("2024-01-31")
    assert partition.rows["ada"].tier == "gold"
    partition.advance("2024-02-01")
    assert partition.groups("moved_in") == [("A", "gold", 1), ("A", "base", 1)]
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
    assert partition.groups("lost") == [("A", "base", 1)]
    partition.process([paid("2024-02-11", 10_000)])
    partition.advance("2024-05-21")
    assert partition.groups("lost") == [("A", "gold", 1)]
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
