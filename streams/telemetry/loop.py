"""How long the event loop did not come round: what holds it up holds up everything."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

EVERY: Final = 0.02
"""Seconds between two looks."""
BOUNDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds: the upper bounds of the histogram."""


class LoopWatch(Collector):
    """Asks the loop to come back after a while, again and again, and notes how much later it did.

    That is how long a call may have held it, or others the interpreter or the machine. `longest` in
    seconds.
    """

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0
        self.longest = 0.0

    async def watch(self) -> None:
        """Watch the current event loop until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self.note(max(0.0, loop.time() - due))

    def note(self, seconds: float) -> None:
        """Count one look that came so much too late."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds
        self.longest = max(self.longest, seconds)

    def collect(self) -> Iterator[Metric]:
        """Give the histogram and the longest of all."""
        names = [*(str(bound) for bound in BOUNDS), "+Inf"]
        buckets: list[tuple[str, float]] = []
        total = 0
        for name, count in zip(names, self._counts, strict=True):
            total += count
            buckets.append((name, float(total)))
        histogram = HistogramMetricFamily(
            "groundswell_loop_held_seconds",
            "How much too late the event loop came round, fifty looks a second.",
        )
        histogram.add_metric((), buckets, self._sum)
        yield histogram
        yield GaugeMetricFamily(
            "groundswell_loop_held_longest_seconds",
            "The longest that the event loop was held since the worker started.",
            value=self.longest,
        )
