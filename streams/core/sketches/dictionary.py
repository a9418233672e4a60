"""Numbers for hashes: whoever comes again takes a byte or two, and the hash itself is kept once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.slots import inserted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint32]
    Numbers = NDArray[np.intp]


class Dictionary:
    """The hashes met so far: the number of each is its place."""

    __slots__ = ("_order", "_sorted", "hashes")

    def __init__(self) -> None:
        self.hashes: Hashes = np.zeros(0, dtype="<u4")
        self._sorted: Hashes = self.hashes
        self._order: Numbers | None = None

    def admit(self, hashes: Hashes) -> None:
        """Number those that have no number."""
        hashes = np.sort(hashes)
        hashes = hashes[first_of_run(hashes)]
        order, held = self._look_up(), self.hashes.size
        low = np.searchsorted(self._sorted, hashes)
        unknown = np.ones(hashes.size, np.bool_)
        inside = low < held
        unknown[inside] = self._sorted[low[inside]] != hashes[inside]
        fresh, at = hashes[unknown], low[unknown]
        if fresh.size:
            self.hashes = np.concatenate((self.hashes, fresh))
            self._sorted = inserted(self._sorted, at, fresh)
            self._order = inserted(order, at, np.arange(held, self.hashes.size))

    def numbers(self, hashes: Hashes) -> Numbers:
        """Return the number of each; all of them must have one."""
        order = self._look_up()
        return order[np.searchsorted(self._sorted, hashes)]

    def rest(self) -> None:
        """Let go of what only looking up needs."""
        self._sorted, self._order = self.hashes, None

    def _look_up(self) -> Numbers:
        if self._order is None:
            self._order = np.argsort(self.hashes)
            self._sorted = self.hashes[self._order]
        return self._order


def first_of_run(ascending: Hashes | Numbers) -> NDArray[np.bool_]:
    """Mark the first of each run of equal numbers."""
    first = np.ones(ascending.size, dtype=np.bool_)
    first[1:] = ascending[1:] != ascending[:-1]
    return first
