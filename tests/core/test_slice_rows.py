"""What changed of a slice of time is one row of the changelog, in place of one a series.

09:00   flush 7: A B C   flush 8: B   flush 9: A D      the last that has a series counts
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from contract_stages import tables_reported
from events import T0, WALL
from one_partition import Run
from state_rows import by_series

from streams.core.aggregate.kinds import BUCKET, BUCKETS, LAYOUT, SNAPSHOT, SNAPSHOTS
from streams.core.aggregate.slice_rows import Columns, latest, written
from streams.core.aggregate.stage import AggregateStage
from streams.core.changelog import UnreadableStateError
from streams.core.config import Detect
from streams.core.event_time.buckets import BASE, HOUR, MINUTE
from streams.core.messages import PARTIALS, Partials, Source
from streams.core.sketches import hyperloglog
from streams.core.slice_rows import MAX_ROW_BYTES, SPARE, SliceRows
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = Settings(detect=Detect(metrics=()))
OF_SLICES = {BUCKETS, SNAPSHOTS}
OF_SERIES = {BUCKET, SNAPSHOT}


def kinds(rows: dict[bytes, bytes]) -> Counter[Any]:
    return Counter(row.kind for row in LAYOUT.read(rows))


def meant(rows: dict[bytes, bytes]) -> dict[bytes, Any]:
    """Return the rows series by series, customers by how many they are."""
    found: dict[bytes, Any] = {}
    for key, row in zip(by := by_series(rows), LAYOUT.read(by), strict=True):
        value = row.value
        if row.kind is BUCKET and value[2]:
            value = *value[:2], hyperloglog.estimate([hyperloglog.load(value[2])])
        found[key] = value
    return found


def has_its_snapshots(run: Run) -> bool:
    """Return whether the changelog has those that are held, as they are, and no other."""
    held = run.stage._families["complaints"].buckets.held_snapshots()  # noqa: SLF001
    rows = (row for row in LAYOUT.read(by_series(run.rows)) if row.kind is SNAPSHOT)
    return {row.fields[1:]: row.value for row in rows} == held


def life() -> Iterator[tuple[int, list[str], str]]:
    """Yield two days of complaints about three products: now some, now many, now after hours."""
    draw, at = random.Random(5), T0
    while at < T0 + 48 * HOUR:
        at += draw.choice([1, 4, 20, 130]) * MINUTE
        customers = [f"c{draw.randrange(900)}" for _ in range(draw.choice([1, 2, 40]))]
        yield at, customers, draw.choice("ABC")


def test_what_a_flush_changed_of_a_slice_is_one_row() -> None:
    run = Run(SETTINGS)
    run.add(T0 + HOUR, ["a", "b"], "Loan")
    run.add(T0 + HOUR, ["c"], "Card")
    found = kinds(run.rows)
    assert (found[BUCKETS], found[SNAPSHOTS]) == (2 * 3, 2), "5 minutes, an hour and a day"
    assert not OF_SERIES & found.keys()
    cells = [row for row in by_series(run.rows) if row.startswith(b"b\tcomplaints\t5m")]
    assert len(cells) == len(run.stage._families["complaints"].series)  # noqa: SLF001


def test_snapshots_go_with_the_flush_that_freezes_them() -> None:
    run, later = Run(SETTINGS), T0 + HOUR + SETTINGS.tables.grace + BASE
    run.add(T0 + HOUR, ["a"])
    run.add(later, ["b"])
    starts = {row.fields[1] for row in LAYOUT.read(run.rows) if row.kind is SNAPSHOTS}
    assert starts == {later}
    assert has_its_snapshots(run)


def test_what_came_and_went_between_two_flushes_leaves_no_row() -> None:
    run = Run(SETTINGS)
    run.add(T0 + HOUR, ["a"])
    run.add(T0 + 30 * HOUR, ["b"])
    assert {row.fields[2] for row in LAYOUT.read(run.rows) if row.kind is BUCKETS} == {
        T0,
        T0 + HOUR,
        T0 + 24 * HOUR,
        T0 + 30 * HOUR,
    }
    assert not any(b"\t5m\t%d\t" % (T0 + HOUR) in key for key in run.rows)


@pytest.mark.parametrize("after", [1, 10, 30])
def test_state_of_the_release_before_goes_on_as_it_would_have(after: int) -> None:
    """A row a series, then; slice by slice it is written as it is now, and what it had is gone."""
    run, upgraded = Run(SETTINGS), Run(SETTINGS)
    for number, batch in enumerate(life()):
        if number == after:
            upgraded.rows = by_series(upgraded.rows)
            assert not OF_SLICES & kinds(upgraded.rows).keys()
            upgraded.stage = upgraded.taken_over(upgraded.rows)
        run.add(*batch)
        upgraded.add(*batch)
        assert meant(upgraded.rows) == meant(run.rows)
    assert not OF_SERIES & kinds(upgraded.rows).keys()
    assert tables_reported(upgraded.sends) == tables_reported(run.sends)
    assert meant(upgraded.rows) == meant(by_series(upgraded.rows))


def test_one_that_takes_over_again_and_again_writes_and_deletes_the_same_rows() -> None:
    run, other = Run(SETTINGS), Run(SETTINGS)
    for number, batch in enumerate(life()):
        if number % 3 == 0:
            other.stage = other.taken_over(other.rows)
        run.add(*batch)
        other.add(*batch)
        assert other.rows.keys() == run.rows.keys()
        assert has_its_snapshots(run)
    assert meant(other.rows) == meant(run.rows)
    assert tables_reported(other.sends) == tables_reported(run.sends)


def test_a_row_of_a_slice_counts_more_than_that_of_a_series_from_before() -> None:
    run = Run(SETTINGS)
    run.add(T0 + HOUR, ["a"])
    older = by_series(run.rows)
    run.add(T0 + HOUR, ["b"])
    both = {**older, **run.rows}
    assert meant(both) == meant(run.rows)
    mixed, own = (run.taken_over(rows).flush(9, 1e9).sends for rows in (both, run.rows))
    assert tables_reported(mixed) == tables_reported(own)
    assert any(b'"count":2' in (send.value or b"") for send in mixed)


def test_a_slice_that_changes_with_every_flush_is_written_whole_now_and_then() -> None:
    run, most = Run(SETTINGS), 0
    for number in range(SPARE):
        run.add(T0 + HOUR, [f"c{number}"], "AB"[number % 2])
        cells: Counter[tuple[Any, ...]] = Counter()
        for row in LAYOUT.read(run.rows):
            if row.kind in OF_SLICES:
                *place, _, _ = row.fields
                cells[row.kind, *place] += len(row.value[0])
        most = max(most, *cells.values())
        assert has_its_snapshots(run)
    series = len(run.stage._families["complaints"].series)  # noqa: SLF001
    assert SPARE < most <= 2 * series + SPARE
    assert meant(run.rows) == meant(by_series(run.rows))
    again = run.taken_over(run.rows).flush(run.number + 1, 1e9).sends
    assert any(b'"count":%d' % SPARE in (send.value or b"") for send in again)


def test_a_closed_slice_that_changes_again_and_again_is_written_with_what_did_not_change() -> None:
    """Partition 0 was idle, and goes on with an hour that is closed."""
    stage, rows = AggregateStage(0, 2, SETTINGS), dict[bytes, bytes]()
    changed, other = '["complaints",{"channel":"phone"}]', '["complaints",{"channel":"web"}]'

    def tell(number: int, partition: int, at: int, *cells: Any, idle: bool = False) -> None:
        source = Source("complaints", partition, number, 0, at, idle)
        sent = msgspec.msgpack.encode(Partials(source, [*cells], {}))
        stage.process(PARTIALS, [Record(0, None, sent)], WALL)
        for key, value in stage.flush(number, WALL).rows:
            if value is None:
                del rows[key]
            else:
                rows[key] = value

    both = [(changed, [(T0, 1, None, None)]), (other, [(T0, 7, {"EUR": 5}, None)])]
    tell(1, 0, T0, *both, idle=True)
    tell(2, 1, T0 + 6 * HOUR, (other, [(T0 + 6 * HOUR, 1, None, None)]))
    sizes = []
    for number in range(3, 13):
        tell(number, 0, T0 + 1, (changed, [(T0, number, None, None)]))
        hours = [row for row in LAYOUT.read(rows) if row.kind is BUCKETS and row.fields[1] == "1h"]
        sizes.append(sum(len(row.value[0]) for row in hours if row.fields[2] == T0))
        found = meant(rows)
        assert found[BUCKET.key("complaints", "1h", T0, changed)][0] == number
        assert found[BUCKET.key("complaints", "1h", T0, other)] == (7, {"EUR": 5}, None)
    assert sizes == [3, 4, 5, 6, 2, 3, 4, 5, 6, 2], "what is open again counts once more"


def test_a_closed_slice_is_left_with_twice_its_cells_at_the_most() -> None:
    rows: SliceRows[str] = SliceRows()
    rows.note("1h", T0, b"one", 10)
    assert not rows.crowded("1h", T0, 0, 5, closed=True)
    assert rows.crowded("1h", T0, 1, 5, closed=True)
    assert not rows.crowded("1h", T0, SPARE, 5, closed=False)
    assert rows.crowded("1h", T0, SPARE + 1, 5, closed=False)
    assert not rows.crowded("1h", T0 + HOUR, 99, 5, closed=True), "there is none"
    assert rows.forget("1h", T0) == [b"one"]
    assert rows.forget("1h", T0) == []


def test_a_row_that_is_too_long_is_parted() -> None:
    names = [f"s{number}" for number in range(200)]
    customers = [bytes([number]) * 4_000 for number in range(200)]
    columns: Columns = (names, [*range(200)], [], customers)
    rows = list(written(BUCKETS, lambda part: b"%d" % part, columns))
    assert len({key for key, _, _ in rows}) == len(rows) > 1
    assert max(len(data) for _, data, _ in rows) <= MAX_ROW_BYTES
    assert sum(cells for _, _, cells in rows) == 200
    read = [(1, BUCKETS.decode(data)) for _, data, _ in rows]
    assert latest(read) == latest([(1, columns)])


def test_of_one_series_a_row_may_be_as_long_as_it_is() -> None:
    columns: Columns = (["s"], [1], [], [bytes(2 * MAX_ROW_BYTES)])
    assert len(list(written(BUCKETS, lambda part: b"%d" % part, columns))) == 1
    assert list(written(BUCKETS, lambda part: b"%d" % part, ([], [], [], []))) == []


@pytest.mark.parametrize(
    "value",
    [
        (["a", "b"], [1], [], [None, None]),
        (["a"], [1], [None, None], [None]),
        (["a"], [1], [], []),
    ],
)
def test_columns_of_different_lengths_are_refused(value: Any) -> None:
    key = BUCKETS.key("complaints", "5m", T0, 1, 0)
    with pytest.raises(UnreadableStateError, match="the columns differ in length"):
        list(LAYOUT.read({key: BUCKETS.encode(value)}))


def test_a_name_of_no_series_is_refused() -> None:
    key = BUCKETS.key("complaints", "5m", T0, 1, 0)
    with pytest.raises(UnreadableStateError, match="'nonsense' names no series"):
        Run(SETTINGS).taken_over({key: BUCKETS.encode((["nonsense"], [1], [], [None]))})


def test_only_rows_of_slices_that_start_before_the_end_are_forgotten() -> None:
    rows: SliceRows[str] = SliceRows()
    for start in (0, 300, 600):
        rows.note("5m", start, b"%d" % start, 1)
    rows.note("1h", 0, b"of an hour", 1)
    assert list(rows.forget_before("5m", 300)) == [b"0"]
    assert list(rows.forget_before("5m", 900)) == [b"300", b"600"]
    assert list(rows.forget_before("1h", 1)) == [b"of an hour"]
