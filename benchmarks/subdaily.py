"""How soon the fast test tells a rise inside the day, against the best that is possible.

    python benchmarks/subdaily.py [--series 200] [--seed 1] [--scatter days|clumps] [--learn 2]
        [--rate 10] [--json OUT]

Series of 1, 10 and 100 events a day with weekdays and a profile of the day of their own, all of it
to be learned by the detector in two years. Their variance is 1.5 times the mean: either whole days
swing, or events come in clumps. Then the rate becomes 2, 3, 5 or 10 times as large at a random
time. The optimum is the sum (CUSUM) that knows the mean of every bucket, how it scatters and the
size of the rise. Both tell of a quiet series once a year, by thresholds set on the quiet years
simulated here: that of the detector is the surprise that its tests, fast, daily and slow, reach
together once a year. What they say of themselves is held against what is seen. Hours are the mean
delay until the end of the bucket in which it is told.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.detect import SpikeDetector, Tuning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from streams.core.detect import Reading

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

DAY, HOUR, BUCKET = 86_400, 3_600, 300
HOURS, SLICES, AN_HOUR = 24, DAY // BUCKET, HOUR // BUCKET
WEEK, YEAR = 7, 365
FIRST = 16_000  # days since the epoch
RATES = (1.0, 10.0, 100.0)
RISES = (2.0, 3.0, 5.0, 10.0)
VARIANCE = 1.5
TESTS = ("fast", "daily", "slow", "any")
LEVELS = np.array([2.0, 2.25, 2.5, 2.75, 3.0, 3.5, 4.0])
LATEST = 90  # days until a rise that nobody tells is given up
THRESHOLDS = np.arange(2.0, 14.0, 0.25)


class World(NamedTuple):
    """Series side by side: events a day, weekdays (7 rows), slices of a day (a row a series)."""

    rate: float
    weekdays: Floats
    slices: Floats
    scatter: str

    def mean(self, day: int) -> Floats:
        """Give what is expected of every slice of a day: a row a series."""
        return self.rate * self.weekdays[day % WEEK][:, np.newaxis] * self.slices

    def draw(self, mean: Floats, rng: np.random.Generator) -> Counts:
        """Draw the counts of a day."""
        beyond = VARIANCE - 1.0
        if self.scatter == "clumps":
            return rng.poisson(rng.gamma(mean / beyond) * beyond)
        total = mean.sum(axis=1, keepdims=True)
        return rng.poisson(mean * (rng.gamma(total / beyond) * beyond / total))


def world(series: int, rate: float, scatter: str, rng: np.random.Generator) -> World:
    """Make series of one rate."""
    weekdays = np.exp(rng.normal(0, 0.15, (WEEK, series)))
    hours = np.arange(SLICES) * (BUCKET / HOUR)
    peak, width = rng.uniform(10, 16, (series, 1)), rng.uniform(2, 5, (series, 1))
    slices = 0.25 + np.exp(-((hours - peak) ** 2) / (2 * width**2))
    return World(
        rate, weekdays / weekdays.mean(axis=0), slices / slices.sum(axis=1, keepdims=True), scatter
    )


def feed(detector: SpikeDetector, day: int, counts: Counts) -> Iterator[Reading]:
    """Close the buckets of a day and the day (a row of 288 counts a series)."""
    names = [str(n) for n in range(counts.shape[0])]
    for hour in range(HOURS):
        buckets = []
        for place in range(hour * AN_HOUR, (hour + 1) * AN_HOUR):
            column = counts[:, place]
            own = np.flatnonzero(column)
            told = zip(own.tolist(), column[own].tolist(), strict=True)
            buckets.append((day * DAY + place * BUCKET, {names[n]: count for n, count in told}))
        yield from detector.run(buckets)
    total = counts.sum(axis=1)
    closing = {names[n]: int(total[n]) for n in np.flatnonzero(total).tolist()}
    yield from detector.close("1d", day * DAY, closing)


def optimum(w: World, rise: float) -> tuple[float, float]:
    """Give what an event adds to the sum that knows the rise, and one expected takes away."""
    if w.scatter == "clumps":
        likelier = math.log((1.0 + rise * (VARIANCE - 1.0)) / VARIANCE)
        return math.log(rise) - likelier, likelier / (VARIANCE - 1.0)
    return math.log(rise), rise - 1.0


class Quiet(NamedTuple):
    """What quiet years gave: alarms of the optimum by rise and threshold, ours by test and level.

    An episode counts once at every level that it reaches.
    """

    optimum: Counts
    ours: dict[str, Counts]
    years: float


def quiet(
    w: World, detector: SpikeDetector, day: int, years: int, rng: np.random.Generator
) -> Quiet:
    """Let years pass in which nothing happens."""
    series = w.slices.shape[0]
    adds, takes = (np.array(x) for x in zip(*(optimum(w, rise) for rise in RISES), strict=True))
    sums = np.zeros((len(RISES), THRESHOLDS.size, series))
    bound = THRESHOLDS[:, np.newaxis]
    alarms = np.zeros((len(RISES), THRESHOLDS.size), dtype=np.int64)
    ours = {test: np.zeros(len(LEVELS), dtype=np.int64) for test in TESTS}
    reached = {test: np.zeros(series) for test in TESTS}
    for today in range(day, day + years * YEAR):
        mean = w.mean(today)
        counts = w.draw(mean, rng)
        for place in range(SLICES):
            change = adds[:, None] * counts[:, place] - takes[:, None] * mean[:, place]
            sums = np.maximum(sums + change[:, np.newaxis, :], 0.0)
            told = sums >= bound
            alarms += told.sum(axis=2)
            sums[told] = 0.0
        for r in feed(detector, today, counts):
            who = int(r.series)
            if r.status != "raised":
                for test in TESTS:
                    reached[test][who] = 0.0
                continue
            for test in (r.detector, "any"):
                known = reached[test][who]
                ours[test] += (known < LEVELS) & (r.surprise >= LEVELS)
                reached[test][who] = max(known, r.surprise)
    return Quiet(alarms, ours, years * series)


class Told(NamedTuple):
    """Hours until a rise was told of each series."""

    optimum: Floats
    ours: Floats
    fast: Floats


def delays(  # noqa: PLR0913, PLR0917 - one rise
    w: World,
    rows: dict[str, bytes],
    day: int,
    rise: float,
    bounds: tuple[float, float],
    rng: np.random.Generator,
) -> Told:
    """Let the rate rise on `day` and wait until all have told it.

    `bounds` are the threshold of the optimum and the surprise of the detector.
    """
    threshold, said = bounds
    series = w.slices.shape[0]
    detector = SpikeDetector(Tuning(fast_threshold=said))
    detector.restore(rows.items())
    since = day * DAY + rng.integers(0, SLICES, series) * BUCKET
    told = Told(*np.full((3, series), LATEST * 24.0))
    add, take = optimum(w, rise)
    sums, starts = np.zeros(series), np.arange(SLICES) * BUCKET
    for today in range(day, day + LATEST):
        mean = w.mean(today)
        on = today * DAY + starts >= since[:, np.newaxis]
        counts = w.draw(mean * np.where(on, rise, 1.0), rng)
        for place, end in enumerate(today * DAY + starts + BUCKET):
            sums = np.maximum(sums + add * counts[:, place] - take * mean[:, place], 0.0)
            high = (sums >= threshold) & (end > since)
            told.optimum[high] = np.minimum(told.optimum[high], (end - since[high]) / HOUR)
        for r in feed(detector, today, counts):
            who = int(r.series)
            if r.status == "raised" and r.surprise >= said and r.end > since[who]:
                for hours in (told.ours, told.fast)[: 1 + (r.detector == "fast")]:
                    hours[who] = min(hours[who], (r.end - since[who]) / HOUR)
        if max(told.optimum.max(), told.ours.max()) < LATEST * 24.0:
            break
    return told


def measure(
    series: int, years: tuple[int, int], rate: float, scatter: str, seed: int
) -> list[dict[str, float]]:
    """Give a row for each size of a rise over series of one rate.

    `years` are those that the detector learns, and the quiet ones that set the thresholds.
    """
    rng = np.random.default_rng(seed)
    w = world(series, rate, scatter, rng)
    detector = SpikeDetector(Tuning(fast_threshold=float(LEVELS[0])))
    begins = FIRST + years[0] * YEAR
    for day in range(FIRST, begins):
        for _ in feed(detector, day, w.draw(w.mean(day), rng)):
            pass
    rows = dict(detector.changed())
    seen = quiet(w, detector, begins, years[1], rng)
    print(f"{rate:g} a day: -log10 of what a quiet series gives a day, seen by what is said")
    for test, found in seen.ours.items():
        rare = -np.log10(np.maximum(found, 0.5) / seen.years / YEAR)
        told = zip(LEVELS, rare, found, strict=True)
        print(f"  {test:6}", "  ".join(f"{one:.2f}: {other:.2f} ({n})" for one, other, n in told))
    log = np.log10(np.maximum(seen.ours["any"], 0.5) / seen.years)
    said = float(np.interp(0.0, -log, LEVELS))
    rows_told = []
    for number, rise in enumerate(RISES):
        log = np.log(np.maximum(seen.optimum[number], 0.5) / seen.years)
        threshold = float(np.interp(0.0, -log, THRESHOLDS))
        hours = delays(w, rows, begins, rise, (threshold, said), rng)
        best, ours = float(hours.optimum.mean()), float(hours.ours.mean())
        error = float(np.std(hours.ours - ours / best * hours.optimum)) / best / series**0.5
        row = {
            "rate": rate,
            "rise": rise,
            "threshold": round(threshold, 2),
            "surprise": round(said, 2),
            "optimum": round(best, 2),
            "ours": round(ours, 2),
            "fast_median": round(float(np.median(hours.fast)), 2),
            "ratio": round(ours / best, 3),
            "error": round(error, 3),
        }
        rows_told.append(row)
        print(
            f"  x {rise:<4g} optimum {best:8.2f} h   ours {ours:8.2f} h   "
            f"ratio {ours / best:.2f} +- {error:.2f}   median of the fast test alone "
            f"{row['fast_median']:.2f} h   told at {threshold:.2f} and {said:.2f}",
            flush=True,
        )
    return rows_told


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--years", type=int, default=2, help="quiet ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--learn", type=int, default=2, help="years before the quiet ones")
    parser.add_argument("--scatter", choices=("days", "clumps"), default="days")
    parser.add_argument("--rate", type=float, action="append")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {np.__version__}; {' '.join(sys.argv[1:])}")
    told = [
        row
        for rate in args.rate or RATES
        for row in measure(args.series, (args.learn, args.years), rate, args.scatter, args.seed)
    ]
    if args.json:
        args.json.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
