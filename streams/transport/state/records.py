"""Rows as records of a batch: version 2 of Kafka's format, all of one time and without headers.

    length  attributes  time  offset  length of key  key  length of value  value  headers
    varint      0         0   varint      varint     ...      varint        ...      0

Varints are zigzag; the length of what is None is -1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from aiokafka.record.default_records import DefaultRecordBatchBuilder, _DefaultRecordBatchBuilderPy

from streams.compiled import instead_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    Column = Sequence[bytes | None]
    """Keys or values of rows."""

_NO_HEADERS: Final[list[Any]] = []

Filled = tuple[int, int, int]
"""The place before which rows were added; which is the largest of them, and its bytes."""


def _fill(  # noqa: PLR0913, PLR0917 - a column each
    builder: Any,  # noqa: ANN401 - of aiokafka, which has two kinds
    keys: Column,
    values: Column,
    begin: int,
    offset: int,
    timestamp: int,
) -> Filled:
    """Add rows from the place `begin` on to a batch, as many as fit.

    Args:
        builder: of aiokafka; as `Builder` makes it.
        keys: of all rows.
        values: in the same order.
        begin: a place among them.
        offset: how many rows the batch has.
        timestamp: of all its rows, milliseconds since the epoch.
    """
    append, end, largest, most = builder.append, begin, begin, 0
    for key, value in zip(keys[begin:], values[begin:], strict=True):
        written = append(offset, timestamp, key, value, _NO_HEADERS)
        if written is None:
            break
        if written.size > most:
            largest, most = end, written.size
        offset += 1
        end += 1
    return end, largest, most


def _parted(keys: Column, values: Column, partitions: int) -> list[tuple[Column, Column]]:
    """Part rows by the partitions that their keys belong to."""
    some_keys: list[list[bytes | None]] = [[] for _ in range(partitions)]
    some_values: list[list[bytes | None]] = [[] for _ in range(partitions)]
    for key, value in zip(keys, values, strict=True):
        partition = crc32(key or b"") % partitions
        some_keys[partition].append(key)
        some_values[partition].append(value)
    return list(zip(some_keys, some_values, strict=True))


fill: Final = instead_of(_fill, "records")
parted: Final = instead_of(_parted, "records")
Builder: Final[Any] = DefaultRecordBatchBuilder if fill is _fill else _DefaultRecordBatchBuilderPy
"""Makes what `fill` fills: of those of aiokafka, the one in C shows nobody its buffer."""
