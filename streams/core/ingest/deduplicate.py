"""Which events were accepted already: event ids, remembered for a horizon of event time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.event_time.buckets import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

SLOT: Final = 10 * MINUTE
"""Ids are forgotten by slices of so many seconds."""

_NEVER: Final = 1 << 62


class Deduplicator:
    """The ids of the events accepted, by the ten minutes in which they occurred.

    A slot is forgotten as soon as its end is `horizon` seconds behind the watermark: by the order
    of the events alone, not by when somebody cleans up. The horizon is never shorter than the
    time a bucket stays open, so whatever comes again after its id was forgotten is late, and no
    event can be counted twice. Memory: some 140 bytes an id of 36
    characters (benchmarks/duplicates.py).
    """

    def __init__(self, horizon: int) -> None:
        self.horizon = horizon
        self.ids: dict[str, None] = {}
        """A set in the shape of a dictionary: it takes half the room where ids come and go."""
        self.fresh: dict[int, list[str]] = {}
        """Ids by slot that no row of the changelog has yet."""
        self._forgotten: list[int] = []
        """Slots forgotten since `drain_forgotten` was called."""
        self.due = _NEVER
        """The watermark at which the next slot is to be forgotten."""
        self._slots: dict[int, list[str]] = {}

    def add(self, event_ids: Sequence[str], times: NDArray[np.int64]) -> None:
        """Remember ids of events; `times` is when each occurred, epoch seconds."""
        if not event_ids:
            return
        self.ids.update(dict.fromkeys(event_ids))
        slots = times - times % SLOT
        cuts = [0, *(np.flatnonzero(np.diff(slots)) + 1).tolist(), len(event_ids)]
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
            self.due = min(self.due, slot + SLOT + self.horizon)
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
        self.due = min(self.due, slot + SLOT + self.horizon)

    def drain_forgotten(self) -> list[int]:
        """Return the slots forgotten since the last call, whose rows may still stand.

        All that was fresh counts as written down.
        """
        self.fresh.clear()
        forgotten, self._forgotten = self._forgotten, []
        return forgotten

    def forget(self, watermark: int) -> None:
        """Drop the slots that passed the horizon; `watermark` is epoch seconds."""
        limit = watermark - self.horizon
        for slot in [slot for slot in self._slots if slot + SLOT <= limit]:
            for event_id in self._slots.pop(slot):
                self.ids.pop(event_id, None)
            self.fresh.pop(slot, None)
            self._forgotten.append(slot)
        oldest = min(self._slots, default=_NEVER)
        self.due = oldest + SLOT + self.horizon
