"""Complaints that stand beside lives of which nothing else is known, and are written together."""

from __future__ import annotations

from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from customer_events import (
    DAY,
    Partition,
    added_rows,
    change,
    complaint,
    correction,
    packed,
    paid,
    signup,
    when,
)

from streams.core.changelog import UnreadableStateError
from streams.core.customers.changes import TooLate
from streams.core.customers.complaints.complaints import NEWEST
from streams.core.customers.definitions import Definitions
from streams.core.customers.intake import added, beside
from streams.core.customers.intake.unread import UnreadComplaints
from streams.core.customers.kinds import ADDED, LIFE, TAIL, AddedRows
from streams.core.customers.lives.prints import prints_of
from streams.core.customers.stored.head import (
    BARE,
    HEAD,
    SAID,
    TAILED,
    is_bare,
    pack_head,
    unpack_head,
)

if TYPE_CHECKING:
    from streams.core.customers.lives.life import Life

BEGIN = when("2024-01-10")
MEANINGS = (Definitions(), Definitions(tiers=(("gold", {"USD": 4000}),)))
WORDS = (None, "card", "loan", "fees")
TEXTS = (None, None, "Twice.", "Call 555-123-4567, or Dr. Roe.", "No answer " * 60)


def many(draw: Random, count: int, step: int) -> list[Any]:
    """Make complaints of one customer, some of them early, some of one second."""
    times = [BEGIN + step * number for number in range(count)]
    for place in draw.sample(range(count), count // 4):
        times[place] = draw.choice(times)
    return [
        complaint(
            at,
            product=draw.choice(WORDS),
            severity=draw.choice((None, "high")),
            text=draw.choice(TEXTS),
        )
        for at in times
    ]


def life_of(partition: Partition, customer: str) -> Life | None:
    """Give a life, with its prints in order of what they are: they are a set."""
    life = partition.customers.life(customer)
    if life is not None:
        life.prints = b"".join(sorted(prints_of(life.prints)))
    return life


def complaints_in(rows: dict[int, AddedRows]) -> int:
    return sum(len(row.rows) for row in rows.values()) // SAID


def read_whole(events: list[Any], definitions: Definitions) -> Partition:
    """Process all at once, and read each life for it."""
    partition = Partition(definitions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UnreadComplaints, "add", lambda _, batch, places: places)  # noqa: ARG005
        patch.setattr(UnreadComplaints, "begin", lambda *given: given[-1])
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
    assert life_of(added, "ada") == life_of(whole, "ada")
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


def test_a_complaint_of_another_month_is_of_another_row_of_the_life() -> None:
    """So it is known how many customers complained in a month."""
    partition = Partition()
    for at in ("2024-01-10", "2024-01-11", "2024-02-10", "2024-01-12", "2024-02-11"):
        partition.process([complaint(at)])
        partition.flush()
    found = {cell.start: (cell.count, cell.lives) for cell in partition.select("complaints", "1mo")}
    assert found == {when("2024-01-01"): (3, 1), when("2024-02-01"): (2, 1)}


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


def test_another_complaint_of_who_is_no_customer_is_written_without_its_life() -> None:
    partition = Partition()
    partition.process([complaint("2024-01-10")])
    partition.flush()
    begun = partition.log[LIFE.key("ada")]
    assert not added_rows(partition)
    for number in (1, 2):
        partition.process([complaint("2024-01-11", text=None)])
        partition.flush()
        found = added_rows(partition)
        assert list(found) == list(range(1, number + 1))
        assert len(found[number].rows) == SAID
        assert partition.log[LIFE.key("ada")] == begun


def test_a_flush_writes_those_of_all_lives_in_one_row() -> None:
    partition = Partition()
    partition.process([complaint("2024-01-10", name) for name in "abc"])
    partition.flush()
    before = set(partition.log)
    partition.process([complaint(BEGIN + at, name) for at, name in enumerate("abcab")])
    partition.flush()
    (row,) = added_rows(partition).values()
    assert row.counts == [2, 2, 1]
    assert set(partition.log) - before == {ADDED.key(1)}


def test_so_many_beside_it_and_the_life_is_packed_anew() -> None:
    partition = Partition()
    wholes = []
    for number in range(2 * added.MOST + 2):
        partition.process([complaint(BEGIN + number)])
        partition.flush()
        if partition.log[LIFE.key("ada")] not in wholes:
            wholes.append(partition.log[LIFE.key("ada")])
    assert len(wholes) == 3  # as it began, and twice so many complaints later
    partition.restart()
    assert partition.count("complaints") == 2 * added.MOST + 2
    life = partition.customers.life("ada")
    assert life is not None
    assert [note.at - BEGIN for note in life.early] == [0, 1]
    assert life.complaints[-1].at == BEGIN + 2 * added.MOST + 1


@pytest.mark.parametrize("seed", range(4))
def test_rows_go_once_most_of_what_they_have_counts_no_more(seed: int) -> None:
    draw = Random(seed)
    some = [
        complaint(BEGIN + at, f"c{int(12 * draw.random() ** 2)}", text=draw.choice(TEXTS))
        for at in range(1500)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(added, "FLOOR", 30)
        patch.setattr(added, "MOST", 16)
        patch.setattr(added, "AGAIN_A_FLUSH", 3)
        patch.setattr(added, "ROW_BYTES", 5 * SAID)
        patch.setattr(beside, "FEW", 3)
        partition = added_to(some, Definitions(), draw)
        assert complaints_in(added_rows(partition)) < 30 + 2 * 12 * 16 + 16
        partition.restart()
        whole = read_whole(some, Definitions())
        for name in {one.customer_id for one in some}:
            assert life_of(partition, name) == life_of(whole, name)
    assert partition.cells == whole.cells
    assert partition.customers.counts() == whole.customers.counts()


def test_what_still_counts_in_a_row_that_goes_is_written_again_without_its_life() -> None:
    partition = Partition()
    partition.process([complaint(BEGIN + at, name) for at, name in enumerate("ab")])
    partition.flush()
    begun = partition.log[LIFE.key("b")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(added, "FLOOR", 0)
        patch.setattr(added, "MOST", 8)
        for at in range(2, 12):
            partition.process([complaint(BEGIN + at, "a" if at > 2 else "b")])
            partition.flush()
    rows = added_rows(partition)
    names = [name for row in rows.values() for name in (row.names[:8], row.names[8:])]
    assert min(rows) > 1
    assert partition.log[LIFE.key("b")] == begun
    assert names.count(blake2b(b"b", digest_size=8).digest()) == 1
    partition.restart()
    for name, count in (("a", 10), ("b", 2)):
        life = partition.customers.life(name)
        assert life is not None
        assert len(life.complaints) == count


@pytest.mark.parametrize("restarted", [False, True])
def test_who_is_forgotten_stands_in_no_row_after_a_flush_or_two(restarted: bool) -> None:  # noqa: FBT001
    partition = Partition()
    for number in range(3):
        partition.process([complaint(BEGIN + number, name) for name in ("ada", "bob")])
        partition.flush()
    (name, _) = (added_rows(partition)[1].names[at : at + 8] for at in (0, 8))
    partition.process([change("forgotten", "2024-01-12")])
    partition.customers.advance(when("2024-01-13"))
    partition.customers.settle()
    partition.flush()
    if restarted:
        partition.restart()
    partition.process([complaint("2024-01-13", "bob")])
    for _ in range(2):
        partition.flush()
    assert all(name not in (row.names, row.rows) for row in added_rows(partition).values())
    assert list(added_rows(partition)) in ([], [4], [3, 4])
    assert all(name not in row.names for row in added_rows(partition).values())
    partition.restart()
    life = partition.customers.life("bob")
    assert life is not None
    assert len(life.complaints) == 4


def test_rows_behind_a_life_as_older_versions_wrote_them_are_read() -> None:
    partition, older = Partition(), Partition()
    some = [complaint(BEGIN + number) for number in range(5)]
    partition.process(some)
    partition.flush()
    (row,) = added_rows(partition).values()
    whole = partition.log[LIFE.key("ada")]
    head = list(unpack_head(whole))
    head[1] |= TAILED
    head[7], head[10] = 5, 4  # complaints that are kept, and rows
    older.log = {key: value for key, value in partition.log.items() if key != ADDED.key(1)}
    older.log[TAIL.key("ada")] = pack_head(*head) + row.rows
    older.cells = dict(partition.cells)
    more = [complaint(BEGIN + 100 + number) for number in range(added.MOST)]
    for one in (partition, older):
        one.restart()
        one.process(more)
        one.flush()
        one.restart()
    assert life_of(older, "ada") == life_of(partition, "ada")
    assert older.count("complaints") == partition.count("complaints") == 5 + added.MOST
    assert older.customers.counts() == partition.customers.counts()
    assert TAIL.key("ada") not in older.log
    assert len(older.log[LIFE.key("ada")]) > HEAD
    assert older.log[LIFE.key("ada")][4] & BARE


def test_complaints_that_were_added_to_a_life_that_is_not_there_are_refused() -> None:
    partition = Partition()
    for day in ("2024-01-10", "2024-01-11"):
        partition.process([complaint(day)])
        partition.flush()
    del partition.log[LIFE.key("ada")]
    with pytest.raises(UnreadableStateError, match="what was added to a life has no life"):
        partition.restart()


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_is_as_its_complaints_one_by_one(seed: int) -> None:
    draw = Random(seed)
    batch: list[Any] = []
    for number in range(300):
        at = draw.choice((BEGIN, BEGIN, BEGIN + 30 * DAY, BEGIN - 900 * DAY)) + number
        who = draw.choice((None, "ada", "bob", "cid", "dan", "eve"))
        text = draw.choice((None, None, None, "Twice.")) if seed % 2 else None
        batch.append(complaint(at, who, product=draw.choice(WORDS), text=text))  # type: ignore[arg-type]
    partitions = Partition(), Partition()
    known = [signup("2023-12-01", customer="dan"), paid("2023-12-02", customer="dan")]
    for one in partitions:
        one.process(known)
        one.advance("2024-01-05")
    first, second = partitions
    refused = first.customers.process("complaints", batch)
    expected = []
    for place, one in enumerate(batch):
        expected += [(place, late.reason) for late in second.customers.process("complaints", [one])]
    assert refused == expected
    assert {reason for _, reason in expected} == {TooLate.BEFORE_HORIZON}
    for one in partitions:
        one.flush()
        one.advance("2024-03-05")
        one.restart()
    assert first.cells == second.cells
    assert first.rows == second.rows
    for name in ("ada", "bob", "cid", "dan", "eve"):
        assert life_of(first, name) == life_of(second, name)
    assert first.customers.counts() == second.customers.counts()
