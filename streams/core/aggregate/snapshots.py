"""The last snapshots of cells that one source partition sent: a later one replaces them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.aggregate.open_buckets import SERIES, SERIES_BITS, cut
from streams.core.slots import Slots, grown

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    def changed(self, frozen: int) -> tuple[Integers, Flags]:
        """Return the keys of those that start after `frozen`, and which changed since `forget`."""
        low = int(np.searchsorted(self._slots.keys, cut(frozen + 1)))
        return self._slots.keys[low:], self._changed[self._slots.slots[low:]]

    def columns(self, keys: Integers) -> tuple[list[int], list[Values | None]]:
        """Return counts and values of keys that are here; no values where none has any."""
        slots = self._slots.of(keys)
        values = [self._values.get(slot) for slot in slots.tolist()] if self._values else []
        return self._counts[slots].tolist(), values

    def forget(self, limit: int) -> None:
        """Forget what changed, and the snapshots that start at `limit` or before."""
        self._changed[:] = False
        gone = self._slots.drop_below(cut(limit + 1))
        self._counts[gone] = 0
        if self._values:
            for slot in gone.tolist():
                self._values.pop(slot, None)

    def restore(self, rows: Mapping[int, Snapshot]) -> None:
        """Restore snapshots of the changelog, by key."""
        keys = np.array(sorted(rows), np.int64)
        slots = self._slots.of(keys)
        self._grow()
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
        self._changed = grown(self._changed, size)


def _change(values: Values, before: Values | None) -> Values:
    if before is None:
        return values
    return {currency: amount - before.get(currency, 0) for currency, amount in values.items()}
