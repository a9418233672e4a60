"""Rows of buckets and windows of many series, compiled, are those that Python makes."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.metrics import Status
from schemas.templates import BucketSlice, WindowSlice
from streams import compiled
from streams.core.aggregate import public_rows

PURE: tuple[Any, Any] = public_rows._bucket_rows, public_rows._window_rows  # noqa: SLF001 - the twins
BUCKETS: Any
WINDOWS: Any
BUCKETS, WINDOWS = (compiled.instead_of(one, "public_rows") for one in PURE)
pytestmark = pytest.mark.skipif(BUCKETS is PURE[0], reason="nothing is compiled")

NOW = 1_800_000_000 - 1_800_000_000 % 86_400
NUMBERS = (
    st.integers(-3, 1_100) | st.integers(-(2**66), 2**66) | st.sampled_from([-1, 2**63, -(2**63)])
)
NAMES = st.binary(max_size=30)


@given(st.lists(st.tuples(NAMES, NUMBERS, NUMBERS, st.sampled_from(get_args(Status)))))
def test_rows_of_buckets_are_the_same(rows: list[tuple[bytes, int, int, Status]]) -> None:
    of_slice = BucketSlice("1h", NOW, NOW + 3_600, NOW + 7_000)
    columns = [[row[column] for row in rows] for column in range(4)]
    both = [make(of_slice, *columns) for make in (BUCKETS, PURE[0])]
    assert both[0] == both[1]


def test_columns_of_buckets_are_of_one_length() -> None:
    of_slice = BucketSlice("1h", NOW, NOW + 3_600, NOW + 7_000)
    for make in (BUCKETS, PURE[0]):
        with pytest.raises(ValueError, match="shorter"):
            make(of_slice, [b"a", b"b"], [1], [1, 1], ["final", "final"])


@given(st.lists(st.tuples(NAMES, st.integers(0, 2), NUMBERS, NUMBERS)))
def test_rows_of_windows_are_the_same(rows: list[tuple[bytes, int, int, int]]) -> None:
    columns = [[row[column] for row in rows] for column in range(4)]
    both = [make(*columns, slices()) for make in (WINDOWS, PURE[1])]
    assert both[0] == both[1]


def test_columns_of_windows_are_of_one_length() -> None:
    for make in (WINDOWS, PURE[1]):
        with pytest.raises(ValueError, match="shorter"):
            make([b"a", b"b"], [0, 1], [1], [1, 1], slices())


def slices() -> list[tuple[WindowSlice, Status]]:
    """Three windows, one of them final."""
    return [
        (WindowSlice("1h", NOW - 3_600, NOW, NOW + 1), "final"),
        (WindowSlice("24h", NOW - 86_400, NOW + 3_600, NOW + 1), "provisional"),
        (WindowSlice("28d", NOW - 28 * 86_400, NOW + 86_400, NOW + 1), "provisional"),
    ]
