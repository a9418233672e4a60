"""The clock of the demo: event time runs `speed` times as fast as the wall clock, with stops."""

from __future__ import annotations


class SimulatedClock:
    """Tells which event time is reached at a wall time.

    Args:
        start: event time at which it begins, epoch seconds.
        speed: event seconds a wall second.
        wall: wall time of the beginning, seconds of any monotonic clock.
    """

    def __init__(self, start: int, speed: float, wall: float) -> None:
        self._at = float(start)
        self._speed = speed
        self._wall = wall

    def reached(self, wall: float) -> float:
        """Give the event time reached at `wall`."""
        self._at += max(0.0, wall - self._wall) * self._speed
        self._wall = max(wall, self._wall)
        return self._at

    def stopped(self, until: float) -> None:
        """Let event time stand still from the last call to the wall time `until`."""
        self._wall = max(until, self._wall)
