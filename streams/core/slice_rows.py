"""Which rows of the changelog hold a slice of time: each has what one flush changed of it.

    09:00   flush 7: A B C   flush 8: B   flush 9: A D      the last that has a series counts
                                                            here 6 cells of 4 series

Where much of it was replaced since, the whole slice is written once more, and the rows before it
are deleted. So what is written is at most twice what changed, and what stands there at most some
more than twice what is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

W = TypeVar("W")

SPARE: Final = 256
"""Cells that may be replaced before an open slice is written once more, however few it has."""
MAX_ROW_BYTES: Final = 256 * 1024
"""A longer row is parted: a broker takes some megabytes at once, and a batch half of one."""


class _Slice:
    __slots__ = ("cells", "keys")

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.cells = 0


class SliceRows(Generic[W]):
    """The rows of many slices, by what is held of them (a grain, a partition) and their start."""

    def __init__(self) -> None:
        self._held: dict[W, dict[int, _Slice]] = {}
        self._single: dict[W, set[int]] = {}

    def note(self, what: W, start: int, key: bytes, cells: int) -> None:
        """Note that a row has so many cells of a slice."""
        own = self._held.setdefault(what, {}).setdefault(start, _Slice())
        own.keys.append(key)
        own.cells += cells

    def note_single(self, what: W, start: int, key: bytes) -> None:
        """Note that a row has one cell, as older releases wrote them."""
        self.note(what, start, key, 1)
        self._single.setdefault(what, set()).add(start)

    def single(self, what: W) -> int | None:
        """Return the start of a slice that has such rows; None where none has."""
        return next(iter(self._single.get(what, ())), None)

    def crowded(self, what: W, start: int, more: int, size: int, *, closed: bool) -> bool:
        """Return whether a slice of `size` cells is to be written whole, now that `more` changed.

        While it is open it will soon change again.
        """
        own = self._held.get(what, {}).get(start)
        return own is not None and own.cells + more > 2 * size + (0 if closed else SPARE)

    def forget(self, what: W, start: int) -> list[bytes]:
        """Forget the rows of a slice, and return their keys."""
        self._single.get(what, set()).discard(start)
        own = self._held.get(what, {}).pop(start, None)
        return [] if own is None else own.keys

    def forget_before(self, what: W, end: int) -> Iterator[bytes]:
        """Forget the rows of slices that start before `end`, and yield their keys."""
        for start in [start for start in self._held.get(what, ()) if start < end]:
            yield from self.forget(what, start)


def parted(
    encode: Callable[[int, int], bytes],
    key: Callable[[int], bytes],
    first: int,
    last: int,
    part: int = 0,
) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield key, value and cells of the rows of a slice: one, or parts that are not too long.

    Args:
        encode: makes the value of the cells from a place up to before another.
        key: makes the key of a part, by its number.
        first: the place of the first cell.
        last: that after the last.
        part: the number of the first part.
    """
    data, size = encode(first, last), last - first
    if len(data) <= MAX_ROW_BYTES or size == 1:
        if size:
            yield key(part), data, size
        return
    # Numbers of halves are unlike those of all other parts: 1 and 2 of 0, 3 and 4 of 1.
    middle = first + size // 2
    yield from parted(encode, key, first, middle, 2 * part + 1)
    yield from parted(encode, key, middle, last, 2 * part + 2)
