"""A customer's row goes out when it says something else than before, and only then."""

from __future__ import annotations

from typing import Any

import pytest
from customer_events import Partition, cancelled, change, correction, event, paid, signup

from streams.core.customers.definitions import Definitions

TIERED = Definitions(tiers=(("gold", {"USD": 8_000}),))
SAID = event("complaints", "2024-01-12", product="card", event_id="first")
PAID = paid("2024-01-15", event_id="paid")


def began() -> Partition:
    partition = Partition(TIERED)
    partition.process([signup("2024-01-10", plan="pro", segment="small"), SAID, PAID])
    partition.advance("2024-02-10")
    partition.wall += 10  # what is not urgent goes out every ten seconds
    partition.flush()
    return partition


def handed(partition: Partition, *clocks: str) -> list[str]:
    """Give whose rows go out until a time."""
    found = []
    for clock in clocks:
        partition.customers.advance(int(event("signups", clock).occurred_at.timestamp()))
        partition.customers.settle()
        partition.wall += 11
        found += [name for name, _ in partition.customers.changes(partition.wall).customers]
    return found


@pytest.mark.parametrize(
    "one",
    [
        paid("2024-01-20", 100),
        event("referrals", "2024-02-01", referred_customer_id="bob"),
        event("referrals", "2024-01-01"),
        change("changed", "2024-02-09", plan="pro", segment="small"),
        change("trial_began", "2024-02-09", subscription_id="second"),
    ],
)
def test_a_row_that_says_what_it_said_does_not_go_out_again(one: Any) -> None:
    partition = began()
    partition.process([one])
    assert handed(partition, "2024-02-11", "2024-02-12") == []


@pytest.mark.parametrize(
    "one",
    [
        change("changed", "2024-02-09", plan="team"),
        change("changed", "2024-01-09", monthly_value=100, currency="USD"),
        change("past_due", "2024-02-09"),
        event("complaints", "2024-02-11", product="card"),
        event("complaints", "2024-01-11", product="card"),
        event("complaints", "2024-01-11T23:00:00", text="They charged me twice."),
        event("complaint_updates", "2024-02-09", complaint_id="first"),
        event("complaint_updates", "2024-02-11", complaint_id="first", status="resolved"),
        correction(SAID, "2024-02-09"),
        cancelled("2024-02-09"),
        cancelled("2024-01-20"),
        signup("2024-01-05"),
        signup("2024-02-09", subscription_id="second", monthly_value=0),
    ],
)
def test_a_row_that_says_something_else_goes_out(one: Any) -> None:
    partition = began()
    partition.process([one])
    assert handed(partition, "2024-02-12") == ["ada"]


@pytest.mark.parametrize(
    "one", [paid("2024-02-11", 9_000), change("changed", "2024-02-11", segment="big")]
)
def test_another_group_goes_out_as_its_month_begins(one: Any) -> None:
    partition = began()
    partition.process([one])
    handed(partition, "2024-02-12")
    assert handed(partition, "2024-02-20") == []
    assert handed(partition, "2024-03-02") == ["ada"]


def plan_changed(at: str, value: int) -> Any:
    return change("changed", at, monthly_value=value, currency="USD")


@pytest.mark.parametrize(
    ("before", "one"),
    [
        ([plan_changed("2024-01-20", 9_900)], plan_changed("2024-01-15", 6_000)),
        (
            [cancelled("2024-02-09"), change("changed", "2024-02-20", segment="small")],
            change("changed", "2024-01-25", segment="big"),
        ),
        ([cancelled("2024-02-09")], cancelled("2024-02-20", detail="Too dear.")),
    ],
    ids=["an earlier movement", "the group of a loss", "words"],
)
def test_a_row_goes_out_also_if_only_what_was_long_ago_is_another(
    before: list[Any], one: Any
) -> None:
    partition = began()
    partition.process(before)
    handed(partition, "2024-03-15")
    partition.process([one])
    assert handed(partition, "2024-03-16") == ["ada"]


def test_a_first_complaint_goes_out() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10", "bob")])
    handed(partition, "2024-02-10")
    partition.process([event("complaints", "2024-01-08", "bob")])
    assert handed(partition, "2024-02-11") == ["bob"]


def test_words_go_out_once_their_time_has_come() -> None:
    partition = began()
    partition.process([cancelled("2024-02-09"), cancelled("2024-02-20", detail="Too dear.")])
    assert handed(partition, "2024-02-11") == ["ada"]
    assert handed(partition, "2024-02-21") == ["ada"]
