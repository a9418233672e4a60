"""The closed buckets of series with just one of a grain, as most have where there are many series.

number of the series      0     1      2     3     4
start                   09:00   .    10:00   ..    .      of 1 and 4 there is none, of 3 are several
count                     1            4
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from streams.core.aggregate import sketch_columns
from streams.core.slots import grown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from streams.core.aggregate.columns import Packed
    from streams.core.slots import Integers

NONE: Final = int(np.iinfo(np.int64).min)
"""In place of a start: there is no closed bucket."""
SEVERAL: Final = NONE + 1
"""In place of a start: what there is stands elsewhere, as `ClosedColumns`."""
MANY: Final = -1
"""In place of how many customers there are: they have registers."""

_encode = msgspec.msgpack.Encoder().encode
_values: msgspec.msgpack.Decoder[dict[str, int]] = msgspec.msgpack.Decoder(dict[str, int])


class SingleBuckets:
    """Columns of such buckets, by the number of their series.

    Attributes:
        starts: epoch seconds; see `NONE`.
        counts: events.
        distinct: customers; see `MANY`.
    """

    def __init__(self) -> None:
        self.starts: Integers = np.zeros(0, np.int64)
        self.counts: Integers = np.zeros(0, np.int64)
        self.distinct: Integers = np.zeros(0, np.int64)
        self._customers: NDArray[Any] = np.zeros(0, object)
        """Squeezed."""
        self._values: dict[int, bytes] = {}

    def reserve(self, size: int) -> None:
        """Have room for so many series."""
        self.starts = grown(self.starts, size, NONE)
        self.counts = grown(self.counts, size)
        self.distinct = grown(self.distinct, size)
        self._customers = grown(self._customers, size)

    def put(
        self,
        numbers: Integers,
        start: int,
        counts: Sequence[int],
        values: Sequence[dict[str, int] | None],
        customers: Sequence[bytes | None],
    ) -> None:
        """Keep the buckets of one start, of series that have none."""
        self.starts[numbers] = start
        self.counts[numbers] = counts
        self.distinct[numbers] = [_few(data) for data in customers]
        held = np.empty(len(customers), object)
        held[:] = customers
        self._customers[numbers] = held
        if values.count(None) < len(values):
            for number, own in zip(numbers.tolist(), values, strict=True):
                if own is not None:
                    self._values[number] = _encode(own)

    def values(self, number: int) -> dict[str, int] | None:
        """Return the values of a bucket."""
        data = self._values.get(number)
        return None if data is None else _values.decode(data)

    def valued(self) -> bool:
        """Return whether any bucket has values."""
        return bool(self._values)

    def get(self, number: int) -> Packed:
        """Return a bucket that is here."""
        start, count = int(self.starts[number]), int(self.counts[number])
        return start, count, self.values(number), self._customers[number]

    def drop(self, numbers: Integers, mark: int = NONE) -> None:
        """Forget buckets; `mark` says what there is in their place."""
        self.starts[numbers] = mark
        self._customers[numbers] = None
        if self._values:
            for number in numbers.tolist():
                self._values.pop(number, None)


def _few(data: bytes | None) -> int:
    if data is None:
        return 0
    few = sketch_columns.few(data)
    return MANY if few is None else few
