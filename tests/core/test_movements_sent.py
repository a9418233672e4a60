"""What the ingest stage sends of its customers to where the periods are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from customer_events import cancelled, event, paid, signup
from kept_partition import ON, QUIET, WALL, YEARS, Partition
from kept_partition import told as told_clock
from msgspec.json import encode

from streams.core.catalogue import TOPICS
from streams.core.customers.calendar import FAR
from streams.core.customers.groups.cells import KIND_WORDS
from streams.core.customers.kinds import CUSTOMER_CELL
from streams.core.customers.sums.census import in_words
from streams.core.ingest.kinds import LAYOUT, MARKS, MOVEMENTS_SENT
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
from streams.core.messages import EXCHANGE, PARTIALS, Movements
from streams.core.stage import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

    from streams.core.stage import Send


YOUNGER = {
    *("cancellations", "exposed", "complained", "exposed_after", "lost_after", "lost_found"),
}
"""Kinds of cells that the first version that sent movements did not have."""


def movements(sends: Iterable[Send]) -> list[Movements]:
    return [
        msgspec.msgpack.decode(send.value or b"", type=Movements)
        for send in sends
        if send.topic == PARTIALS and (send.value or b"")[1:3] == b"\xa1m"
    ]


def told(sends: list[Send]) -> dict[tuple[str, str, str | None], int]:
    return {
        (cell.grain, cell.kind, cell.label): cell.count
        for message in movements(sends)
        for cell in message.cells
    }


def test_cells_that_changed_are_sent_with_the_clock_up_to_which_they_are_told() -> None:
    partition = Partition()
    partition.take(signup("2025-03-05", channel="web"), paid("2025-03-06", 4900))
    (waiting,) = movements(partition.flush())
    assert waiting.source.watermark == 0  # most topics have not come so far
    partition.idle()
    (message,) = movements(sends := partition.flush())
    assert message.last
    assert message.source.watermark == partition.stage.customers.clock  # type: ignore[attr-defined]
    assert message.source.idle
    assert message.definitions == ON.customers.definitions.stamp
    assert told(sends)["1d", "new", None] == told(sends)["1mo", "new", "web"] == 1


def test_a_clock_is_not_told_before_the_work_it_made_is_done() -> None:
    stage = ingest_stage(0, 1, ON)
    assert isinstance(stage, IngestStageWithCustomers)
    stage.process("signups", [Record(1, None, encode(signup("2025-03-05")))], WALL)
    stage.admit(EXCHANGE, [told_clock(0, FAR, idle=False)], WALL)
    stage.remind(WALL, TOPICS)
    stage.remind(WALL + QUIET, TOPICS)
    (before,) = movements(stage.flush(1, WALL).sends)
    assert before.source.watermark < stage.customers.clock
    assert not before.source.idle
    while stage.work():
        pass
    stage.remind(WALL + 3 * QUIET, TOPICS)
    (after,) = movements(stage.flush(2, WALL).sends)
    assert after.source.watermark == stage.customers.clock
    assert after.source.idle


def test_of_many_cells_the_last_message_alone_moves_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.core.ingest.movements.MAX_CELLS_A_MESSAGE", 2)
    partition = Partition()
    partition.take(signup("2025-03-05", channel="web"), paid("2025-03-06", 4900))
    partition.idle()
    messages = movements(partition.flush())
    assert len(messages) > 2
    assert [message.last for message in messages] == [False] * (len(messages) - 1) + [True]
    assert [message.source.part for message in messages] == list(range(len(messages)))
    assert {message.source.watermark for message in messages[:-1]} == {0}


def test_a_state_of_a_version_that_sent_no_movements_sends_them_all_once() -> None:
    partition = Partition()
    partition.take(signup("2025-03-05", channel="web"), cancelled("2025-04-01", reason="price"))
    partition.take(paid("2025-04-02", 4900))
    whole = told(partition.idle() + partition.flush())
    assert ("1d", "lost", "price") in whole
    again = Partition(rows=partition.rows)
    assert told(again.idle() + again.flush()) == {}
    partition.rows = dict(before_it_was_sent(partition.rows, *MARKS))
    older = Partition(rows=partition.rows)
    assert told(older.idle() + older.flush()) == whole
    assert MOVEMENTS_SENT.key("movements") in older.rows
    assert told(older.idle() + older.flush()) == {}


def test_a_state_of_a_version_that_did_not_count_time_at_risk_counts_it_once() -> None:
    partition = Partition()
    partition.take(signup("2025-03-05"), signup("2025-03-06", "bob"), signup("2025-03-07", "cleo"))
    partition.take(
        event("complaints", "2025-03-20", "ada"), event("complaints", "2025-03-20", "bob")
    )
    partition.take(cancelled("2025-04-01", "bob"), paid("2025-05-02", 4900, "dora"))
    sent = told(partition.idle() + partition.flush())
    whole = {key: count for key, count in sent.items() if key[1] in YOUNGER}
    assert {kind for _, kind, _ in whole} == YOUNGER - {"lost_found"}
    partition.rows = dict(before_it_was_sent(partition.rows, "exposure"))
    older = Partition(rows=partition.rows)
    assert told(older.idle() + older.flush()) == whole
    assert MOVEMENTS_SENT.key("exposure") in older.rows
    again = Partition(rows=older.rows)
    assert told(again.idle() + again.flush()) == {}


def before_it_was_sent(rows: dict[bytes, bytes], *marks: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield the rows of a state as an older version wrote it."""
    gone = {MOVEMENTS_SENT.key(mark) for mark in marks}
    for row, (key, value) in zip(LAYOUT.read(rows), rows.items(), strict=True):
        younger = row.kind is CUSTOMER_CELL and KIND_WORDS[row.fields[4]] in YOUNGER
        if key not in gone and not younger:
            yield key, value


