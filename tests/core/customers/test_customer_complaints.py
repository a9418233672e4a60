"""The first complaint of a customer: how fast customers are lost before and after it."""

from __future__ import annotations

from itertools import permutations

import pytest
from customer_events import DAY, Partition, cancelled, event, signup, when

from streams.core.customers.complaints import NEWEST
from streams.core.customers.packed import pack, unpack

MONTH = 31 * DAY


def seconds_after(partition: Partition) -> int:
    """Give the time at risk of January after a first complaint, by its end."""
    return partition.count("complained") * MONTH - partition.count("exposed_after")


def test_the_first_complaint_is_known_however_many_come_after_it_and_in_whatever_order() -> None:
    many = [event("complaints", f"2024-01-{day:02}") for day in range(11, 11 + NEWEST + 3)]
    for order in (many, many[::-1], many[5:] + many[:5]):
        partition = Partition()
        partition.process([signup("2024-01-02"), *order[:6]])
        partition.advance("2024-01-25")
        partition.restart()
        partition.process(order[6:])
        partition.advance("2024-02-01")
        assert seconds_after(partition) == when("2024-02-01") - when("2024-01-11")


def test_a_first_complaint_that_is_withdrawn_was_none() -> None:
    many = [event("complaints", f"2024-01-{day:02}") for day in range(11, 11 + NEWEST + 3)]
    withdrawn = event("corrections", "2024-01-30", topic="complaints", original=many[0])
    for order in permutations((many[0], withdrawn, many[1:])):
        partition = Partition()
        partition.process([signup("2024-01-02")])
        for one in order:
            partition.process(one if isinstance(one, list) else [one])
            partition.advance("2024-01-25")
        partition.advance("2024-02-01")
        assert seconds_after(partition) == when("2024-02-01") - when("2024-01-12")


@pytest.mark.parametrize(
    ("complained", "left", "before", "after"),
    [
        (None, "2024-01-20", 1, 0),
        ("2024-01-10", "2024-01-20", 0, 1),
        ("2024-01-20", "2024-01-20", 1, 0),  # it had not complained before it left
        ("2024-01-21", "2024-01-20", 1, 0),
        ("2024-01-01", "2024-01-20", 0, 1),  # before it was a customer
    ],
)
def test_a_loss_is_one_after_a_complaint_if_that_came_before_it(
    complained: str | None, left: str, before: int, after: int
) -> None:
    partition = Partition()
    partition.process([signup("2024-01-02"), cancelled(left)])
    if complained is not None:
        partition.process([event("complaints", complained)])
    partition.advance("2024-02-01")
    lost = partition.count("lost") - partition.count("lost_found")
    assert (lost - partition.count("lost_after"), partition.count("lost_after")) == (before, after)
    known = when("2024-01-20") - when("2024-01-02")
    assert -partition.count("exposed") == known


def test_somebody_found_by_its_end_was_at_no_risk_before() -> None:
    partition = Partition()
    partition.process([event("complaints", "2024-01-02"), cancelled("2024-01-20")])
    partition.advance("2024-02-01")
    assert (partition.count("lost"), partition.count("lost_found")) == (1, 1)
    assert (
        partition.count("lost_after") == partition.count("exposed") == seconds_after(partition) == 0
    )


def test_a_life_with_early_complaints_reads_back_and_one_without_is_as_long_as_it_was() -> None:
    partition = Partition()
    partition.process([event("complaints", f"2024-01-{day:02}") for day in range(1, 12)])
    partition.advance("2024-02-01")
    life = partition.customers.life("ada")
    assert life is not None
    assert len(life.early) == 2
    assert unpack(pack(life)) == life
    longer = len(pack(life))
    life.early = []
    assert len(pack(life)) < longer - 20
