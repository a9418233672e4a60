"""A stable sort by time of more rows than memory should hold."""

from __future__ import annotations

import heapq
import tempfile
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

from streams.load.times import BAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BLOCK = 1000
_ROW_COST = 300  # bytes of objects around the content of a row


class Row(NamedTuple):
    """A row on its way to become an event; `at` and `base` in microseconds since the epoch.

    `base` is the time as the file has it, `at` the same spread over its day. `content` is the
    JSON of its fields, each with a comma in front, or the whole of a payload where `raw`.
    """

    at: int
    number: int
    base: int
    raw: bool
    key: bytes | None
    event_id: bytes | None
    content: bytes


def in_order(rows: Iterable[Row], memory: int = 256 * 2**20) -> Iterator[Row]:
    """Yield the rows by time, those of one time in file order.

    Beyond about `memory` bytes, sorted runs go to temporary files and are merged from there.
    """
    with ExitStack() as stack:
        runs: list[Iterator[Row]] = []
        held: list[Row] = []
        size = 0
        for row in rows:
            held.append(row)
            size += len(row.content) + _ROW_COST
            if size > memory:
                runs.append(_spill(held, stack))
                held, size = [], 0
        held.sort()
        yield from heapq.merge(*runs, held) if runs else held


def in_order_within_days(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows that come by day, those of a day by time; only one day is held in memory.

    A row without a time belongs to the day of the row before it.
    """
    held: list[Row] = []
    day: int | None = None
    for row in rows:
        if row.base not in (BAD, day):
            if day is not None:
                held.sort()
                yield from held
                held = []
            day = row.base
        held.append(row)
    held.sort()
    yield from held


def _spill(held: list[Row], stack: ExitStack) -> Iterator[Row]:
    held.sort()
    file = stack.enter_context(_temporary())
    for start in range(0, len(held), _BLOCK):
        block = msgspec.msgpack.encode(held[start : start + _BLOCK])
        file.write(len(block).to_bytes(8))
        file.write(block)
    file.seek(0)
    return _read(file)


def _temporary() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="groundswell-load-")


def _read(file: IO[bytes]) -> Iterator[Row]:
    decode = msgspec.msgpack.Decoder(list[Row]).decode
    while size := file.read(8):
        yield from decode(file.read(int.from_bytes(size)))
