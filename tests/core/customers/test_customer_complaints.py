"""The first complaint of a customer: how fast customers are lost before and after it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from customer_events import DAY, Partition, cancelled, event, signup, when

from streams.core.customers.complaints.complaints import NEWEST, SHOWN
from streams.core.customers.stored.packed import pack, unpack

MONTH = 31 * DAY


def complaints_from(day: str, count: int, every: int = 3600) -> list[Any]:
    """Make complaints, so many seconds apart."""
    return [event("complaints", when(day) + number * every) for number in range(count)]


def seconds_after(partition: Partition) -> int:
    """Give the time at risk of January after a first complaint, by its end."""
    return partition.count("complained") * MONTH - partition.count("exposed_after")


def test_the_first_complaint_is_known_however_many_come_after_it_and_in_whatever_order() -> None:
    many = complaints_from("2024-01-11", NEWEST + 3)
    for order in (many, many[::-1], many[5:] + many[:5]):
        partition = Partition()
        partition.process([signup("2024-01-02"), *order[:6]])
        partition.advance("2024-01-25")
        partition.restart()
        partition.process(order[6:])
        partition.advance("2024-02-01")
        assert seconds_after(partition) == when("2024-02-01") - when("2024-01-11")


def test_a_first_complaint_that_is_withdrawn_was_none() -> None:
    many = complaints_from("2024-01-11", NEWEST + 3)
    withdrawn = event("corrections", "2024-01-30", topic="complaints", original=many[0])
    for order in permutations((many[0], withdrawn, many[1:])):
        partition = Partition()
        partition.process([signup("2024-01-02")])
        for one in order:
            partition.process(one if isinstance(one, list) else [one])
            partition.advance("2024-01-25")
        partition.advance("2024-02-01")
        assert seconds_after(partition) == when("2024-02-01") - when("2024-01-11") - 3600


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


def risk_at_ends(partition: Partition, months: list[str]) -> list[int]:
    """Give who was at risk at the ends of months."""
    changes = [cell for cell in partition.cells.values() if cell.kind == "at_risk"]
    return [
        sum(c.count for c in changes if c.grain == "1d" and c.start < when(month))
        for month in months
    ]


def test_who_complains_often_was_at_risk_in_every_month_in_which_it_was() -> None:
    partition = Partition()
    partition.process([signup("2024-01-02")])
    often = complaints_from("2024-01-05", 12, 40 * DAY)
    for one in [*often, *complaints_from("2025-06-01", 12)]:
        partition.process([one])
        partition.advance(int(one.occurred_at.timestamp()))
    partition.advance("2025-07-05")
    ends = ["2024-01-20", "2024-02-10", "2024-02-20", "2025-06-30", "2025-07-02"]
    assert risk_at_ends(partition, ends) == [1, 0, 1, 1, 0]
    life = partition.customers.life("ada")
    assert life is not None
    assert len(life.complaints) == 24
    assert not life.early


def test_complaints_that_are_long_over_go_but_for_the_newest_and_the_first() -> None:
    partition = Partition()
    old = complaints_from("2022-01-05", 12)
    open_one = event(
        "complaint_updates", "2022-02-01", complaint_id=old[3].event_id, status="answered"
    )
    partition.process([signup("2022-01-02"), *old, open_one])
    partition.advance("2022-03-01")
    assert risk_at_ends(partition, ["2022-03-01"]) == [1]
    before = dict(partition.cells)
    partition.advance("2024-04-01")
    partition.process([signup("2024-03-02")])
    partition.advance("2024-04-02")
    life = partition.customers.life("ada")
    assert life is not None
    first, *kept = sorted(int(one.occurred_at.timestamp()) for one in old)
    assert [note.at for note in life.early] == [first, kept[0]]
    assert [note.at for note in life.complaints] == [kept[2], *kept[-SHOWN:]]
    assert {key: cell for key, cell in partition.cells.items() if key in before} == before
    assert partition.adds_up()


def test_a_life_with_early_complaints_reads_back_and_one_without_is_as_long_as_it_was() -> None:
    partition = Partition()
    partition.process(complaints_from("2024-01-01", NEWEST + 3))
    partition.advance("2024-02-01")
    life = partition.customers.life("ada")
    assert life is not None
    assert len(life.early) == 2
    assert partition.customers.counts()["lives_overflowed"] == 3
    assert unpack(pack(life)) == life
    longer = len(pack(life))
    life.early = []
    assert len(pack(life)) < longer - 20
