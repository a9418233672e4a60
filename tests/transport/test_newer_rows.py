"""Rows behind the last checkpoint: a part of a flush that was committed without the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.stage import Record
from streams.transport.failure import StateRefusedError
from streams.transport.spec import StageSpec
from streams.transport.state import checkpoint as checkpoints
from streams.transport.state.changelog_reader import Changelog, extended
from streams.transport.state.checkpoint import KEY, Checkpoint
from streams.transport.state.restore import refuse_newer

if TYPE_CHECKING:
    from streams.core.stage import Stage

SPEC = StageSpec("fold", ("complaints",), lambda _: cast("Stage", None), version=2)

Row = tuple[bytes, bytes | None]
rows = st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.sampled_from([b"1", b"2", None]))
flushes = st.lists(st.tuples(st.lists(rows, max_size=4), st.booleans()), max_size=8)


def marker(flush: int) -> Row:
    return KEY, checkpoints.encode(Checkpoint(flush, 2, {"complaints": flush}, {"complaints": 1}))


class Log:
    """One partition of a changelog as a reader of what is committed sees it.

    What is not committed and what marks the end of a transaction take an offset and are not seen.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.end = 0

    def transaction(self, written: list[Row], *, committed: bool = True) -> None:
        for key, value in written:
            if committed:
                self.records.append(Record(self.end, key, value))
            self.end += 1
        self.end += 1  # the control record

    def compact(self, *, tombstones: bool) -> None:
        """Keep the last record of each key, where it is; a deletion for a while only."""
        last = {record.key: record for record in self.records}
        self.records = [
            record
            for record in self.records
            if last[record.key] is record and (tombstones or record.value is not None)
        ]

    def read(self, fetches: int = 1) -> Changelog:
        found = Changelog({}, 0)
        size = max(1, len(self.records) // fetches)
        for first in range(0, len(self.records), size):
            found = extended(found, self.records[first : first + size])
        return found


def lived(happened: list[tuple[list[Row], bool]]) -> tuple[Log, int]:
    """A log of whole flushes, and how many of them were committed; the others were aborted."""
    log, number = Log(), 0
    for written, committed in happened:
        log.transaction([*written, marker(number + 1)], committed=committed)
        number += committed
    return log, number


@given(
    happened=flushes, compacted=st.booleans(), tombstones=st.booleans(), fetches=st.integers(1, 5)
)
def test_whole_flushes_have_none_whatever_was_taken_back_or_compacted(
    happened: list[tuple[list[Row], bool]], *, compacted: bool, tombstones: bool, fetches: int
) -> None:
    log, number = lived(happened)
    if compacted:
        log.compact(tombstones=tombstones)
    found = log.read(fetches)
    assert found.newer == 0
    assert (KEY in found.rows) == (number > 0)


@given(
    happened=flushes,
    part=st.lists(rows, min_size=1),
    compacted=st.booleans(),
    fetches=st.integers(1, 5),
)
def test_a_part_of_a_flush_is_found_whatever_came_before_it(
    happened: list[tuple[list[Row], bool]], part: list[Row], *, compacted: bool, fetches: int
) -> None:
    log, _ = lived(happened)
    log.transaction(part)
    if compacted:
        log.compact(tombstones=True)
    assert log.read(fetches).newer == (len(dict(part)) if compacted else len(part))


def half(flushed: int) -> Changelog:
    """Five of the fourteen rows of a flush were committed, without its marker."""
    log = Log()
    for number in range(1, flushed + 1):
        log.transaction([(b"%d" % n, b"1") for n in range(14)] + [marker(number)])
    log.transaction([(b"%d" % n, b"2") for n in range(5)])
    return log.read()


def refused(flushed: int) -> str:
    found = half(flushed)
    counts = {"complaints": 1}
    checkpoint = checkpoints.read(found.rows.pop(KEY, None), SPEC, 3, counts)
    with pytest.raises(StateRefusedError) as caught:
        refuse_newer(found, checkpoint, SPEC, 3)
    return str(caught.value)


def test_it_is_refused_with_what_was_found_and_how_to_go_on() -> None:
    assert refused(flushed=7) == (
        "the state of stage 'fold', partition 3 has 5 rows behind its last checkpoint, that of "
        "flush 7: a part of flush 8 was committed without the rest. Events would be counted twice "
        "on top of it, so nothing was taken over: start anew "
        "(docs/recovery.md#a-part-of-a-flush-was-committed)"
    )


def test_rows_without_any_checkpoint_are_a_part_of_the_first_flush() -> None:
    assert "has 5 rows and no checkpoint: a part of flush 1 was committed" in refused(flushed=0)


def test_a_whole_state_is_taken_over() -> None:
    checkpoint = Checkpoint(7, 2, {"complaints": 7}, {"complaints": 1})
    refuse_newer(Changelog({b"a": b"1"}, 0), checkpoint, SPEC, 3)


def test_records_that_are_none_of_ours_do_not_count() -> None:
    assert extended(Changelog({}, 0), [Record(0, None, b"x")]) == Changelog({}, 0)
