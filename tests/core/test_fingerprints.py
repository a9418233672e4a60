"""Samples of events by hash: the same in whatever order and parts they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.core.evidence.row import EvidenceRow
from streams.core.ingest.kinds import DETAIL
from streams.core.messages import DetailRow, Details, Source
from streams.core.sketches import fingerprints
from streams.core.sketches.prints import Prints

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.slots import Integers

    Words = NDArray[np.uint32]

PRINT = st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(0, 2))
"""Slot, hash of the id (so few that some are equal), and second."""


def columns(prints: list[tuple[int, int, int]]) -> tuple[Integers, Words]:
    slots = np.array([slot for slot, _, _ in prints], np.int64)
    table = [[hashed, 7, 0, 0, time] for _, hashed, time in prints]
    return slots, np.array(table, np.uint32).reshape(-1, 5)


def added(prints: list[tuple[int, int, int]], most: int, cuts: list[int]) -> Prints:
    held, (slots, table) = Prints(most), columns(prints)
    ends = sorted({*cuts, len(prints)})
    for start, end in zip([0, *ends], ends, strict=False):
        some = table[start:end]
        held.add(slots[start:end], some[:, 0], lambda places, some=some: some[places, 1:])  # type: ignore[misc]
    return held


def smallest(prints: list[tuple[int, int, int]], slot: int, most: int) -> list[list[int]]:
    own = [[hashed, 7, 0, 0, time] for owner, hashed, time in prints if owner == slot]
    return sorted(own)[:most]


@given(st.lists(PRINT, max_size=80), st.integers(1, 20), st.lists(st.integers(0, 80), max_size=3))
def test_a_sample_is_the_same_in_whatever_parts_it_was_made(
    prints: list[tuple[int, int, int]], most: int, cuts: list[int]
) -> None:
    held = added(prints, most, cuts)
    sizes, found = held.read(np.arange(4))
    expected = [smallest(prints, slot, most) for slot in range(4)]
    assert sizes.tolist() == list(map(len, expected))
    assert found.tolist() == [one for own in expected for one in own]
    again = Prints(most)
    again.restore(np.arange(4), sizes, found)
    assert again.write(np.arange(4)) == held.write(np.arange(4))


@given(st.lists(PRINT, max_size=80), st.integers(0, 60), st.lists(PRINT, max_size=20))
def test_thinning_bounds_all_samples_by_the_same_print(
    prints: list[tuple[int, int, int]], most: int, more: list[tuple[int, int, int]]
) -> None:
    held = added(prints, 20, [])
    kept = {slot: smallest(prints, slot, 20) for slot in range(4)}
    every = sorted(one for own in kept.values() for one in own)
    if len(every) > most:
        kept = {slot: [one for one in own if one < every[most]] for slot, own in kept.items()}
    held.thin(most)
    slots, table = columns(more)  # there is room again
    held.add(slots, table[:, 0], lambda places: table[places, 1:])
    for slot, own in kept.items():
        wanted = sorted(own + smallest(more, slot, 20))[:20]
        assert held.read(np.array([slot]))[1].tolist() == wanted


def test_texts_that_differ_in_a_word_mostly_share_a_print() -> None:
    text = "you closed my account {} and nobody at the branch could tell me why this happened"
    low, high = zip(*(fingerprints.fingerprint(text.format(n)) for n in "abcdefghij"), strict=True)
    assert max(low.count(x) for x in low) >= 7 or max(high.count(x) for x in high) >= 7


def test_short_texts_have_no_print() -> None:
    assert fingerprints.fingerprint("no internet again") == (0, 0)


def test_rows_and_messages_of_the_version_before_have_no_prints() -> None:
    encode, decode = msgspec.msgpack.encode, msgspec.msgpack.decode
    assert DETAIL.decode(encode((3, [(1, "hm")]))).prints == b""
    assert decode(encode((3, [(1, "hm")])), type=EvidenceRow) == EvidenceRow(3, [(1, "hm")])
    source = Source("complaints", 0, 1, 0, 7, idle=False)
    old: tuple[object, ...] = ("d", source, "complaints", ("product",), [(0, ("Loan",), 3, [])])
    assert decode(encode(old), type=Details).rows == [DetailRow(0, ("Loan",), 3, [])]
