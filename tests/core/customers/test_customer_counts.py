"""What must add up, the rows of customers, and what is handed out."""

from __future__ import annotations

from typing import Final

import pytest
from customer_events import DAY, Partition, cancelled, change, event, paid, signup, topic_of, when

from streams.core.customers.customers import Customers
from streams.core.customers.definitions import Definitions

USD: Final = {"USD": 4900}
TIERED: Final = Definitions(tiers=(("gold", {"USD": 10_000, "EUR": 5_000}),))


# -- what must add up -----------------------------------------------------------------------------


def test_a_movement_that_is_booked_twice_is_found_by_counting() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10")])
    partition.advance("2024-02-01")
    assert partition.adds_up()
    levels = next(level for level in partition.customers.ledger.levels if level)
    for level in levels.values():
        level[-1] += 1
    assert not partition.adds_up()
    assert partition.customers.census.conservation_error() == {"customers": 1}


def test_customers_are_counted_in_pieces_while_they_change() -> None:
    partition = Partition()
    names = [f"c{number}" for number in range(600)]
    partition.process([signup("2024-01-10", name) for name in names])
    partition.advance("2024-02-01")
    customers = partition.customers
    for name in names:  # who is counted leaves, and who is not, too
        assert customers.check_some(1) == []
        partition.process([cancelled("2024-02-02", name)])
        partition.advance("2024-02-03")
    assert not any(customers.census.conservation_error().values())
    assert customers.check_some(len(names)) == []
    statuses = customers.census.statuses()
    assert {status: n for status, n in statuses.items() if n} == {"lost": len(names)}
    customers.ledger.levels[0][0, 0] = {-1: 1}
    assert [customers.check_some(len(names)) for _ in range(2)] == [[], []]
    assert customers.census.conservation_error() == {"customers": 1}


def test_customers_are_counted_by_group_with_those_at_risk() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10", segment="A"), signup("2024-01-11", "bob", segment="A")])
    partition.process([event("complaints", "2024-01-20"), cancelled("2024-01-21", "cleo")])
    partition.advance("2024-02-01")
    assert partition.adds_up()
    (group,) = partition.customers.census.groups()
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
    assert partition.adds_up()
    (group,) = partition.customers.census.groups()
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
    assert partition.groups("moved_in") == [("A", "gold", 1)]
    partition.process([paid("2024-02-02", -1)])
    partition.advance("2024-03-01")
    assert partition.groups("moved_in") == [("A", "gold", 1), ("A", "base", 1)]


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
