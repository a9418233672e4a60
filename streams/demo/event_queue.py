"""What is to happen, in the order of its time."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


class EventQueue:
    """Actions by the time at which they are due, epoch seconds; `now` is that of the last one."""

    def __init__(self) -> None:
        self.now = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()

    def plan(self, at: int, action: Callable[[], None]) -> None:
        """Have `action` done at `at`; of one second, those planned first come first."""
        heapq.heappush(self._due, (at, next(self._order), action))

    def run(self, until: int) -> None:
        """Do everything due before `until`, and what that plans in its turn."""
        while self._due and self._due[0][0] < until:
            self.now, _, action = heapq.heappop(self._due)
            action()


def arrivals(random: Random, mean: float) -> int:
    """Draw how many come in a time in which `mean` are expected (Poisson: exponential gaps)."""
    number, passed = 0, random.expovariate(mean)
    while passed < 1:
        number += 1
        passed += random.expovariate(mean)
    return number
