"""When what is still open is published: not at every flush.

    5 minutes, and the window of an hour        each interval
    hours, and windows that move on by hours    each 4
    days, and windows that move on by days      each 20

The longer it goes on, the less of it an interval is. When a backlog ends, all is published at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import GRAINS

if TYPE_CHECKING:
    from streams.core.event_time.buckets import Grain

BACKLOG_INTERVAL: Final = 60.0
"""Wall seconds between two provisional rows on a backlog, where the next second has other ones."""


INTERVALS: Final[dict[Grain, int]] = {"5m": 1, "1h": 4, "1d": 20}
"""Intervals between two rows, by the grain of the bucket, or of those a window moves on by."""


class Pace:
    """Says which provisional rows and windows are due; `interval` in wall seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._at: dict[Grain, float] = {}

    def due(self, wall: float, *, backlog: bool) -> set[Grain]:
        """Return the grains whose rows are due now, and note that they are published then.

        With those of any grain are those of all shorter ones.
        """
        return {grain for grain in GRAINS if self._is_due(grain, wall, backlog=backlog)}

    def all(self, wall: float) -> set[Grain]:
        """Return all grains, and note that their rows are published now."""
        self._at = dict.fromkeys(GRAINS, wall)
        return set(GRAINS)

    def _is_due(self, grain: Grain, wall: float, *, backlog: bool) -> bool:
        # Whoever took over on a backlog has other things to do.
        before = self._at.setdefault(grain, wall if backlog else float("-inf"))
        interval = INTERVALS[grain] * self._interval
        due = mark_between(before, wall, max(interval, BACKLOG_INTERVAL) if backlog else interval)
        if due:
            self._at[grain] = wall
        return due


def mark_between(before: float, wall: float, interval: float) -> bool:
    """Return whether a mark of the clock lies between two times; marks are `interval` s apart.

    Flushes come at about the same place between two marks. If the time since the last were asked
    for, every second one would be a little too soon, and what it has would wait for the next.

    >>> mark_between(0.9, 1.1, 0.5), mark_between(0.6, 0.9, 0.5), mark_between(0.9, 0.4, 0.5)
    (True, False, True)
    """
    return interval == 0 or before == float("-inf") or before // interval != wall // interval
