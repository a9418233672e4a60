"""What is only added to a life is written apart, and read together with it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from customer_events import (
    DAY,
    LAYOUT,
    Partition,
    cancelled,
    change,
    correction,
    event,
    paid,
    signup,
    when,
)

from streams.core.changelog import UnreadableStateError
from streams.core.customers.complaints.complaints import NEWEST
from streams.core.customers.definitions import Definitions
from streams.core.customers.intake.unread import UnreadComplaints
from streams.core.customers.kinds import LIFE, TAIL
from streams.core.customers.stored import bare
from streams.core.customers.stored.head import HEAD, PAID, SAID, is_bare

BEGIN = when("2024-01-10")
MEANINGS = (Definitions(), Definitions(tiers=(("gold", {"USD": 4000}),)))
WORDS = (None, "card", "loan", "fees")


def complaint(at: str | int, customer: str = "ada", **fields: Any) -> Any:
    return event("complaints", at, customer, **fields)


def many(draw: Random, count: int, step: int) -> list[Any]:
    """Make complaints of one customer, some of them early, some of one second."""
    times = [BEGIN + step * number for number in range(count)]
    for place in draw.sample(range(count), count // 4):
        times[place] = draw.choice(times)
    return [
        complaint(at, product=draw.choice(WORDS), severity=draw.choice((None, "high")))
        for at in times
    ]


def packed(partition: Partition, customer: str = "ada") -> bytes:
    found = partition.customers.store.get(customer.encode())
    assert found is not None
    return found


def tail(partition: Partition, customer: str = "ada") -> bytes | None:
    return partition.log.get(TAIL.key(customer))


def read_whole(events: list[Any], definitions: Definitions) -> Partition:
    """Process all at once, and read each life for it."""
    partition = Partition(definitions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UnreadComplaints, "add", lambda *_: False)
        partition.process(events)
    partition.flush()
    return partition


def added_to(events: list[Any], definitions: Definitions, draw: Random) -> Partition:
    """Process one by one, now and then flushed, and begun anew from the changelog."""
    partition = Partition(definitions)
    for number, one in enumerate(events):
        partition.process([one])
        if number < 2 or draw.random() < 0.7:
            partition.flush()
            if draw.random() < 0.3:
                partition.restart()
    partition.flush()
    return partition


@pytest.mark.parametrize("seed", range(8))
def test_complaints_added_one_by_one_are_those_of_a_life_that_was_read(seed: int) -> None:
    draw = Random(seed)
    count, step = draw.choice(((10, DAY), (50, 3600), (NEWEST + 60, DAY // 2), (200, 60)))
    events = many(draw, count, step)
    definitions = MEANINGS[seed % 2]
    whole, added = read_whole(events, definitions), added_to(events, definitions, draw)
    assert is_bare(packed(added))
    added.restart()
    assert added.customers.life("ada") == whole.customers.life("ada")
    assert added.cells == whole.cells
    assert added.customers.counts() == whole.customers.counts()
    assert whole.customers.counts()["lives_overflowed"] == max(0, count - NEWEST)
    assert added.count("complaints") == count


@pytest.mark.parametrize("seed", range(6))
def test_who_complained_and_then_signs_up_is_as_if_all_had_come_at_once(seed: int) -> None:
    draw = Random(seed)
    events = many(draw, 20, 2 * DAY)
    events.insert(draw.randrange(20), signup("2024-01-12"))
    events.insert(draw.randrange(20), paid("2024-02-03"))
    events.insert(draw.randrange(20), correction(events[0], "2024-02-20"))
    definitions = MEANINGS[seed % 2]
    whole, added = read_whole(events, definitions), added_to(events, definitions, draw)
    for partition in (whole, added):
        for day in ("2024-01-20", "2024-03-10", "2024-04-30"):
            partition.advance(day)
        partition.wall += 10  # what is not urgent goes out every ten seconds
        partition.flush()
    assert added.cells == whole.cells
    assert added.rows == whole.rows
    assert added.count("at_risk") == whole.count("at_risk")
    assert added.adds_up()


def test_another_complaint_of_who_is_no_customer_is_a_row_behind_its_life() -> None:
    partition = Partition()
    partition.process([complaint("2024-01-10")])
    partition.flush()
    begun = partition.log[LIFE.key("ada")]
    assert tail(partition) is None
    for number in (1, 2):
        partition.process([complaint("2024-01-11", text=None)])
        partition.flush()
        found = tail(partition)
        assert found is not None
        assert len(found) == HEAD + number * SAID
        assert partition.log[LIFE.key("ada")] == begun
    partition.process([complaint("2024-01-12", text="They charged me twice.")])
    partition.flush()
    assert tail(partition) is None
    assert partition.log[LIFE.key("ada")] == packed(partition)
    life = partition.customers.life("ada")
    assert life is not None
    assert [one.text for one in life.words] == ["They charged me twice."]


def test_so_many_rows_and_the_life_is_packed_anew() -> None:
    partition = Partition()
    for number in range(3 * bare.MOST_ROWS):
        partition.process([complaint(BEGIN + number)])
        partition.flush()
        assert len(tail(partition) or b"") <= HEAD + bare.MOST_ROWS * SAID
    assert len(partition.log[LIFE.key("ada")]) > 2 * bare.MOST_ROWS * (SAID - 16)


def test_a_complaint_of_another_month_is_of_another_row_of_the_life() -> None:
    """So it is known how many customers complained in a month."""
    partition = Partition()
    for at in ("2024-01-10", "2024-01-11", "2024-02-10", "2024-01-12", "2024-02-11"):
        partition.process([complaint(at)])
        partition.flush()
    found = {cell.start: (cell.count, cell.lives) for cell in partition.select("complaints", "1mo")}
    assert found == {when("2024-01-01"): (3, 1), when("2024-02-01"): (2, 1)}


def test_payments_are_written_behind_a_life_until_more_is_said() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), paid("2024-01-11")])
    partition.advance("2024-01-15")
    begun = partition.log[LIFE.key("ada")]
    for number, day in enumerate(("2024-02-11", "2024-02-12", "2024-02-13"), 1):
        partition.process([paid(day)])
        partition.flush()
        assert len(tail(partition) or b"") == HEAD + number * PAID
        partition.restart()
    assert partition.log[LIFE.key("ada")] == begun
    partition.process([change("changed", "2024-02-14", monthly_value=9900, currency="USD")])
    partition.flush()
    assert tail(partition) is None
    assert partition.log[LIFE.key("ada")] != begun
    partition.advance("2024-03-20")
    assert partition.value("revenue") == {"USD": 4 * 4900}
    partition.process([paid("2024-04-11")])
    partition.flush()
    partition.process([change("forgotten", "2024-04-12")])
    partition.advance("2024-06-20")
    left = {row.kind for row in LAYOUT.read(partition.log)}
    assert not left & {LIFE, TAIL}
    assert partition.adds_up()


def test_what_was_written_together_once_may_be_added_to() -> None:
    """As a life packed and paid for between two flushes is, and as older versions wrote all."""
    partition = Partition()
    partition.process([signup("2024-01-10")])
    partition.advance("2024-01-15")
    partition.process([paid("2024-02-11")])
    partition.flush()
    older = dict(partition.log)
    older[LIFE.key("ada")] = packed(partition)
    del older[TAIL.key("ada")]
    partition.log = older
    partition.restart()
    partition.process([paid("2024-02-12")])
    partition.flush()
    assert len(tail(partition) or b"") == HEAD + 2 * PAID
    partition.restart()
    partition.process([cancelled("2024-02-13")])
    partition.advance("2024-03-20")
    assert partition.value("revenue") == {"USD": 2 * 4900}
    assert partition.adds_up()


@pytest.mark.parametrize("begun", ["2024-01-01", "2024-02-01"])
def test_no_time_makes_anything_due_of_who_only_complained(begun: str) -> None:
    """Also where the month of a complaint was over, so that it was left to settling."""
    partition = Partition()
    partition.advance(begun)
    partition.process([complaint("2024-01-10"), complaint("2024-01-20")])
    partition.flush()
    for day in ("2024-02-05", "2024-02-15", "2024-04-01"):
        before = packed(partition)
        partition.advance(day)
        assert packed(partition) is before
    partition.process([signup("2024-04-02")])
    partition.advance("2024-04-03")
    assert [one.at for one in partition.rows["ada"].complaints] == [BEGIN, BEGIN + 10 * DAY]


def test_what_was_added_to_a_life_that_is_not_there_is_refused() -> None:
    partition = Partition()
    for day in ("2024-01-10", "2024-01-11"):
        partition.process([complaint(day)])
        partition.flush()
    del partition.log[LIFE.key("ada")]
    with pytest.raises(UnreadableStateError, match="'ada' has no life"):
        partition.restart()
    partition.log[TAIL.key("ada")] = b"\0" * (HEAD - 1)
    with pytest.raises(UnreadableStateError, match="what was added to a life"):
        partition.restart()
