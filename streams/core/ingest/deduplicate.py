"""Which events were accepted already: event ids, remembered for a horizon of event time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.distinct_rows import run_begins
from streams.core.event_time.buckets import MINUTE
from streams.core.ingest.packed_ids import PackedIds, hashes_of, places_among

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from streams.core.ingest.packed_ids import Hashes

SLOT: Final = 10 * MINUTE
"""Ids are forgotten by slices of so many seconds."""
MANY: Final = 4_096
"""Ids of a slot from which on it is worth packing: each that is packed is looked through."""

_NEVER: Final = 1 << 62


class Deduplicator:
    """The ids of the events accepted, by the ten minutes in which they occurred.

    A slot is forgotten as soon as its end is `horizon` seconds behind the watermark: by the order
    of the events alone, not by when somebody cleans up. The horizon is never shorter than the
    time a bucket stays open, so whatever comes again after its id was forgotten is late, and no
    event can be counted twice. A slot whose end is `open_for` seconds behind gets no more ids, and
    is packed. Memory: some 140 bytes an id of 36 characters, packed 56 (benchmarks/duplicates.py).
    """

    def __init__(self, horizon: int, open_for: int) -> None:
        self.horizon = horizon
        self._open_for = min(open_for, horizon)
        self.ids: dict[str, None] = {}
        """Those that are not packed: a set in the shape of a dictionary, which takes half the room
        where ids come and go."""
        self.fresh: dict[int, list[str]] = {}
        """Ids by slot that no row of the changelog has yet."""
        self._forgotten: list[int] = []
        """Slots forgotten since `drain_forgotten` was called."""
        self.due = _NEVER
        """The watermark at which the next slot is to be packed or forgotten."""
        self._slots: dict[int, list[str]] = {}
        self._packed: dict[int, PackedIds] = {}
        self._hashes: Hashes = np.zeros(0, np.uint32)
        """Of all that is packed, ascending."""

    def __len__(self) -> int:
        return len(self.ids) + sum(map(len, self._packed.values()))

    def knows_none(self, event_ids: Sequence[str]) -> bool:
        """Tell whether none of these is known."""
        return self.ids.keys().isdisjoint(event_ids) and not self.among_packed(event_ids)

    def among_packed(self, event_ids: Sequence[str]) -> set[str]:
        """Return which of these are among the packed ones, until `forget` is called."""
        if not self._packed:
            return set()
        hashes = hashes_of(event_ids)
        maybe = places_among(self._hashes, hashes)
        some = [event_ids[place] for place in maybe.tolist()]
        packed = self._packed.values() if some else ()
        return {one for ids in packed for one in ids.among(some, hashes[maybe])}

    def add(self, event_ids: Sequence[str], times: NDArray[np.int64]) -> None:
        """Remember ids of events; `times` is when each occurred, epoch seconds."""
        if not event_ids:
            return
        self.ids.update(dict.fromkeys(event_ids))
        slots = times - times % SLOT
        cuts = [*run_begins(slots).nonzero()[0].tolist(), len(event_ids)]
        for start, end in pairwise(cuts):
            self._add(int(slots[start]), event_ids[start:end])

    def add_one(self, event_id: str, time: int) -> None:
        """Remember the id of one event; `time` is when it occurred, epoch seconds."""
        self.ids[event_id] = None
        self._add(time - time % SLOT, (event_id,))

    def _add(self, slot: int, event_ids: Sequence[str]) -> None:
        ids = self._slots.get(slot)
        if ids is None:
            ids = self._slots[slot] = []
            self.due = min(self.due, slot + SLOT + self._open_for)
        ids.extend(event_ids)
        fresh = self.fresh.get(slot)
        if fresh is None:
            fresh = self.fresh[slot] = []
        fresh.extend(event_ids)

    def restore(self, slot: int, ids: Iterable[str]) -> None:
        """Remember the ids of one slot from stored state."""
        stored = list(ids)
        self.ids.update(dict.fromkeys(stored))
        self._slots.setdefault(slot, []).extend(stored)
        self.due = min(self.due, slot + SLOT + self._open_for)

    def drain_forgotten(self) -> list[int]:
        """Return the slots forgotten since the last call, whose rows may still stand.

        All that was fresh counts as written down.
        """
        self.fresh.clear()
        forgotten, self._forgotten = self._forgotten, []
        return forgotten

    def forget(self, watermark: int) -> None:
        """Drop the slots that passed the horizon, and pack others; `watermark` is epoch seconds."""
        limit = watermark - self.horizon
        for slot in [slot for slot in {**self._packed, **self._slots} if slot + SLOT <= limit]:
            self._let_go(self._slots.pop(slot, ()))
            self._packed.pop(slot, None)
            self.fresh.pop(slot, None)
            self._forgotten.append(slot)
        self.pack(watermark)

    def pack(self, watermark: int) -> None:
        """Pack the slots that get no more ids; `watermark` is epoch seconds."""
        limit = watermark - self._open_for
        closed = [slot for slot in self._slots if slot + SLOT <= limit]
        for slot in closed:
            if slot not in self._packed and len(self._slots[slot]) >= MANY:
                ids = self._slots.pop(slot)
                self._packed[slot] = PackedIds(ids)
                self._let_go(ids)
        hashes = [packed.hashes for packed in self._packed.values()]
        self._hashes = np.sort(np.concatenate(hashes)) if hashes else np.zeros(0, np.uint32)
        ends = [slot + SLOT + self._open_for for slot in self._slots.keys() - closed]
        ends += [slot + SLOT + self.horizon for slot in (*closed, *self._packed)]
        self.due = min(ends, default=_NEVER)

    def _let_go(self, event_ids: Iterable[str]) -> None:
        for event_id in event_ids:
            self.ids.pop(event_id, None)
