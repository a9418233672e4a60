"""Slots: the place of each key in columns; a key keeps its slot until it is dropped.

keys     3   8   9  14      ascending, so that many are found at once
slots    0   2   1   3      as they came: `count[2]` is the count of key 8
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

Number = TypeVar("Number", bound=np.generic)


class SlotPool:
    """Gives slots out and takes them back; `size` is one more than the highest slot so far."""

    def __init__(self) -> None:
        self.size = 0
        self._free: Integers = np.zeros(0, np.int64)

    def take(self, number: int) -> Integers:
        """Return so many slots that nobody has."""
        again, self._free = self._free[:number], self._free[number:]
        more = number - again.size
        self.size += more
        return np.concatenate((again, np.arange(self.size - more, self.size)))

    def give_back(self, slots: Integers) -> None:
        """Take slots back."""
        self._free = np.concatenate((self._free, slots))


class Slots:
    """The slots of keys.

    Attributes:
        keys: all keys, ascending.
        slots: the slot of each of them.
    """

    def __init__(self) -> None:
        self.keys: Integers = np.zeros(0, np.int64)
        self.slots: Integers = np.zeros(0, np.int64)
        self._pool = SlotPool()

    @property
    def size(self) -> int:
        """One more than the highest slot given so far."""
        return self._pool.size

    def has(self, keys: Integers) -> NDArray[np.bool_]:
        """Mark which keys have a slot."""
        return self._known(keys, self.keys.searchsorted(keys))

    def _known(self, keys: Integers, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        if not self.keys.size:
            return np.zeros(keys.size, np.bool_)
        known: NDArray[np.bool_] = self.keys.take(at, mode="clip") == keys
        return known

    def of(self, keys: Integers) -> Integers:
        """Return the slots of distinct, ascending keys; give one to each that has none."""
        at = self.keys.searchsorted(keys)
        known = self._known(keys, at)
        if known.all():
            return self.slots[at]
        fresh = ~known
        given = self._pool.take(int(np.count_nonzero(fresh)))
        self.keys = inserted(self.keys, at[fresh], keys[fresh])
        self.slots = inserted(self.slots, at[fresh], given)
        return self.slots[self.keys.searchsorted(keys)]

    def drop_below(self, key: int) -> Integers:
        """Drop the keys below `key`; return the slots that they had."""
        cut = int(self.keys.searchsorted(key))
        gone = self.slots[:cut]
        self.keys, self.slots = self.keys[cut:], self.slots[cut:]
        self._pool.give_back(gone)
        return gone


def grown(column: NDArray[Number], size: int, fill: int = 0) -> NDArray[Number]:
    """Return a column with room for `size` slots at least; the new ones have `fill`."""
    held = len(column)
    if size <= held:
        return column
    more = np.full((max(size, 2 * held) - held, *column.shape[1:]), fill, column.dtype)
    return np.concatenate((column, more))


def inserted(
    column: NDArray[Number], at: NDArray[np.intp], more: NDArray[Number]
) -> NDArray[Number]:
    """Insert elements before the places `at`, ascending: `np.insert` in a third of the time."""
    both = np.empty((len(column) + len(more), *column.shape[1:]), column.dtype)
    places = at + np.arange(len(more))
    old = np.ones(len(both), np.bool_)
    old[places] = False
    both[places] = more
    both[old] = column
    return both


def row_keys(rows: NDArray[np.int32]) -> list[bytes]:
    """Return the bytes of each row."""
    keys: list[bytes] = np.ascontiguousarray(rows).view(f"V{rows.shape[1] * 4}").ravel().tolist()
    return keys
