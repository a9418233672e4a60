"""Sketches are written down alike, compiled and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.core.sketches.datasketches_format import (
    MAX_COUPONS,
    REGISTERS,
    _write_coupons,
    _write_head,
    _write_registers,
    write_coupons,
    write_head,
    write_registers,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = st.sampled_from([0, 1, 7, 8, 24, 25, 48, 49, 96, 97, 192, 193, MAX_COUPONS])
RANKS = st.lists(st.integers(0, 63), min_size=1, max_size=6)


@given(st.lists(SIZES, max_size=5), st.integers(0, 1 << 31))
def test_listed_coupons_are_written(sizes: list[int], first: int) -> None:
    coupons = np.arange(first, first + sum(sizes), dtype=np.uint32)
    each = np.array(sizes, np.int64)
    assert write_coupons(coupons, each) == _write_coupons(coupons, each)


@given(st.lists(st.tuples(RANKS, st.integers(0, 15)), min_size=1, max_size=3), st.integers(0, 99))
@example([([1, 31, 32], 0)], 0)
def test_registers_are_written(rows: list[tuple[list[int], int]], seed: int) -> None:
    draw = np.random.default_rng(seed)
    registers = np.stack(
        [draw.choice(np.array(ranks, np.uint8) | low, REGISTERS) for ranks, low in rows]
    ).astype(np.uint8)
    assert write_registers(registers) == _write_registers(registers)
    each = [write_registers(row[None])[0] for row in registers]
    assert each == write_registers(registers)
    assert list(map(write_head, registers)) == list(map(_write_head, registers))


@pytest.mark.parametrize("function", [write_coupons, _write_coupons])
@pytest.mark.parametrize("sizes", [[1], [3], []])
def test_coupons_have_to_be_as_many_as_is_said(
    function: Callable[..., object], sizes: list[int]
) -> None:
    with pytest.raises((ValueError, IndexError)):
        function(np.zeros(2, np.uint32), np.array(sizes, np.int64))
