"""The cells of a message in columns, packed: arrays of numbers as they lie in memory.

    names    complaints, product A      complaints, product B
    cells    3                          1                             by name
    buckets  901  902  903              902                           by cell
    counts    14    3    9                1
    coupons  ....  ..   ..                .                           the customers, cell by cell

An older release reads no such message, and says so.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import msgspec
import numpy as np

from streams.core.event_time.buckets import BASE
from streams.core.messages import FlowCount, Partials, Source
from streams.core.sketches.datasketches_format import write_coupons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from streams.core.messages import Cell
    from streams.core.sketches.coupons import Coupons
    from streams.core.slots import Integers

_T = TypeVar("_T")

_BUCKET: Final = np.dtype("<i4")
_COUNT: Final = np.dtype("<i8")
_SIZE: Final = np.dtype("<u2")
_COUPON: Final = np.dtype("<u4")
_CELLS: Final = np.dtype("<u4")
_NO_COUPONS: Final = np.zeros(1, np.int64)


class PackedCells(msgspec.Struct, array_like=True, frozen=True):
    """Cumulative snapshots of cells; numbers are little-endian.

    Of each name how many cells it has (4 bytes). Of each cell the number of the bucket (its start
    by 5 minutes, 4 bytes), the count (8) and how many coupons it has (2); then the coupons (4
    each). By place of the cell: sketches that have registers, and values by currency.
    """

    names: list[str]
    cells: bytes
    buckets: bytes
    counts: bytes
    sizes: bytes
    coupons: bytes
    registers: list[tuple[int, bytes]]
    values: list[tuple[int, dict[str, int]]]


class PackedPartials(msgspec.Struct, array_like=True, frozen=True, tag="c"):
    """What `Partials` says, its cells in columns."""

    source: Source
    cells: PackedCells
    late: dict[int, int]
    flows: list[FlowCount] = []  # msgspec makes a fresh one for each


class CellColumns(NamedTuple):
    """Cells in columns: bucket starts (epoch seconds), counts; values and registers by place.

    `sizes` has how many coupons each has; these lie one after the other.
    """

    starts: Integers
    counts: Integers
    values: Mapping[int, dict[str, int]]
    sizes: Integers
    coupons: Coupons
    registers: Mapping[int, bytes]

    def pick(self, places: Integers) -> CellColumns:
        """Return some of them, ascending by place."""
        sizes, ends = self.sizes[places], np.cumsum(self.sizes)[places]
        before = ends - sizes - (np.cumsum(sizes) - sizes)
        coupons = self.coupons[np.repeat(before, sizes) + np.arange(sizes.sum())]
        return CellColumns(
            self.starts[places],
            self.counts[places],
            _picked(self.values, places),
            sizes,
            coupons,
            _picked(self.registers, places),
        )

    def sketches(self) -> list[bytes | None]:
        """Return the customers of each as a sketch; None of a cell without."""
        written = write_coupons(self.coupons, self.sizes)
        for place, data in self.registers.items():
            written[place] = data
        return written


def _picked(known: Mapping[int, _T], places: Integers) -> dict[int, _T]:
    if not known:
        return {}
    own = ((at, known.get(place)) for at, place in enumerate(places.tolist()))
    return {at: found for at, found in own if found is not None}


class CellPacker:
    """Packs some of many cells, from one place up to before another, as often as it is asked.

    Those of a series lie one after the other, at least as far as they are packed together.
    """

    def __init__(self, names: Sequence[str], series: Integers, columns: CellColumns) -> None:
        """Take cells, with the numbers of their series, and the names by number."""
        self._names = names
        self._series = series
        self._begins = np.flatnonzero(series[1:] != series[:-1]) + 1
        self._buckets = (columns.starts // BASE).astype(_BUCKET).tobytes()
        self._counts = columns.counts.astype(_COUNT).tobytes()
        self._sizes = columns.sizes.astype(_SIZE).tobytes()
        self._coupons = columns.coupons.astype(_COUPON).tobytes()
        self._ends = np.concatenate((_NO_COUPONS, columns.sizes.cumsum()))
        self._registers = _ByPlace(columns.registers)
        self._values = _ByPlace(columns.values)

    def pack(self, first: int, last: int) -> PackedCells:
        """Pack the cells from `first` up to before `last`."""
        low, high = self._begins.searchsorted(first, "right"), self._begins.searchsorted(last)
        ends = (last,) if last > first else self._begins[:0]  # without cells there is no series
        edges = np.concatenate(((first,), self._begins[low:high], ends))
        low, high = self._ends[first], self._ends[last]
        return PackedCells(
            [self._names[number] for number in self._series[edges[:-1]].tolist()],
            (edges[1:] - edges[:-1]).astype(_CELLS).tobytes(),
            self._buckets[first * _BUCKET.itemsize : last * _BUCKET.itemsize],
            self._counts[first * _COUNT.itemsize : last * _COUNT.itemsize],
            self._sizes[first * _SIZE.itemsize : last * _SIZE.itemsize],
            self._coupons[low * _COUPON.itemsize : high * _COUPON.itemsize],
            self._registers.between(first, last),
            self._values.between(first, last),
        )


class _ByPlace(Generic[_T]):
    """What some cells have, by place."""

    def __init__(self, known: Mapping[int, _T]) -> None:
        self._held = sorted(known.items(), key=itemgetter(0))
        self._places = [place for place, _ in self._held]

    def between(self, first: int, last: int) -> list[tuple[int, _T]]:
        """Return what those from `first` up to before `last` have, by place behind `first`."""
        low, high = bisect_left(self._places, first), bisect_left(self._places, last)
        return [(place - first, own) for place, own in self._held[low:high]]


class NamedCells(NamedTuple):
    """Cells of series: their names, how many cells each has, and these."""

    names: list[str]
    sizes: Integers
    columns: CellColumns


def apart(packed: PackedCells, owner: Callable[[str], _T]) -> Iterator[tuple[_T, NamedCells]]:
    """Yield the cells that belong together; `owner` says what the series of a name belongs to."""
    found = unpack(packed)
    owners = list(map(owner, found.names))
    for one in dict.fromkeys(owners):
        own = [other is one for other in owners]
        if all(own):
            yield one, found
            return
        names = [name for name, mine in zip(found.names, own, strict=True) if mine]
        places = np.flatnonzero(np.repeat(own, found.sizes))
        yield one, NamedCells(names, found.sizes[own], found.columns.pick(places))


def check(packed: PackedCells) -> None:
    """Raise ValueError where the columns of cells do not fit together."""
    (_, cells, columns), size = unpack(packed), len(packed.buckets) // _BUCKET.itemsize
    lengths = {int(cells.sum()), columns.counts.size, columns.sizes.size}
    places = [place for place, _ in (*packed.registers, *packed.values)]
    if (
        lengths != {size}
        or len(packed.names) != cells.size
        or columns.sizes.sum() != columns.coupons.size
        or not all(0 <= place < size for place in places)
    ):
        raise ValueError("the columns do not fit together")


def unpack(packed: PackedCells) -> NamedCells:
    """Return the cells of a message."""
    columns = CellColumns(
        _numbers(packed.buckets, _BUCKET) * BASE,
        _numbers(packed.counts, _COUNT),
        dict(packed.values),
        _numbers(packed.sizes, _SIZE),
        np.frombuffer(packed.coupons, _COUPON),
        dict(packed.registers),
    )
    return NamedCells(packed.names, _numbers(packed.cells, _CELLS), columns)


_decode: Final[msgspec.msgpack.Decoder[Partials | PackedPartials]] = msgspec.msgpack.Decoder(
    Partials | PackedPartials
)


def read(data: bytes) -> Partials:
    """Return a message of this release or of an older one, its cells by series, one by one."""
    message = _decode.decode(data)
    if isinstance(message, Partials):
        return message
    names, sizes, columns = unpack(message.cells)
    starts, counts = columns.starts.tolist(), columns.counts.tolist()
    values = map(columns.values.get, range(len(starts)))
    cells: list[Cell] = list(zip(starts, counts, values, columns.sketches(), strict=True))
    ends = np.cumsum(sizes).tolist()
    series = [
        (name, cells[begin:end]) for name, begin, end in zip(names, [0, *ends], ends, strict=False)
    ]
    return Partials(message.source, series, message.late, message.flows)


def _numbers(data: bytes, kind: np.dtype[np.generic]) -> NDArray[np.int64]:
    return np.frombuffer(data, kind).astype(np.int64)
