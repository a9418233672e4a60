"""Fingerprints by slot: of each slot the events with the smallest hashes of their ids.

slot | hash of the event id      one ascending column for all slots
sender, words (low, high), second              what else a print has, in the same order
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.distinct_rows import run_begins
from streams.core.sketches.fingerprints import SIZE
from streams.core.slots import grown, inserted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from streams.core.slots import Integers

    Keys = NDArray[np.uint64]
    Hashes = NDArray[np.uint32]
    Bodies = NDArray[np.uint32]

_HASH_BITS: Final = np.uint64(32)
_HASH: Final = np.uint64(0xFFFFFFFF)
_BODY: Final = SIZE // 4 - 1
"""Numbers of a print besides the hash of the event id."""
ANY: Final = 0xFFFFFFFF
"""The largest hash there is."""


class Prints:
    """The fingerprints of events, by the slots of what they belong to: at most `most` of each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: Keys = np.zeros(0, np.uint64)
        self._bodies: Bodies = np.zeros((0, _BODY), np.uint32)
        self._last: Hashes = np.zeros(0, np.uint32)
        """By slot: the largest hash whose print can be among those that stay."""

    def add(
        self, slots: Integers, hashes: Hashes, body: Callable[[NDArray[np.intp]], Bodies]
    ) -> None:
        """Add events: the slot of each, the hash of its id; `body` makes the rest of some prints.

        Whichever are the smallest stay, in whatever order they come.
        """
        self._last = grown(self._last, int(slots.max(initial=-1)) + 1, ANY)
        places = (hashes <= self._last[slots]).nonzero()[0]
        if not places.size:
            return
        keys = slots[places].astype(np.uint64) << _HASH_BITS | hashes[places]
        order = keys.argsort(kind="stable")
        keys = keys[order]
        starts = run_begins(keys >> _HASH_BITS).nonzero()[0]
        ends = np.append(starts[1:], keys.size)
        # Of equal hashes the rest of the print decides, so all of them are looked at.
        limits = keys[np.minimum(starts + self._most, ends) - 1]
        small = keys <= np.repeat(limits, ends - starts)
        self._insert(keys[small], body(places[order[small]]))

    def read(self, slots: Integers) -> tuple[Integers, Bodies]:
        """Return how many prints slots have, and these, those of the smallest hash first."""
        starts, sizes = self._ranges(slots)
        places = np.repeat(starts - (sizes.cumsum() - sizes), sizes) + np.arange(sizes.sum())
        prints = np.empty((places.size, 1 + _BODY), np.uint32)
        prints[:, 0] = self._keys[places] & _HASH
        prints[:, 1:] = self._bodies[places]
        return sizes, prints

    def write(self, slots: Integers) -> list[bytes]:
        """Return the prints of slots as bytes, those of the smallest hash first."""
        sizes, prints = self.read(slots)
        raw, cuts = prints.astype(">u4").tobytes(), (sizes.cumsum() * SIZE).tolist()
        return [raw[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]

    def restore(self, slots: Integers, sizes: Integers, prints: Bodies) -> None:
        """Start from prints that were read: how many each slot has, and these."""
        self._last = grown(self._last, int(slots.max(initial=-1)) + 1, ANY)
        keys = np.repeat(slots, sizes).astype(np.uint64) << _HASH_BITS | prints[:, 0]
        order = keys.argsort(kind="stable")
        self._insert(keys[order], prints[order, 1:])

    def thin(self, most: int) -> None:
        """Cut all to `most` prints: each slot loses what is above the same hash."""
        if self._keys.size <= most:
            return
        hashes = (self._keys & _HASH).astype(np.uint32)
        limit = np.partition(hashes, most)[most]
        stay = hashes < limit
        equal = np.flatnonzero(hashes == limit)
        if equal.size > 1:  # of equal hashes the rest of the print decides
            order = equal[np.lexsort(self._bodies[equal].T[::-1])]
            last = self._bodies[order[most - np.count_nonzero(stay)]].tolist()
            stay[[place for place in order.tolist() if self._bodies[place].tolist() < last]] = True
        self._last[(self._keys[~stay] >> _HASH_BITS).astype(np.int64)] = ANY
        self._keys, self._bodies = self._keys[stay], self._bodies[stay]

    def drop(self, slots: Integers) -> None:
        """Forget the prints of slots."""
        if not slots.size:
            return
        self._last[slots] = ANY
        gone = np.zeros(self._last.size, np.bool_)
        gone[slots] = True
        stay = ~gone[(self._keys >> _HASH_BITS).astype(np.int64)]
        self._keys, self._bodies = self._keys[stay], self._bodies[stay]

    def _insert(self, keys: Keys, bodies: Bodies) -> None:
        """Insert prints, ascending by key, and let go of what is not among the smallest then."""
        at = self._keys.searchsorted(keys)
        merged = inserted(self._keys, at, keys)
        both = inserted(self._bodies, at, bodies)
        if (merged[1:] == merged[:-1]).any():
            order = np.lexsort((*both.T[::-1], merged))
            merged, both = merged[order], both[order]
        starts = run_begins(merged >> _HASH_BITS).nonzero()[0]
        sizes = np.diff(starts, append=merged.size)
        if sizes.max(initial=0) > self._most:
            stay = np.arange(merged.size) - np.repeat(starts, sizes) < self._most
            merged, both = merged[stay], both[stay]
        self._keys, self._bodies = merged, both
        owners = keys >> _HASH_BITS
        touched = owners[run_begins(owners)].astype(np.int64)
        starts, sizes = self._ranges(touched)
        full = sizes == self._most
        last = self._keys[starts[full] + self._most - 1] & _HASH
        self._last[touched[full]] = last.astype(np.uint32)

    def _ranges(self, slots: Integers) -> tuple[Integers, Integers]:
        """Return where the prints of slots begin, and how many they have."""
        wanted = slots.astype(np.uint64)
        starts = self._keys.searchsorted(wanted << _HASH_BITS)
        ends = self._keys.searchsorted(wanted << _HASH_BITS | _HASH, side="right")
        return starts, ends - starts
