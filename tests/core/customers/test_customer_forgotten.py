"""Who is forgotten is lost and gone, and who comes later under that name is somebody else."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from customer_company import BEGIN, company, feed, shuffled, time_of
from customer_events import DAY, Partition, change, event, signup, topic_of, when
from customer_oracle import numbers
from test_customer_laws import MEANINGS, adds_up, losses_of, read, risk_adds_up

from streams.core.customers.intake.accept import COUNTED

if TYPE_CHECKING:
    from streams.core.customers.calendar import Months

USD = {"USD": 4900}


def forgetful(chance: Random, calendar: Months) -> tuple[list[Any], int]:
    """Make up a company of which some are forgotten at one time, and give that.

    Nobody corrects over that time, and nothing that is counted by month is later in its month.
    """
    events = [one for one in company(chance) if topic_of(one) != "corrections"]
    at = BEGIN + chance.randrange(100, 500) * DAY + 7_000
    gone = {one.customer_id for one in events if chance.random() < 0.7}
    close = calendar.starts[calendar.of(at) + 1]
    kept = [
        one
        for one in events
        if not (
            one.customer_id in gone and topic_of(one) in COUNTED and at < int(time_of(one)) < close
        )
    ]
    return kept + [change("forgotten", at, name) for name in sorted(gone)], at


@pytest.mark.parametrize("seed", range(0, 60, 10))
def test_in_any_order_the_numbers_are_those_of_two_people(seed: int) -> None:
    for one in range(seed, seed + 10):
        chance, meaning = Random(one), MEANINGS[one % len(MEANINGS)]
        calendar = Partition(meaning).customers.rules.calendar
        events, at = forgetful(chance, calendar)
        end = max(at + DAY, int(max(map(time_of, events)))) + chance.choice([0, 100]) * DAY
        cells, stocks, risky, lost = numbers(events, end, meaning)
        for together in (True, False):
            partition = Partition(meaning)
            known = [event for event in events if together or int(time_of(event)) <= at]
            feed(chance, partition, shuffled(chance, known), at - 1)
            partition.restart()
            if not together:
                partition.advance(at)
                feed(chance, partition, [e for e in events if int(time_of(e)) > at], end)
            partition.advance(end)
            assert read(partition) == cells
            adds_up(partition, stocks, meaning.zone)
            risk_adds_up(partition, risky, meaning.zone)
            assert losses_of(partition, end) == lost
            assert partition.adds_up()


def test_nothing_of_a_customer_who_is_forgotten_is_left_but_what_was_counted() -> None:
    partition = Partition()
    forgotten = change("forgotten", "2024-02-01")
    partition.process([signup("2024-01-10"), event("complaints", "2024-01-20"), forgotten])
    partition.advance("2024-02-01")
    assert partition.rows == {}
    assert not any(b"ada" in key for key in partition.log)
    assert partition.count("lost", dimension="reason", label="forgotten") == 1
    assert partition.count("complaints") == partition.count("lost_after") == 1
    before = dict(partition.cells)
    partition.restart()
    partition.process([forgotten])  # it comes a second time
    partition.advance("2024-03-01")
    assert partition.cells == before
    assert len(partition.customers) == 0


@pytest.mark.parametrize("second", ["2024-02-01T00:00:20", "2024-02-10"])
def test_to_be_forgotten_once_more_changes_nothing(second: str) -> None:
    """`groundswell forget` was killed when the event was sent, and was run again."""
    cells = []
    for asked in (["2024-02-01"], ["2024-02-01", second]):
        for at_once in (True, False):
            partition = Partition()
            partition.process([signup("2024-01-10"), event("complaints", "2024-01-20")])
            for at in asked:
                partition.process([change("forgotten", at)])
                if not at_once:
                    partition.advance(at[:10] + "T01:00:00")
                    partition.restart()
            partition.advance("2024-03-01")
            assert (partition.rows, len(partition.customers)) == ({}, 0)
            cells.append(partition.cells)
    assert cells == [cells[0]] * 4


def test_one_who_comes_back_soon_after_is_new_and_not_back() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), change("forgotten", "2024-02-01")])
    partition.process([signup("2024-02-05")])
    partition.advance("2024-03-01")
    assert partition.movements() == [
        ("2024-01-10", "new", USD),
        ("2024-02-01", "lost", USD),
        ("2024-02-05", "new", USD),
    ]
    assert partition.rows["ada"].since == when("2024-02-05")


def test_a_forgetting_that_is_withdrawn_in_time_is_none() -> None:
    partition = Partition()
    forgotten = change("forgotten", "2024-02-01")
    withdrawn = event("corrections", "2024-01-31", topic="changes", original=forgotten)
    partition.process([signup("2024-01-10"), forgotten, withdrawn])
    partition.advance("2024-03-01")
    assert partition.movements() == [("2024-01-10", "new", USD)]
    assert partition.rows["ada"].status == "active"
