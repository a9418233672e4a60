"""Sketches of closed buckets, kept shorter than DataSketches writes them down.

A sketch of some hundred customers lists a hash of each, four bytes long. Customers come again and
belong to many series, so the hashes of an hour are numbered by its day, and a sketch keeps the
distances between its numbers:

    dictionary of a day   7d31aa02 901f4c11 02bb0e7f ...     each hash once, in the order they came
    sketch of an hour  1, 3, 4, 9  ->  1 2 1 5            a byte each, as a rule

A sketch of more customers has registers, most of them alike: these are Huffman coded.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.event_time.buckets import DAY
from streams.core.sketches.dictionary import Dictionary, first_of_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from streams.core.sketches.dictionary import Hashes, Numbers

    Kind = np.dtype[np.uint8] | np.dtype[np.uint16]

LIST: Final = 2
LISTED: Final = 3
REGISTERS: Final = 10
"""First byte of a sketch as written down: the size of its preamble in words, by its kind."""
HEAD: Final = 8
"""Bytes of the preamble that say how a sketch is made up; four more count its hashes."""
CODED: Final = 0x90
NUMBERED: Final[dict[int, Kind]] = {0x81: np.dtype("<u1"), 0x82: np.dtype("<u2")}
"""First byte of what is shorter here; no sketch has such a preamble."""

MAX_LISTED_HASHES: Final = 384
"""Hashes that one sketch can list: with one more it gets registers."""
MAX_SQUEEZED_AT_ONCE: Final = 64
"""Sketches squeezed at once: beyond that it only takes more memory."""

_SHORT: Final = 40
"""Bytes of a sketch up to which its numbers are read one by one."""
_MOST: Final = 255
"""A byte that has no gap of its own: the next one adds to it."""

_PLACES: Final = 40
"""Bits for a number."""

_WINDOW: Final = -9
"""Of zlib: no header, and the least memory; Huffman coding looks back at nothing."""


class SketchDictionaries:
    """The dictionaries of all days, by the start of an hour (epoch seconds)."""

    def __init__(self) -> None:
        self._days: dict[int, Dictionary] = {}

    def squeeze(self, start: int, sketches: Sequence[bytes]) -> Iterator[bytes]:
        """Write the sketches of an hour shorter: all at once, which is faster than one by one."""
        listed = [data for data in sketches if data[0] == LISTED]
        if listed:
            self._of(start).admit(np.concatenate([_hashes(data) for data in listed]))
        for first in range(0, len(sketches), MAX_SQUEEZED_AT_ONCE):
            part = sketches[first : first + MAX_SQUEEZED_AT_ONCE]
            numbered = self._numbered(start, [data for data in part if data[0] == LISTED])
            for data in part:
                yield next(numbered) if data[0] == LISTED else squeeze(data)

    def expand(self, start: int, data: bytes) -> bytes:
        """Return the sketch that was squeezed; what it lists may come in another order."""
        kind = NUMBERED.get(data[0])
        if kind is None:
            return expand(data)
        if kind.itemsize == 1 and len(data) < _SHORT:
            return next(_listing(data, self._of(start).hashes[_few_numbers(data)]))
        hashes = self._of(start).hashes[_numbers(kind, [data])]
        return next(_listing(data, hashes))

    def join(self, starts: Sequence[int], squeezed: Sequence[bytes | None]) -> Iterator[bytes]:
        """Yield few sketches that together have the customers of many squeezed ones.

        What is listed is joined here: to expand and join one by one takes twice as long.
        """
        by_day: dict[int, list[bytes]] = {}
        for start, data in zip(starts, squeezed, strict=True):
            if data is not None and data[0] in NUMBERED:
                by_day.setdefault(start - start % DAY, []).append(data)
            elif data is not None:
                yield expand(data)
        for day, several in by_day.items():
            parts = (
                _numbers(kind, [data for data in several if data[0] == tag])
                for tag, kind in NUMBERED.items()
            )
            numbers = np.sort(np.concatenate(list(parts)))
            yield from _listing(several[0], self._of(day).hashes[numbers[first_of_run(numbers)]])

    def forget(self, end: int) -> None:
        """Forget the days that are over at `end` (epoch seconds): no hour of them is held."""
        for day in [day for day in self._days if day + DAY <= end]:
            del self._days[day]

    def rest(self) -> None:
        """Let go of what only squeezing needs."""
        for dictionary in self._days.values():
            dictionary.rest()

    def _numbered(self, start: int, listed: list[bytes]) -> Iterator[bytes]:
        if not listed:
            return
        hashes = [_hashes(data) for data in listed]
        ends = np.cumsum([own.size for own in hashes])
        numbers = self._of(start).numbers(np.concatenate(hashes))
        own = np.repeat(np.arange(len(listed)) << _PLACES, np.diff(ends, prepend=0))
        numbers = np.sort(own + numbers) - own
        gaps = np.diff(numbers, prepend=0)
        gaps[ends[:-1]] = numbers[ends[:-1]]
        written = [(tag, *_narrow(gaps, ends, kind)) for tag, kind in NUMBERED.items()]
        for place, data in enumerate(listed):
            found = [
                bytes((tag,)) + data[:HEAD] + narrow[cuts[place] : cuts[place + 1]]
                for tag, narrow, cuts in written
            ]
            yield min(*found, data, key=len)

    def _of(self, start: int) -> Dictionary:
        return self._days.setdefault(start - start % DAY, Dictionary())


def squeeze(data: bytes) -> bytes:
    """Write a sketch shorter that has registers; others stay as they are."""
    if data[0] != REGISTERS:
        return data
    coder = zlib.compressobj(9, zlib.DEFLATED, _WINDOW, 5, zlib.Z_HUFFMAN_ONLY)
    return bytes((CODED,)) + coder.compress(data) + coder.flush()


def expand(data: bytes) -> bytes:
    """Return the sketch that was squeezed."""
    return zlib.decompress(memoryview(data)[1:], _WINDOW) if data[0] == CODED else data


def few(data: bytes) -> int | None:
    """Count the customers that a squeezed sketch lists; None where it has registers."""
    kind = data[0]
    if kind == LIST:
        return data[6]
    if kind == LISTED:
        return int.from_bytes(data[HEAD : HEAD + 4], "little")
    narrow = NUMBERED.get(kind)
    if narrow is None:
        return None
    if narrow.itemsize == 1:
        return len(data) - 1 - HEAD - data.count(_MOST, 1 + HEAD)
    return int(np.count_nonzero(np.frombuffer(data, narrow, offset=1 + HEAD) != _most(narrow)))


def _hashes(data: bytes) -> Hashes:
    return np.frombuffer(data, dtype="<u4", offset=HEAD + 4)


def _numbers(kind: Kind, squeezed: list[bytes]) -> Numbers:
    """Read the numbers of sketches, one after the other."""
    rows = [data[1 + HEAD :] for data in squeezed]
    gaps = np.frombuffer(b"".join(rows), dtype=kind)
    if not gaps.size:
        return np.zeros(0, dtype=np.intp)
    sizes = np.array([len(row) for row in rows]) // kind.itemsize
    places = np.cumsum(gaps, dtype=np.intp)
    before = np.zeros(len(rows), dtype=np.intp)
    before[1:] = places[np.cumsum(sizes)[:-1] - 1]
    last: NDArray[np.bool_] = np.less(gaps, _most(kind))
    return (places - np.repeat(before, sizes))[last]


def _few_numbers(data: bytes) -> list[int]:
    """Read the numbers of a sketch of few customers, which is faster one by one."""
    numbers = []
    place = 0
    for gap in data[1 + HEAD :]:
        place += gap
        if gap < _MOST:
            numbers.append(place)
    return numbers


def _listing(squeezed: bytes, hashes: Hashes) -> Iterator[bytes]:
    """Write sketches that list these hashes, made up as `squeezed` was."""
    for at in range(0, hashes.size, MAX_LISTED_HASHES):
        part = hashes[at : at + MAX_LISTED_HASHES]
        yield squeezed[1 : 1 + HEAD] + part.size.to_bytes(4, "little") + part.tobytes()


def _most(kind: Kind) -> int:
    return int((1 << 8 * kind.itemsize) - 1)


def _narrow(gaps: Numbers, ends: Numbers, kind: Kind) -> tuple[bytes, list[int]]:
    """Write gaps down as small numbers; a longer one is as many of the largest as it takes.

    Gives where those up to each of `ends` end, in bytes; 0 comes first.
    """
    most = _most(kind)
    places = np.cumsum(gaps // most + 1)
    narrow = np.full(int(places[-1]), most, dtype=kind)
    narrow[places - 1] = gaps % most
    return narrow.tobytes(), [0, *(places[ends - 1] * kind.itemsize).tolist()]
