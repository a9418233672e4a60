"""The combinations of labels that are counted apart: those that came first; the rest is `other`.

Where events are dense most combinations are not among them. These are told by a hash of each, and
their labels are never looked at one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.detail_columns import hash_of
from streams.core.evidence.combinations import other_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.detail_columns import Hashes, Ordered
    from streams.core.evidence.combinations import Interned, Labels
    from streams.core.slots import Integers


class Admitted:
    """Slots 0, 1, 2 ... of combinations of labels, in the order in which they were admitted."""

    def __init__(self, interned: Interned, held: Iterable[Labels] = ()) -> None:
        self._interned = interned
        self._slot_of = {labels: slot for slot, labels in enumerate(held)}
        self._hashes: Hashes | None = None
        """Those of all that are held, ascending; None where they are to be made."""

    def __len__(self) -> int:
        return len(self._slot_of)

    def __iter__(self) -> Iterator[Labels]:
        return iter(self._slot_of)

    def slots(self, rows: Ordered, most: int) -> Integers:
        """Return the slot of each set of labels there is; admit new ones up to `most`.

        Who comes first is admitted. What is beyond has the slot of `other`, which is one more.
        """
        found = np.full(rows.first.size, -1, np.int64)
        maybe = self._maybe(rows.hashes())
        found[maybe] = [self._slot_of.get(labels, -1) for labels in rows.names(maybe)]
        fresh = np.flatnonzero(found < 0)
        if fresh.size:
            found[fresh] = self._admit(rows, fresh, most)
        return found

    def _maybe(self, hashes: Hashes) -> Integers:
        """Return the places of hashes of what may be held; nothing else is."""
        if not self._slot_of:
            return np.zeros(0, np.int64)
        if self._hashes is None:
            own = np.fromiter(map(hash_of, self._slot_of), np.uint64, len(self._slot_of))
            self._hashes = np.sort(own)
        at = np.minimum(self._hashes.searchsorted(hashes), self._hashes.size - 1)
        return np.flatnonzero(self._hashes[at] == hashes)

    def _admit(self, rows: Ordered, fresh: Integers, most: int) -> list[int] | int:
        """Return the slots of what is not held, which may come more than once; or that of all."""
        held, other = self._slot_of, other_of(rows.rows.values)
        before = len(held)
        found: list[int] | int
        if len(held) >= most:
            found = held.setdefault(other, len(held))
        else:
            found = []
            for labels in rows.names(fresh):
                slot = held.get(labels)
                if slot is None:
                    key = self._interned.of(labels) if len(held) < most else other
                    slot = held.setdefault(key, len(held))
                found.append(slot)
        if len(held) > before:
            self._hashes = None
        return found
