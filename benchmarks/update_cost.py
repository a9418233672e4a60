"""What a day costs a series.

    python benchmarks/update_cost.py [--series 10000] [--runs 5] [--json OUT]

A detector of the product is given the days of many series of mixed rates (those of budget.py, none
asleep), and every run goes on where the last one stopped. A run is eight weeks. Printed are, for
each run, microseconds of this process a series and day: of the daily step alone (test, judge,
learn, predict; once a week the slow test), of the whole call with finding the series by name, of
writing the rows that changed, and of a 5-minute bucket in which all have events; then the bytes of
state a series.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

import budget
import numpy as np

from streams.core.detect import RiseDetector
from streams.core.detect.state_matrix import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.protocol import Reading

DAY = 86_400
WARM_UP, RUN = 35, 56
"""Days before the first run, and of a run."""


class Timed(RiseDetector):
    """A detector that knows how long its steps took."""

    spent = 0.0

    def _step(self, day: int, counts: NDArray[np.float64]) -> list[Reading]:
        began = time.process_time()
        readings = super()._step(day, counts)
        self.spent += time.process_time() - began
        return readings


def run(detector: Timed, world: budget.Quiet, first: int, days: int) -> dict[str, float]:
    """Close so many days, all events in one bucket of each; give microseconds by part."""
    rng = np.random.default_rng(first)
    names = [f"series {number}" for number in range(world.rate.size)]
    step, whole, rows, bucket, met = detector.spent, 0.0, 0.0, 0.0, 0
    for day in range(first, first + days):
        drawn = budget.draw(world, day, rng).tolist()
        counts = {name: count for name, count in zip(names, drawn, strict=True) if count}
        began = time.process_time()
        detector.close("5m", day * DAY + DAY // 2, counts)
        bucket += time.process_time() - began
        met += len(counts)
        began = time.process_time()
        detector.close("1d", day * DAY, counts)
        closed = time.process_time()
        for _ in detector.changed():
            pass
        whole += closed - began
        rows += time.process_time() - closed
    scale = 1e6 / days / world.rate.size
    return {
        "step": (detector.spent - step) * scale,
        "whole call": whole * scale,
        "rows written": rows * scale,
        "a bucket of 5 minutes": bucket * 1e6 / met,
    }


def main() -> None:
    """Print all runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    world = budget.world(args.series, np.random.default_rng(1))
    # A series without events for a month sleeps, and costs nothing: here none does.
    world = world._replace(rate=np.maximum(world.rate, 0.3))
    detector = Timed()
    run(detector, world, budget.FIRST_DAY, WARM_UP)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    print(f"{args.series:,} series, microseconds a series and day (of a bucket: a series in it)")
    runs = []
    for number in range(args.runs):
        first = budget.FIRST_DAY + WARM_UP + number * RUN
        runs.append(run(detector, world, first, RUN))
        costs = ", ".join(f"{name} {cost:.2f}" for name, cost in runs[-1].items())
        print(f"run {number + 1}: {costs}", flush=True)
    size = FIELDS * 8 + 1
    print(f"{detector.watched():,} of them awake; {size:,} bytes of state a series")
    if args.json:
        args.json.write_text(json.dumps({"runs": runs, "bytes": size}, indent=2) + "\n")


if __name__ == "__main__":
    main()
