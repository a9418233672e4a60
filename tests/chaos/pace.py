"""The clock of a run: it goes slower while the faults are behind their schedule."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SLOW: Final = 0.15
"""Seconds a second, when slow: the load goes on through every fault, on any machine."""


class Pace:
    """`late` tells whether to wait for something; `wall` gives monotonic seconds."""

    def __init__(self, wall: Callable[[], float] = time.monotonic) -> None:
        self.late = False
        self._wall = wall
        self._last = wall()
        self._now = 0.0

    def now(self) -> float:
        """Give the seconds of the run; asked often, so that slowness is noticed in time."""
        wall = self._wall()
        self._now += (wall - self._last) * (SLOW if self.late else 1.0)
        self._last = wall
        return self._now