def test_months_that_were_forgotten_unsent_are_told_as_an_opening() -> None:
    partition = Partition()
    partition.take(
        signup("2020-03-05", segment="home"), signup("2020-04-05", "bob", segment="home")
    )
    partition.idle()
    partition.flush()
    partition.take(*(paid(at, 100) for at in YEARS), cancelled("2025-06-01", "bob"))
    partition.take(paid("2025-07-01", 100))
    partition.idle()
    partition.flush()
    partition.idle()
    partition.flush()
    del partition.rows[MOVEMENTS_SENT.key("movements")]
    older = Partition(rows=partition.rows)
    older.idle()
    cells = [cell for message in movements(older.flush()) for cell in message.cells]
    months = {
        (cell.kind, cell.segment): (cell.count, cell.values)
        for cell in cells
        if cell.grain == "1mo"
        and cell.dimension is None
        and cell.kind in {"new", "opening", "lost"}
    }
    assert months == {
        ("opening", "home"): (2, {"USD": 9800}),
        ("lost", "home"): (1, {"USD": 4900}),
    }
    older.idle()
    assert told(older.flush()) == {}


def test_what_does_not_add_up_is_put_into_words_once() -> None:
    partition = Partition()
    partition.take(signup("2025-03-05"), paid("2025-03-06", 4900))
    partition.idle()
    partition.flush()
    stage = partition.stage
    assert isinstance(stage, IngestStageWithCustomers)
    stage.tick(partition.wall + 100.0, TOPICS)
    assert stage.drain_faults() == []
    for levels in stage.customers.ledger.levels:
        for level in levels.values():
            level[-1] += 1
    stage.tick(partition.wall + 200.0, TOPICS)
    (fault,) = stage.drain_faults()
    assert "by customers 1;" in fault
    assert "none, it was booked wrong" in fault
    stage.tick(partition.wall + 300.0, TOPICS)
    assert stage.drain_faults() == []


def test_a_fault_names_twenty_customers_and_counts_the_others() -> None:
    assert in_words({"customers": 1_234, "USD": 5}, ["ada", "bob"]) == (
        "customers and their movements do not add up, by USD 5, customers 1,234; customers whose "
        "own movements do not: ada, bob"
    )
    assert in_words({}, [f"c{n}" for n in range(23)]).endswith("c18, c19, and 3 more")
