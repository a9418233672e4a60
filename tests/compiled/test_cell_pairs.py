"""Pairs of cell and customer are merged, found and dropped alike, compiled and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import compiled
from streams.core.sketches.cell_pairs import (
    _coupons_at,
    _merged,
    _raised,
    _ranges,
    _without,
    coupons_at,
    merged,
    raised,
    ranges,
    without,
)
from streams.core.sketches.datasketches_format import MAX_COUPONS, REGISTERS

if TYPE_CHECKING:
    from streams.core.sketches.cell_pairs import Pairs

SLOTS = 6
COUPON = st.builds(lambda rank, slot: rank << 26 | slot, st.integers(1, 63), st.integers(0, 5))
COUPONS = st.lists(COUPON, max_size=8)
CELLS = st.lists(st.tuples(st.integers(0, SLOTS - 1), COUPONS), max_size=8)
MANY = st.lists(
    st.tuples(st.integers(0, SLOTS - 1), st.integers(MAX_COUPONS - 1, MAX_COUPONS + 1)), max_size=2
)
SOME_SLOTS = st.lists(st.integers(0, SLOTS + 1), max_size=70)


def ascending(cells: list[tuple[int, list[int]]], many: list[tuple[int, int]]) -> Pairs:
    listed = [slot << 32 | coupon for slot, coupons in cells for coupon in coupons]
    listed += [slot << 32 | 1 << 26 | place for slot, size in many for place in range(size)]
    return np.array(sorted(listed), np.uint64)


PAIRS = st.builds(ascending, CELLS, MANY)


def registers_of(rows: list[int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.array(rows, np.uint8)[:, None] * np.ones(REGISTERS, np.uint8)


@given(
    PAIRS, PAIRS, st.permutations([-1, -1, -1, 0, 1, 2]), st.lists(st.integers(0, 63), min_size=3)
)
def test_pairs_are_merged(pairs: Pairs, fresh: Pairs, rows: list[int], filled: list[int]) -> None:
    row_of = np.array(rows)
    listed = row_of[(pairs >> np.uint64(32)).astype(np.int64)] < 0
    held = np.unique(pairs[listed])
    ours, twins = registers_of(filled), registers_of(filled)
    expected, expected_outgrown, expected_rows = _merged(held, fresh, row_of, twins)
    found, outgrown, changed = merged(held, fresh, row_of, ours)
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()
    assert (outgrown, changed) == (expected_outgrown, expected_rows)
    assert np.array_equal(ours, twins)


@given(st.lists(st.tuples(st.integers(0, 2), COUPON)), st.lists(st.integers(0, 63), min_size=3))
def test_registers_are_raised(given: list[tuple[int, int]], filled: list[int]) -> None:
    rows = np.array([row for row, _ in given], np.int64)
    coupons = np.array([coupon for _, coupon in given], np.uint32)
    ours, twins = registers_of(filled), registers_of(filled)
    assert raised(ours, rows, coupons) == _raised(twins, rows, coupons)
    assert np.array_equal(ours, twins)


@given(PAIRS, SOME_SLOTS)
def test_ranges_are_found_and_listed(pairs: Pairs, wanted: list[int]) -> None:
    slots = np.array(wanted, np.int64)
    (starts, sizes), (expected, expected_sizes) = ranges(pairs, slots), _ranges(pairs, slots)
    assert sizes.tolist() == expected_sizes.tolist()
    assert starts[sizes > 0].tolist() == expected[sizes > 0].tolist()
    coupons = coupons_at(pairs, starts, sizes)
    assert coupons.dtype == np.uint32
    assert coupons.tolist() == _coupons_at(pairs, expected, expected_sizes).tolist()


@given(PAIRS, SOME_SLOTS)
def test_pairs_are_dropped(pairs: Pairs, gone: list[int]) -> None:
    slots = np.array(gone, np.int64)
    assert without(pairs, slots).tolist() == _without(pairs, slots).tolist()


@pytest.mark.skipif(merged is _merged, reason="nothing is compiled")
def test_nothing_beyond_an_array_is_touched() -> None:
    one, registers = np.array([1], np.int64), np.zeros((1, REGISTERS), np.uint8)
    pairs, coupon = np.array([5 << 32], np.uint64), np.array([1 << 26], np.uint32)
    with pytest.raises(IndexError):
        merged(pairs[:0], pairs, one, registers)
    with pytest.raises(IndexError):
        merged(pairs[:0], pairs, np.ones(6, np.int64), registers)
    with pytest.raises(IndexError):
        raised(registers, one, coupon)
    with pytest.raises(IndexError):
        raised(registers[:, 1:].copy(), 0 * one, coupon)
    with pytest.raises(ValueError, match="each row"):
        raised(registers, one[:0], coupon)
    for start, size in ((0, 2), (-1, 1), (1, -1), (1 << 62, 1 << 62)):
        with pytest.raises(IndexError):
            coupons_at(pairs, start * one, size * one)
    with pytest.raises(ValueError, match="each start"):
        coupons_at(pairs, one, one[:0])


@pytest.mark.skipif(merged is _merged, reason="nothing is compiled")
def test_of_pairs_that_are_in_no_order_nothing_beyond_an_array_is_touched() -> None:
    far = (1 << 31) - 1
    pairs, registers = np.array([far << 32, 0], np.uint64), np.zeros((1, REGISTERS), np.uint8)
    with pytest.raises(IndexError, match="of which no row is known"):
        merged(pairs[:0], pairs, np.array([-1], np.int64), registers)
    with pytest.raises(ValueError, match="not in order"):
        ranges(pairs, np.arange(2))
    with pytest.raises(ValueError, match="not in order"):
        without(pairs, np.arange(2))


@pytest.mark.skipif(compiled.PURE, reason="nothing is compiled")
def test_what_stays_of_few_keeps_no_memory_of_many() -> None:
    pairs = ascending([(slot, [1, 2]) for slot in range(SLOTS)], [])
    few = without(pairs, np.arange(1, SLOTS))
    assert few.base is None
