"""Which events were taken already: event ids, remembered for a horizon of event time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.buckets import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable


_NEVER = 1 << 62


class Seen:
    """The ids of the events taken, by the hour in which they occurred.

    An hour is forgotten as soon as its end is `horizon` seconds behind the watermark: by the order
    of the events alone, not by when somebody cleans up. The horizon is never shorter than the
    time a bucket stays open, so whatever comes again after its id was forgotten is late, and no
    event can be counted twice. Memory: some 140 bytes an id of 36
    characters (benchmarks/duplicates.py).
    """

    def __init__(self, horizon: int) -> None:
        self.horizon = horizon
        self.ids: set[str] = set()
        self.fresh: dict[int, list[str]] = {}
        """Ids by hour that no row of the changelog has yet."""
        self.gone: list[int] = []
        """Hours forgotten whose rows may still stand."""
        self.due = _NEVER
        """The watermark at which the next hour is to be forgotten."""
        self._hours: dict[int, list[str]] = {}

    def add(self, event_id: str, time: int) -> None:
        """Remember one id."""
        self.ids.add(event_id)
        hour = time - time % HOUR
        ids = self._hours.get(hour)
        if ids is None:
            ids = self._hours[hour] = []
            self.due = min(self.due, hour + HOUR + self.horizon)
        ids.append(event_id)
        fresh = self.fresh.get(hour)
        if fresh is None:
            fresh = self.fresh[hour] = []
        fresh.append(event_id)

    def restore(self, hour: int, ids: Iterable[str]) -> None:
        """Remember the ids of one hour from stored state."""
        stored = list(ids)
        self.ids.update(stored)
        self._hours.setdefault(hour, []).extend(stored)
        self.due = min(self.due, hour + HOUR + self.horizon)

    def forget(self, watermark: int) -> None:
        """Drop the hours that passed the horizon."""
        limit = watermark - self.horizon
        for hour in [hour for hour in self._hours if hour + HOUR <= limit]:
            self.ids.difference_update(self._hours.pop(hour))
            self.fresh.pop(hour, None)
            self.gone.append(hour)
        oldest = min(self._hours, default=_NEVER)
        self.due = oldest + HOUR + self.horizon
