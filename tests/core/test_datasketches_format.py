"""Sketches from arrays are those of DataSketches: the same coupons, the same registers."""

from __future__ import annotations

import struct
from random import Random

import numpy as np
import pytest
from datasketches import hll_sketch, hll_union, tgt_hll_type
from hypothesis import given
from hypothesis import strategies as st

from streams.core.sketches.coupons import coupons
from streams.core.sketches.datasketches_format import (
    MAX_COUPONS,
    REGISTERS,
    read,
    registers_of,
    write_coupons,
    write_registers,
)

SIZES = [1, 7, 8, 9, 24, 25, 48, 49, 384, 385, 500, 3_000, 40_000]


def theirs(names: list[str]) -> hll_sketch:
    sketch = hll_sketch(12, tgt_hll_type.HLL_4)
    for name in names:
        sketch.update(name)
    return sketch


def ours(names: list[str]) -> bytes:
    listed = np.unique(coupons(names))
    if listed.size > MAX_COUPONS:
        return write_registers(registers_of(listed)[None])[0]
    (data,) = write_coupons(listed, np.array([listed.size]))
    assert data is not None
    return data


def estimates(data: bytes, other: bytes) -> tuple[float, float]:
    """Estimate a sketch, and it joined with another."""
    union = hll_union(12)
    for one in (data, data):  # twice: then DataSketches has no history to answer from
        union.update(hll_sketch.deserialize(one))
    alone = union.get_estimate()
    union.update(hll_sketch.deserialize(other))
    return alone, union.get_estimate()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_a_name_of_any_letters_has_the_coupon_that_datasketches_gives_it(names: list[str]) -> None:
    for name, own in zip(names, coupons(names).tolist(), strict=True):
        (listed,) = read(bytes(theirs([name]).serialize_compact())).coupons.tolist()
        assert own == listed


@pytest.mark.parametrize("size", SIZES)
def test_both_read_what_the_other_has_written(size: int) -> None:
    names = [f"customer-{number}" for number in range(size)]
    written = bytes(theirs(names).serialize_compact())
    own = ours(names)
    assert len(own) == pytest.approx(len(written), abs=64)
    found, back = read(written), read(own)
    assert sorted(found.coupons) == sorted(back.coupons)
    if size > MAX_COUPONS:
        assert found.registers is not None
        assert back.registers is not None
        assert found.registers.tolist() == back.registers.tolist()
    else:
        assert own[:8] == written[:8]
    other = ours([f"customer-{number}" for number in range(size // 2, size + 400)])
    assert estimates(own, other) == pytest.approx(estimates(written, other), rel=1e-12)


def test_registers_far_from_the_least_stand_among_the_exceptions() -> None:
    dice = np.random.default_rng(7)
    rows = dice.integers(3, 64, (5, 4096)).astype(np.uint8)
    for row, data in zip(rows, write_registers(rows), strict=True):
        back = read(data).registers
        assert back is not None
        assert back.tolist() == row.tolist()
        again = read(bytes(hll_sketch.deserialize(data).serialize_compact())).registers
        assert again is not None
        assert again.tolist() == row.tolist()


def test_many_are_written_at_once_as_one_by_one() -> None:
    sizes = [0, 3, 0, 7, 8, 100, 384, 1, 0]
    dice = Random(3)
    each = [np.array(dice.sample(range(1 << 26, 1 << 32), n), np.uint32) for n in sizes]
    together = write_coupons(np.concatenate(each), np.array(sizes))
    alone = [write_coupons(one, np.array([one.size]))[0] for one in each]
    assert together == alone
    assert [data is None for data in together] == [size == 0 for size in sizes]


def test_sums_of_registers_are_the_same_counted_and_added_up() -> None:
    """They are counted where all ranks are below 32; one row of another shows the other way."""
    rows = np.minimum(np.random.default_rng(5).geometric(0.5, (3, REGISTERS)), 31).astype(np.uint8)
    (one,) = write_registers(rows[:1])
    high = rows.copy()
    high[2, 7] = 40
    assert write_registers(rows)[0] == write_registers(high)[0] == one
    low, rest = struct.unpack_from("<dd", one, 16)
    assert (low, rest) == (np.ldexp(1.0, -rows[0].astype(int)).sum(), 0.0)
