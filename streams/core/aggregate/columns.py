"""Closed buckets, packed: columns in place of objects, a twentieth of the memory.

A bucket that closed seldom changes again. It costs 16 bytes here, with values some 50 more, and its
customers as `dictionary` has them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from streams.core.aggregate import sketch_columns
from streams.core.sketches import hyperloglog
from streams.core.sketches.datasketches_format import listed, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.aggregate.sketch_columns import SketchDictionaries
    from streams.core.sketches.datasketches_format import Registers

    Numbers = tuple[int, ...] | array[int]


StoredBucket = tuple[int, dict[str, int] | None, bytes | None]
"""Count, values and customers of a bucket, as written down."""


Packed = tuple[int, int, dict[str, int] | None, bytes | None]
"""Start, count, values and customers of a bucket, the last squeezed."""

Single = tuple[int, tuple[int, dict[str, int], int]]
"""Start of a bucket; its events, values and customers."""


class Row(NamedTuple):
    """One bucket: its customers by their coupons, or the registers of many."""

    start: int
    events: int
    values: dict[str, int] | None
    coupons: bytes
    registers: Registers | None


class Bucket(msgspec.Struct, frozen=True):
    """Count, values and customers (a sketch as written down) of one series in one slice of time.

    `amended`: it changed after it was published as final.
    """

    count: int
    values: dict[str, int] | None
    customers: bytes | None
    amended: bool = False


_encode = msgspec.msgpack.Encoder().encode
_NO_VALUES: Final[dict[str, int]] = {}
_values: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(dict[str, int])


class ClosedColumns:
    """The closed buckets of one series and grain, ascending by start (epoch seconds).

    All were published as final. `dictionaries` number the customers of hours; of other grains
    there are none. Of one bucket, as most series have where there are many, columns are tuples.

    Attributes:
        starts: of each bucket.
        counts: of each bucket, in the same order.
        changes: rises with every bucket that comes or goes.
    """

    __slots__ = (
        "_amended",
        "_customers",
        "_dictionaries",
        "_values",
        "changes",
        "counts",
        "starts",
    )

    def __init__(
        self, dictionaries: SketchDictionaries | None = None, first: Packed | None = None
    ) -> None:
        self._dictionaries = dictionaries
        self.changes = 0
        self.starts: Numbers = ()
        self.counts: Numbers = ()
        self._values: Sequence[bytes | None] | None = None
        self._customers: Sequence[bytes | None] | None = None
        self._amended: set[int] | None = None
        if first is not None:
            start, count, values, sketch = first
            self.changes = 1
            self.starts, self.counts = (start,), (count,)
            if values is not None:
                self._values = (_encode(values),)
            if sketch is not None:
                self._customers = (sketch,)

    def __len__(self) -> int:
        return len(self.starts)

    def put(
        self, start: int, count: int, values: dict[str, int] | None, sketch: bytes | None
    ) -> None:
        """Add a bucket that is not here; `sketch` has its customers, squeezed."""
        self.changes += 1
        starts, counts = self._growing()
        at = len(starts)
        if at and start < starts[-1]:
            at = bisect_left(starts, start)
            starts.insert(at, start)
            counts.insert(at, count)
        else:
            starts.append(start)
            counts.append(count)
        if values is not None or self._values is not None:
            data = None if values is None else _encode(values)
            self._values = _inserted(self._values, at, data, len(starts))
        if sketch is not None or self._customers is not None:
            self._customers = _inserted(self._customers, at, sketch, len(starts))

    def amend(self, start: int) -> None:
        """Note that a bucket that is here changed after it was published as final."""
        self._amended = (self._amended or set()) | {start}

    def count(self, start: int) -> int | None:
        """Return the count of a bucket; None where it is not here."""
        at = self._at(start)
        return None if at is None else self.counts[at]

    def bucket(self, start: int) -> Bucket | None:
        """Return a bucket; None where it is not here."""
        at = self._at(start)
        if at is None:
            return None
        values = None if self._values is None else self._values[at]
        sketch = None if self._customers is None else self._customers[at]
        return Bucket(
            self.counts[at],
            None if values is None else _values.decode(values),
            None if sketch is None else self._expand(start, sketch),
            amended=self._amended is not None and start in self._amended,
        )

    def remove(self, start: int) -> Bucket | None:
        """Remove a bucket and return it, because it changes; None where it is not here."""
        bucket = self.bucket(start)
        self.drop(start)
        return bucket

    def drop(self, start: int) -> bool:
        """Forget a bucket; return whether it was here."""
        at = self._at(start)
        if at is not None:
            self._remove(at)
        return at is not None

    def values(self, first: int, end: int) -> Iterator[dict[str, int]]:
        """Yield the values of the buckets at the indices [first, end)."""
        if self._values is not None:
            for data in self._values[first:end]:
                if data is not None:
                    yield _values.decode(data)

    def sketches(self, first: int, end: int) -> Iterator[hyperloglog.Sketch]:
        """Yield sketches with the customers of the buckets at the indices [first, end), in all."""
        yield from map(hyperloglog.load, self.written(first, end))

    def written(self, first: int, end: int) -> Iterator[bytes]:
        """Yield the same as they are written down."""
        if self._customers is None:
            return
        held = self._customers[first:end]
        if self._dictionaries is None:
            yield from (sketch_columns.expand(data) for data in held if data is not None)
        else:
            yield from self._dictionaries.join(self.starts[first:end], held)

    def rows(self) -> list[Row]:
        """Return every bucket, ascending by start; for few of them."""
        known, values = self._customers, self._values
        found = []
        for at, (start, count) in enumerate(zip(self.starts, self.counts, strict=True)):
            data = None if known is None else known[at]
            coupons, registers = b"", None
            if data is not None:
                named = self._expand(start, data)
                own = listed(named)
                if own is None:
                    registers = read(named).registers
                else:
                    coupons = own
            amounts = None if values is None else values[at]
            counted = None if amounts is None else _values.decode(amounts)
            found.append(Row(start, count, counted, coupons, registers))
        return found

    def only(self) -> Single | None:
        """Return the bucket where there is just one; None where its customers are many."""
        data = None if self._customers is None else self._customers[0]
        distinct = 0 if data is None else sketch_columns.few(data)
        if distinct is None:
            return None
        amounts = None if self._values is None else self._values[0]
        values = _NO_VALUES if amounts is None else _values.decode(amounts)
        return self.starts[0], (self.counts[0], values, distinct)

    def index(self, start: int) -> int:
        """Return the index of the first bucket at `start` or later."""
        return bisect_left(self.starts, start)

    def _expand(self, start: int, data: bytes) -> bytes:
        of_hours = self._dictionaries
        return sketch_columns.expand(data) if of_hours is None else of_hours.expand(start, data)

    def _at(self, start: int) -> int | None:
        at = bisect_left(self.starts, start)
        return at if at < len(self.starts) and self.starts[at] == start else None

    def _remove(self, at: int) -> None:
        self.changes += 1
        if self._amended is not None:
            self._amended.discard(self.starts[at])
        if len(self.starts) == 1:
            self.starts = self.counts = ()
            self._values = self._customers = None
            return
        starts, counts = self._growing()
        del starts[at], counts[at]
        for column in (self._values, self._customers):
            if isinstance(column, list):
                del column[at]

    def _growing(self) -> tuple[array[int], array[int]]:
        """Return starts and counts as they can be changed."""
        starts, counts = self.starts, self.counts
        if isinstance(starts, tuple) or isinstance(counts, tuple):
            self.starts = starts = array("q", starts)
            self.counts = counts = array("q", counts)
        return starts, counts


def _inserted(
    column: Sequence[bytes | None] | None, at: int, data: bytes | None, size: int
) -> list[bytes | None]:
    """Insert what a bucket has; the column has `size` buckets then."""
    found = column if isinstance(column, list) else list(column or [None] * (size - 1))
    found.insert(at, data)
    return found
