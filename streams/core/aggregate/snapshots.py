"""The last snapshots of cells that one source partition sent: a later one replaces them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.aggregate.open_buckets import SERIES, SERIES_BITS, cut
from streams.core.slots import Slots, grown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from streams.core.slots import Integers

    Flags = NDArray[np.bool_]

Values = dict[str, int]
Snapshot = tuple[int, Values | None]
"""Count and values of the last snapshot of a source partition."""


class Snapshots:
    """Count and values by key (see `OpenBuckets`), of those that can still be replaced."""

    def __init__(self) -> None:
        self._slots = Slots()
        self._counts: Integers = np.zeros(0, np.int64)
        self._changed: Flags = np.zeros(0, np.bool_)
        self._stored: Flags = np.zeros(0, np.bool_)
        self._values: dict[int, Values | None] = {}

    def replace(
        self, keys: Integers, counts: Integers, values: Mapping[int, Values], frozen: int
    ) -> tuple[Integers, dict[int, Values]]:
        """Replace snapshots; return by how much counts move, and values by place.

        Args:
            keys: of cells, distinct and ascending.
            counts: of each, so far.
            values: by place in `keys`, so far.
            frozen: what starts then or before is the last that comes, and need not be kept.
        """
        known = self._slots.has(keys)
        places = np.flatnonzero(known | (keys >= cut(frozen + 1)))
        slots = self._slots.of(keys[places])
        self._grow()
        moved = counts.copy()
        moved[places] -= self._counts[slots]
        self._counts[slots] = counts[places]
        self._changed[slots] = True
        if not values:
            return moved, {}
        slot_of = dict(zip(places.tolist(), slots.tolist(), strict=True))
        found: dict[int, Values] = {}
        for place, amounts in values.items():
            slot = slot_of.get(place)
            before = None if slot is None else self._values.get(slot)
            found[place] = _change(amounts, before)
            if slot is not None:
                self._values[slot] = amounts
        return moved, found

    def changed(self, frozen: int) -> Iterator[tuple[int, int, Snapshot]]:
        """Yield those that changed since `forget` and can be replaced: start, series, and what.

        They stand in the changelog from now on.
        """
        low = int(np.searchsorted(self._slots.keys, cut(frozen + 1)))
        keys, slots = self._slots.keys[low:], self._slots.slots[low:]
        some = self._changed[slots]
        keys, slots = keys[some], slots[some]
        self._stored[slots] = True
        rows = zip(keys.tolist(), slots.tolist(), self._counts[slots].tolist(), strict=True)
        for key, slot, count in rows:
            yield key >> SERIES_BITS, key & SERIES, (count, self._values.get(slot))

    def forget(self, limit: int) -> Iterator[tuple[int, int]]:
        """Forget what changed, and the snapshots that start at `limit` or before.

        Yields start and series of those of which a row stands in the changelog.
        """
        self._changed[:] = False
        end = int(np.searchsorted(self._slots.keys, cut(limit + 1)))
        keys = self._slots.keys[:end]
        gone = self._slots.drop_below(cut(limit + 1))
        stored = self._stored[gone]
        self._stored[gone] = False
        self._counts[gone] = 0
        if self._values:
            for slot in gone.tolist():
                self._values.pop(slot, None)
        for key in keys[stored].tolist():
            yield key >> SERIES_BITS, key & SERIES

    def restore(self, rows: Mapping[int, Snapshot]) -> None:
        """Restore snapshots of the changelog, by key."""
        keys = np.array(sorted(rows), np.int64)
        slots = self._slots.of(keys)
        self._grow()
        self._stored[slots] = True
        for key, slot in zip(keys.tolist(), slots.tolist(), strict=True):
            self._counts[slot], values = rows[key]
            if values is not None:
                self._values[slot] = values

    def held(self) -> dict[tuple[int, int], Snapshot]:
        """Return all, by start and series."""
        return {
            (key >> SERIES_BITS, key & SERIES): (int(self._counts[slot]), self._values.get(slot))
            for key, slot in zip(self._slots.keys.tolist(), self._slots.slots.tolist(), strict=True)
        }

    def _grow(self) -> None:
        size = self._slots.size
        self._counts = grown(self._counts, size)
        self._changed, self._stored = grown(self._changed, size), grown(self._stored, size)


def _change(values: Values, before: Values | None) -> Values:
    if before is None:
        return values
    return {currency: amount - before.get(currency, 0) for currency, amount in values.items()}
