"""Sample texts by slot: of each slot the texts of the events with the smallest hashes of their ids.

slot | hash of the event id      one ascending column for all slots
text                             in the same order, UTF-8

As with fingerprints (`streams.core.sketches.prints`), which ones stay depends on no order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from streams.core.detail_texts import of_letters
from streams.core.distinct_rows import run_begins
from streams.core.sketches.prints import ANY
from streams.core.slots import grown, inserted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from streams.core.detail_texts import TextColumns
    from streams.core.slots import Integers

_HASH: Final = 0xFFFFFFFF
_HASH_BITS: Final = 32


class SampleTexts:
    """The texts of what the slots stand for: at most `most` of each, no two the same."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: Integers = np.zeros(0, np.int64)
        self._texts: NDArray[Any] = np.zeros(0, np.object_)
        """Bytes."""
        self._last: Integers = np.zeros(0, np.int64)
        """By slot: the largest hash whose text can be among those that stay."""

    def __bool__(self) -> bool:
        return bool(self._keys.size)

    def add(
        self, slots: Integers, hashes: Integers, texts: Callable[[Integers], Sequence[bytes]]
    ) -> None:
        """Add texts: the slot of each, the hash of the event's id; `texts` makes those of some.

        Whichever are of the smallest hashes stay, in whatever order they come; of equal hashes the
        text decides.
        """
        self._last = grown(self._last, int(slots.max(initial=-1)) + 1, ANY)
        places = (hashes <= self._last[slots]).nonzero()[0]
        if not places.size:
            return
        keys = slots[places] << _HASH_BITS | hashes[places]
        order = keys.argsort(kind="stable")
        keys = keys[order]
        small = self._ranks(keys) < self._most
        self._insert(keys[small], texts(places[order[small]]))

    def _ranks(self, keys: Integers) -> Integers:
        """Return how many smaller hashes the slot of each of some ascending keys has there."""
        number = run_begins(keys).cumsum()
        begins = run_begins(keys >> _HASH_BITS)
        ranks: Integers = number - number[begins][begins.cumsum() - 1]
        return ranks

    def _insert(self, keys: Integers, texts: Sequence[bytes]) -> None:
        """Insert texts, ascending by key, and let go of what is not among the smallest then."""
        column = np.empty(len(texts), np.object_)
        column[:] = texts
        at = self._keys.searchsorted(keys)
        merged, both = inserted(self._keys, at, keys), inserted(self._texts, at, column)
        if (merged[1:] == merged[:-1]).any():
            each = sorted(set(zip(merged.tolist(), both.tolist(), strict=True)))
            merged = np.array([key for key, _ in each], np.int64)
            both = np.array([text for _, text in each], np.object_)
        starts = run_begins(merged >> _HASH_BITS).nonzero()[0]
        sizes = np.diff(starts, append=merged.size)
        if sizes.max(initial=0) > self._most:
            stay = np.arange(merged.size) - np.repeat(starts, sizes) < self._most
            merged, both = merged[stay], both[stay]
        self._keys, self._texts = merged, both
        touched = (keys[run_begins(keys >> _HASH_BITS)]) >> _HASH_BITS
        starts, sizes = self._ranges(touched)
        full = sizes == self._most
        self._last[touched[full]] = merged[starts[full] + self._most - 1] & _HASH

    def read(self, slots: Integers) -> TextColumns:
        """Return the texts of slots, those of the smallest hash first; a slot is a row."""
        starts, sizes = self._ranges(slots)
        places = np.repeat(starts - (sizes.cumsum() - sizes), sizes) + np.arange(sizes.sum())
        rows = np.repeat(np.arange(slots.size), sizes)
        return of_letters(rows, self._keys[places] & _HASH, self._texts[places].tolist())

    def drop(self, slots: Integers) -> None:
        """Forget the texts of slots, which may never have had any."""
        slots = slots[slots < self._last.size]
        self._last[slots] = ANY
        gone = np.zeros(self._last.size, np.bool_)
        gone[slots] = True
        stay = ~gone[self._keys >> _HASH_BITS]
        self._keys, self._texts = self._keys[stay], self._texts[stay]

    def _ranges(self, slots: Integers) -> tuple[Integers, Integers]:
        """Return where the texts of slots begin, and how many they have."""
        starts = self._keys.searchsorted(slots << _HASH_BITS)
        ends = self._keys.searchsorted(slots << _HASH_BITS | _HASH, side="right")
        return starts, ends - starts
