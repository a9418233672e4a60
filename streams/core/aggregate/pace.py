"""When what is still open is published: not at every flush."""

from __future__ import annotations

from typing import Final

BACKLOG_INTERVAL: Final = 60.0
"""Wall seconds between two provisional rows on a backlog, where the next second has other ones."""


class Pace:
    """Says whether provisional rows and windows are due; `interval` in wall seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._at: float | None = None

    def due(self, wall: float, *, backlog: bool) -> bool:
        """Return whether they are due now, and note that they are published then."""
        before = self._at
        if before is None:  # whoever took over on a backlog has other things to do
            before = wall if backlog else float("-inf")
        interval = max(self._interval, BACKLOG_INTERVAL) if backlog else self._interval
        due = mark_between(before, wall, interval)
        self._at = wall if due else before
        return due


def mark_between(before: float, wall: float, interval: float) -> bool:
    """Return whether a mark of the clock lies between two times; marks are `interval` s apart.

    Flushes come at about the same place between two marks. If the time since the last were asked
    for, every second one would be a little too soon, and what it has would wait for the next.

    >>> mark_between(0.9, 1.1, 0.5), mark_between(0.6, 0.9, 0.5), mark_between(0.9, 0.4, 0.5)
    (True, False, True)
    """
    return interval == 0 or before == float("-inf") or before // interval != wall // interval
