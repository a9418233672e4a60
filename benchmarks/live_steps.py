"""All stages of live events, without a broker: CPU milliseconds a second of them, step by step.

    make bench-live-steps, or
    python benchmarks/live_steps.py [--rate 10000] [--seconds 30] [--interval 0.5] [--runs 3]

Events of all six topics, those of `latency.py`, come evenly at a rate and go through four
partitions of the ingest and the aggregate stage and through the alerts stage: handed on as often as
a worker fetches them, all stages flushed at each interval. What comes first, for as long as what is
counted, is not counted.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import platform
import pstats
import statistics
import zlib
from typing import Final

from backlog_steps import Run
from crowd import Crowd
from ingest_speed import BEGIN, PARTITIONS

from streams.core.stage import Record
from streams.transport.client.paced_fetcher import EVERY
from streams.transport.state.flush_clock import UNHEARD

SHOWN: Final = 45
"""Lines of a profile."""


class Live(Run):
    """A pass that goes on for as long as it is told to."""

    def __init__(self, rate: float, interval: float) -> None:
        super().__init__()
        self._rate, self._interval = rate, interval
        self._crowd, self._made = Crowd(seed=3), 0.0
        self._offsets = [0] * PARTITIONS
        self._wall = self._flushed = self._heard = float(BEGIN)

    def go_on(self, seconds: float) -> None:
        """Take the events of so many seconds through all stages."""
        end = self._wall + seconds
        while self._wall < end:
            self._take()
            self._wall += EVERY
            if self._wall - self._flushed >= self._interval:
                self._flushed = self._wall
                self._flush_all()

    def _flush_all(self) -> None:
        self._hand_on("ingest", *self._ingest)
        self._hand_on("aggregate", *self._series)
        if not self._alerts.quiet or self._wall - self._heard >= UNHEARD:
            self._heard = self._wall
            self._hand_on("alerts", self._alerts)

    def _take(self) -> None:
        before, self._made = self._made, self._made + self._rate * EVERY
        parts: list[dict[str, list[Record]]] = [{} for _ in range(PARTITIONS)]
        for made in self._crowd.events(int(self._made) - int(before), self._wall, EVERY):
            partition = zlib.crc32(made.key) % PARTITIONS
            own = parts[partition].setdefault(made.topic, [])
            own.append(Record(self._offsets[partition], made.key, made.value))
            self._offsets[partition] += 1
        for stage, by_topic in zip(self._ingest, parts, strict=True):
            for topic, records in by_topic.items():
                self._step("ingest, process", stage.process, topic, records, self._wall)


def main() -> None:
    """Measure and print every run, and the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=10_000.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--interval", type=float, default=0.5, help="seconds between two flushes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    gc.set_threshold(200_000, 2, 20_000)  # as a worker does
    print(f"Python {platform.python_version()}, {given.rate:,.0f} events a second", end=", ")
    print(f"flushes {given.interval} s apart: CPU milliseconds a second, medians of {given.runs}")
    found: dict[str, list[float]] = {}
    for _ in range(given.runs):
        run = Live(given.rate, given.interval)
        run.go_on(given.seconds)
        run.spent.clear()
        run.rows.clear()
        if given.profile:
            with cProfile.Profile() as profile:
                run.go_on(given.seconds)
            pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)
            return
        run.go_on(given.seconds)
        run.spent["all"] = sum(run.spent.values())
        for name, spent in run.spent.items():
            found.setdefault(name, []).append(spent / given.seconds * 1000)
    for name, each in sorted(found.items()):
        runs = ", ".join(f"{one:.1f}" for one in each)
        print(f"  {name:20} {statistics.median(each):7.1f}  ({runs})")
    for name, count in sorted(run.rows.items()):
        print(f"  {name:34} {count / given.seconds:7.1f} rows a second")


if __name__ == "__main__":
    main()
