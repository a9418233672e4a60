"""What a flush changed of a bucket is one row of the ingest stage's changelog.

09:00   flush 7: A B C   flush 8: B   flush 9: A D      the last that has a series counts
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from events import T0, WALL, complaint, complaints, records
from state_rows import cells_of, ingested_by_series

from streams.core.changelog import UnreadableStateError
from streams.core.event_time.buckets import BASE, HOUR, MINUTE
from streams.core.ingest.kinds import CELL, CELLS, LAYOUT
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS
from streams.core.partials import read
from streams.core.sketches import hyperloglog
from streams.core.slice_rows import SPARE
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.partials import PackedCells
    from streams.core.stage import Send

SETTINGS = Settings()
Rows = dict[bytes, bytes]


class Run:
    """One ingest stage and its changelog."""

    def __init__(self) -> None:
        self.stage = IngestStage(0, 2, SETTINGS)
        self.rows: Rows = {}
        self.number = 0
        self.sent: dict[tuple[str, int], Any] = {}

    def add(self, at: int, customers: list[str], product: str = "Loan") -> None:
        self.number += 1
        events = complaints(self.number, at, customers, product)
        self.stage.process("complaints", records(*events), WALL)
        flush = self.stage.flush(self.number, WALL)
        self.sent.update(published(flush.sends))
        for key, value in flush.rows:
            if value is None:
                del self.rows[key]
            else:
                self.rows[key] = value

    def take_over(self, rows: Rows) -> None:
        self.rows = dict(rows)
        self.stage = IngestStage(0, 2, SETTINGS)
        self.stage.restore(dict(rows))


def published(sends: Iterable[Send]) -> dict[tuple[str, int], Any]:
    """Return the cells that messages have, customers by how many they are."""
    messages = [read(send.value or b"") for send in sends if send.topic == PARTIALS]
    return {
        (name, start): (*cell, data and hyperloglog.estimate([hyperloglog.load(data)]))
        for message in messages
        for name, cells in message.series
        for start, *cell, data in cells
    }


def meant(rows: Rows) -> dict[bytes, Any]:
    """Return the rows cell by cell, customers by how many they are."""
    found: dict[bytes, Any] = {}
    for key, row in zip(by := ingested_by_series(rows), LAYOUT.read(by), strict=True):
        found[key] = row.value
        if row.kind is CELL and row.value[2]:
            customers = hyperloglog.estimate([hyperloglog.load(row.value[2])])
            found[key] = *row.value[:2], customers
    return found


def cells(rows: Rows) -> list[tuple[tuple[Any, ...], PackedCells]]:
    return [(row.fields, row.value) for row in LAYOUT.read(rows) if row.kind is CELLS]


def life() -> Iterator[tuple[int, list[str], str]]:
    """Yield a day of complaints about three products: now some, now many, now after a while."""
    draw, at = random.Random(5), T0
    while at < T0 + 24 * HOUR:
        at += draw.choice([0, 1, 4, 130]) * MINUTE
        customers = [f"c{draw.randrange(900)}" for _ in range(draw.choice([1, 2, 40, 500]))]
        yield at, customers, draw.choice("ABC")


def test_what_a_flush_changed_of_a_bucket_is_one_row() -> None:
    run = Run()
    run.add(T0, ["a", "b"], "Loan")
    run.add(T0 + BASE, ["c"], "Card")
    run.add(T0 + BASE, ["d"], "Loan")
    assert [fields for fields, _ in cells(run.rows)] == [
        ("complaints", T0, 1, 0),
        ("complaints", T0 + BASE, 2, 0),
        ("complaints", T0 + BASE, 3, 0),
    ]
    assert meant(run.rows)[CELL.key("complaints", T0 + BASE, '["complaints",{}]')] == (2, None, 2)


def test_where_all_of_a_bucket_changed_the_row_before_goes() -> None:
    run = Run()
    run.add(T0, ["a"])
    run.add(T0 + BASE, ["b"])
    run.add(T0, ["c"])
    assert [fields for fields, _ in cells(run.rows)] == [
        ("complaints", T0 + BASE, 2, 0),
        ("complaints", T0, 3, 0),
    ]


def test_rows_go_with_the_flush_that_freezes_their_bucket() -> None:
    run, later = Run(), T0 + BASE + SETTINGS.tables.grace
    run.add(T0, ["a"])
    run.add(T0, ["b"])
    run.add(later, ["c"])
    assert [fields for fields, _ in cells(run.rows)] == [("complaints", later, 3, 0)]


def test_what_came_and_went_between_two_flushes_leaves_no_row() -> None:
    run = Run()
    run.number += 1
    events = complaint("1", T0), complaint("2", T0 + HOUR + SETTINGS.tables.grace)
    run.stage.process("complaints", records(*events), WALL)
    written = {key: value for key, value in run.stage.flush(1, WALL).rows if value is not None}
    assert {fields[1] for fields, _ in cells(written)} == {T0 + HOUR + SETTINGS.tables.grace}


@pytest.mark.parametrize("after", [1, 10, 30])
def test_state_of_the_release_before_goes_on_as_it_would_have(after: int) -> None:
    """A row a cell, then; what it had is gone once its buckets are."""
    run, upgraded = Run(), Run()
    for number, batch in enumerate(life()):
        if number == after:
            older = ingested_by_series(upgraded.rows)
            assert CELLS not in {row.kind for row in LAYOUT.read(older)}
            upgraded.take_over(older)
        run.add(*batch)
        upgraded.add(*batch)
        assert meant(upgraded.rows) == meant(run.rows)
    assert CELL not in {row.kind for row in LAYOUT.read(upgraded.rows)}
    assert upgraded.sent == run.sent


def test_one_that_takes_over_again_and_again_writes_and_deletes_the_same_rows() -> None:
    run, other = Run(), Run()
    for number, batch in enumerate(life()):
        if number % 3 == 0:
            rows = list(other.rows.items())
            random.Random(number).shuffle(rows)
            other.take_over(dict(rows))
        run.add(*batch)
        other.add(*batch)
        assert other.rows.keys() == run.rows.keys()
        assert meant(other.rows) == meant(run.rows)
    assert other.sent == run.sent


def test_a_row_of_a_bucket_counts_more_than_that_of_a_cell_from_before() -> None:
    run = Run()
    run.add(T0, ["a"])
    older = ingested_by_series(run.rows)
    run.add(T0, ["b"])
    for rows in ({**older, **run.rows}, {**run.rows, **older}):
        again = Run()
        again.number = 2
        again.take_over(rows)
        again.add(T0, ["c"])
        assert {count for count, _, _ in again.sent.values()} == {3}


def test_a_bucket_that_changes_with_every_flush_is_written_whole_now_and_then() -> None:
    run, most, rows = Run(), 0, 0
    for number in range(SPARE):
        run.add(T0, [f"c{number}"], "AB"[number % 2])
        found = cells(run.rows)
        most = max(most, sum(len(cells_of(value)) for _, value in found))
        rows = max(rows, len(found))
        latest = {name: cell for _, value in found for name, cell in cells_of(value).items()}
        products = [latest.get(f'["complaints",{{"product":"{one}"}}]') for one in "AB"]
        assert [cell and cell[0] for cell in products] == [
            number // 2 + 1,
            (number + 1) // 2 or None,
        ]
    size = len(ingested_by_series({k: v for k, v in run.rows.items() if k[:2] == b"c\t"}))
    assert SPARE < most <= 2 * size + SPARE
    assert rows < SPARE // 2
    run.take_over(run.rows)
    run.add(T0, ["c"], "A")
    assert run.sent['["complaints",{}]', T0][0] == SPARE + 1
    assert run.sent['["complaints",{"product":"A"}]', T0][0] == SPARE // 2 + 1


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4, 5])
def test_columns_that_do_not_fit_together_are_refused(place: int) -> None:
    run = Run()
    run.add(T0, ["a", "b"])
    ((fields, value),) = cells(run.rows)
    broken = msgspec.msgpack.decode(CELLS.encode(value))
    broken[place] = broken[place][:-4] if place else broken[place][1:]
    key = CELLS.key(*fields)
    with pytest.raises(UnreadableStateError, match="the value cannot be read"):
        Run().take_over({key: msgspec.msgpack.encode(broken)})


def test_values_of_no_cell_are_refused() -> None:
    run = Run()
    run.add(T0, ["a", "b"])
    ((fields, value),) = cells(run.rows)
    broken = msgspec.structs.replace(value, values=[(99, {"EUR": 1})])
    with pytest.raises(UnreadableStateError, match="the columns do not fit together"):
        Run().take_over({CELLS.key(*fields): CELLS.encode(broken)})


def test_a_name_of_no_series_is_refused() -> None:
    run = Run()
    run.add(T0, ["a"])
    ((fields, value),) = cells(run.rows)
    broken = msgspec.structs.replace(value, names=["nonsense", *value.names[1:]])
    with pytest.raises(UnreadableStateError, match="'nonsense' names no series"):
        Run().take_over({CELLS.key(*fields): CELLS.encode(broken)})
