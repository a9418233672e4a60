"""Lean records are those of aiokafka, and so is the position after any number of them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from streams.transport.client.lean_records import LeanBuffer

if TYPE_CHECKING:
    from collections.abc import Sequence

TP = TopicPartition("complaints", 0)
CONTROL = 0x20
ABORT = struct.pack(">hh", 0, 0)
Kind = tuple[int, str]
"""How many records a batch has, and whether it is `plain`, `open` (of a transaction) or `abort`."""

KINDS = st.tuples(st.integers(1, 5), st.sampled_from(("plain", "plain", "open", "abort")))


class Assignment:
    """What a fetch result asks of the state of its partition."""

    def __init__(self, position: int) -> None:
        self.position, self.paused = position, False

    def is_active(self) -> bool:
        return True

    active = property(is_active)

    def state_value(self, _tp: TopicPartition) -> Assignment:
        return self

    def consumed_to(self, position: int) -> None:
        self.position = position


def batch(first: int, kind: Kind) -> bytes:
    """Write a batch as a broker has it, its first record at an offset."""
    many, what = kind
    builder = DefaultRecordBatchBuilder(
        2, 0, int(what != "plain"), 7 if what != "plain" else -1, 0, 0, 1 << 20
    )
    for place in range(1 if what == "abort" else many):
        key = ABORT if what == "abort" else f"key {first + place}".encode()
        builder.append(place, 1, key, b"value" if place % 2 else None, [])
    raw = bytearray(builder.build())
    raw[:8] = struct.pack(">q", first)
    if what == "abort":
        (attributes,) = struct.unpack_from(">h", raw, 21)
        struct.pack_into(">h", raw, 21, attributes | CONTROL)
    return bytes(raw)


def fetched(kinds: Sequence[Kind], begin: int, *, lean: bool) -> tuple[Any, Assignment]:
    """Make what a fetch from `begin` on brought."""
    raw, offset, aborted, opened = [], 0, [], None
    for kind in kinds:
        raw.append(batch(offset, kind))
        if kind[1] == "open" and opened is None:
            opened = offset
        if kind[1] == "abort" and opened is not None:
            aborted.append((7, opened))
            opened = None
        offset += 1 if kind[1] == "abort" else kind[0]
    data = MemoryRecords(b"".join(raw))
    records = PartitionRecords(TP, data, aborted, begin, None, None, False, READ_COMMITTED)  # noqa: FBT003
    assignment = Assignment(begin)
    result = FetchResult(TP, partition_records=records, assignment=assignment, backoff=0)
    buffer: Any = LeanBuffer() if lean else {}
    buffer[TP] = result
    return result, assignment


@given(st.lists(KINDS, min_size=1, max_size=8), st.data())
def test_the_same_records_come_in_the_same_pieces(kinds: list[Kind], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, 6))
    plain, his = fetched(kinds, begin, lean=False)
    lean, ours = fetched(kinds, begin, lean=True)
    while plain.has_more():
        assert lean.has_more()
        if data.draw(st.integers(0, 4)) == 0:
            expected, found = plain.getone(), lean.getone()
            pairs = [(expected, found)] if expected is not None or found is not None else []
        else:
            most = data.draw(st.none() | st.integers(1, 6))
            pairs = list(zip(plain.getall(most), lean.getall(most), strict=True))
        for expected, found in pairs:
            assert (expected.offset, expected.key, expected.value) == found
        assert ours.position == his.position
    assert not lean.has_more()


def test_some_records_are_skipped_and_some_are_not() -> None:
    kinds = [(3, "plain"), (2, "open"), (1, "abort"), (2, "open"), (4, "plain")]
    result, state = fetched(kinds, 1, lean=True)
    assert [record.offset for record in result.getall(3)] == [1, 2, 6]
    assert state.position == 7
    assert [record.offset for record in result.getall()] == [7, 8, 9, 10, 11]
    assert state.position == 12


@pytest.mark.parametrize("most", [1, 2, 100])
def test_records_are_tuples_of_our_own(most: int) -> None:
    result, _ = fetched([(3, "plain")], 0, lean=True)
    assert result.getall(most)[0] == (0, b"key 0", None)
