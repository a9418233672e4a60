"""Numbers for hashes: whoever comes again takes a byte or two, and the hash itself is kept once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
        self._look_up()
        low = np.searchsorted(self._sorted, hashes)
        known = low != np.searchsorted(self._sorted, hashes, side="right")
        fresh = hashes[first_of_run(hashes) & ~known]
        if fresh.size:
            self.hashes = np.concatenate((self.hashes, fresh))
            self.rest()

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
