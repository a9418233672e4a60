"""Rows go into batches as aiokafka puts them there, whichever of the two does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from aiokafka.record.default_records import (
    DefaultRecordBatchBuilder,
    _DefaultRecordBatchBuilderPy,
)
from hypothesis import given
from hypothesis import strategies as st

from streams.compiled import instead_of
from streams.transport.state import records

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 700
"""Bytes of a batch: most have a few rows."""
FIELDS = st.none() | st.binary(max_size=80) | st.sampled_from([b"", b"x" * 63, b"x" * 9_000])
ROWS = st.lists(st.tuples(FIELDS, FIELDS), max_size=400)
fill = instead_of(records._fill, "records")  # noqa: SLF001 - its twin
parted = instead_of(records._parted, "records")  # noqa: SLF001

compiled = pytest.mark.skipif(fill is records._fill, reason="nothing is compiled")  # noqa: SLF001
Rows = list[tuple[bytes | None, bytes | None]]


def batches(make: Any, fill_: Callable[..., Any], rows: Rows) -> tuple[list[bytes], list[Any]]:
    """Put rows into batches; return these, and what was said of each."""
    keys, values = [key for key, _ in rows], [value for _, value in rows]
    written, said, begin = [], [], 0
    while begin < len(keys):
        builder = make(2, 0, 1, 7, 3, 5, BATCH)
        end = min(begin + 2, len(keys))  # some at once, and then what more there is room for
        first = fill_(builder, keys[:end], values[:end], begin, 0, 1_000_000_000_000)
        number = first[0] - begin
        more = fill_(builder, keys, values, first[0], number, 1_000_000_000_000)
        said += [first, more]
        begin = more[0]
        written.append(bytes(builder.build()))
    return written, said


@compiled
@given(ROWS)
def test_batches_are_the_same_to_the_byte(rows: Rows) -> None:
    own = batches(_DefaultRecordBatchBuilderPy, fill, rows)
    assert own == batches(DefaultRecordBatchBuilder, records._fill, rows)  # noqa: SLF001


@compiled
def test_a_batch_of_many_rows_has_long_offsets() -> None:
    keys, values = [b""] * 20_000, [None] * 20_000
    written = []
    for make, own in [
        (DefaultRecordBatchBuilder, records._fill),  # noqa: SLF001
        (_DefaultRecordBatchBuilderPy, fill),
    ]:
        builder = make(2, 0, 1, 7, 3, 5, 1 << 20)
        assert own(builder, keys, values, 0, 0, 5)[0] == 20_000
        written.append(bytes(builder.build()))
    assert written[0] == written[1]


@compiled
@pytest.mark.parametrize("row", [("text", b""), (b"", 5), (b"", "text")])
def test_what_is_not_bytes_is_refused_and_nothing_added(row: tuple[Any, Any]) -> None:
    for make, own in [
        (DefaultRecordBatchBuilder, records._fill),  # noqa: SLF001
        (_DefaultRecordBatchBuilderPy, fill),
    ]:
        with pytest.raises(TypeError):
            own(make(2, 0, 1, 7, 3, 5, BATCH), [row[0]], [row[1]], 0, 0, 5)


@compiled
@pytest.mark.parametrize("begin", [-1, 0])
def test_columns_of_other_lengths_are_refused(begin: int) -> None:
    builder = _DefaultRecordBatchBuilderPy(2, 0, 1, 7, 3, 5, BATCH)
    with pytest.raises(ValueError, match=r"shorter|longer|as many"):
        records._fill(builder, [b"a", b"b"], [b"1"], 0, 0, 5)  # noqa: SLF001
    with pytest.raises(ValueError, match="as many"):
        fill(builder, [b"a", b"b"], [b"1"] * (2 if begin else 1), begin, 0, 5)


@compiled
@pytest.mark.parametrize("partitions", [-1, 0])
def test_rows_are_parted_by_one_partition_at_least(partitions: int) -> None:
    with pytest.raises(ValueError, match="and a partition"):
        parted([b"a"], [b"1"], partitions)


@given(ROWS, st.integers(1, 9))
def test_rows_are_parted_by_their_keys(rows: Rows, partitions: int) -> None:
    keys, values = [key for key, _ in rows], [value for _, value in rows]
    expected = [
        tuple(
            [row[column] for row in rows if crc32(row[0] or b"") % partitions == partition]
            for column in (0, 1)
        )
        for partition in range(partitions)
    ]
    for own in (parted, records._parted):  # noqa: SLF001
        assert own(keys, values, partitions) == expected
