"""How soon the fast test tells a rise inside the day, against the best that is possible.

    python benchmarks/subdaily.py [--series 200] [--seed 1] [--scatter days|clumps] [--learn 2]
        [--rate 10] [--json OUT]

Series of 1, 10 and 100 events a day with weekdays and a profile of the day of their own, all of it
to be learned by the detector in two years. Their variance is 1.5 times the mean: either whole days
swing, or events come in clumps. Then the rate becomes 2, 3, 5 or 10 times as large at a random
time. The optimum is the sum (CUSUM) that knows the mean of every bucket, how it scatters and the
size of the rise. Both tell of a quiet series once a year, by thresholds set on the quiet years
simulated here: that of the detector is the surprise from which on its tests, fast, daily and slow,
tell together once a year. What they say of themselves is held against what is seen. Hours are the
mean delay until the end of the bucket in which it is reported.
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

from streams.core.detect import RiseDetector, Tuning
from streams.core.detect.intraday import cusum

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
BEYOND = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0])
"""Surprises that are counted, above the one from which on the detector tells."""
ROUNDS, NEAR = 6, 0.03
LATEST = 90  # days until a rise that nobody tells is given up
THRESHOLDS = np.arange(2.0, 14.0, 0.25)


class Start(NamedTuple):
    """What a detector has learned by the morning of a day."""

    day: int
    rows: dict[str, bytes]

    def detector(self, said: float) -> RiseDetector:
        """Make the detector, to tell from such a surprise on."""
        detector = RiseDetector(Tuning(fast_threshold=said))
        detector.restore(self.rows.items())
        return detector


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


def feed(detector: RiseDetector, day: int, counts: Counts) -> Iterator[Reading]:
    """Close the buckets of a day and the day (a row of 288 counts a series)."""
    names = [str(n) for n in range(counts.shape[0])]
    for hour in range(HOURS):
        buckets = []
        for place in range(hour * AN_HOUR, (hour + 1) * AN_HOUR):
            column = counts[:, place]
            own = np.flatnonzero(column)
            pairs = zip(own.tolist(), column[own].tolist(), strict=True)
            buckets.append((day * DAY + place * BUCKET, {names[n]: count for n, count in pairs}))
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


def thresholds(w: World, day: int, years: int, seed: int) -> list[float]:
    """Give those of the optimum, by rise: reported of a quiet series once a year."""
    rng = np.random.default_rng(seed)
    adds, takes = (np.array(x) for x in zip(*(optimum(w, rise) for rise in RISES), strict=True))
    sums = np.zeros((len(RISES), THRESHOLDS.size, w.slices.shape[0]))
    alarms = np.zeros((len(RISES), THRESHOLDS.size), dtype=np.int64)
    for today in range(day, day + years * YEAR):
        mean = w.mean(today)
        counts = w.draw(mean, rng)
        for place in range(SLICES):
            change = adds[:, None] * counts[:, place] - takes[:, None] * mean[:, place]
            sums = np.maximum(sums + change[:, np.newaxis, :], 0.0)
            raised = sums >= THRESHOLDS[:, np.newaxis]
            alarms += raised.sum(axis=2)
            sums[raised] = 0.0
    rare = -np.log(np.maximum(alarms, 0.5) / (years * w.slices.shape[0]))
    return [float(np.interp(0.0, row, THRESHOLDS)) for row in rare]


def quiet(w: World, start: Start, said: float, years: int, seed: int) -> dict[str, Counts]:
    """Count, by test, what a detector tells in years in which nothing happens.

    It tells from `said` on; an episode counts once at every level above that it reaches.
    """
    rng, levels = np.random.default_rng(seed), said + BEYOND
    day, detector = start.day, start.detector(said)
    ours = {test: np.zeros(levels.size, dtype=np.int64) for test in TESTS}
    reached = {test: np.zeros(w.slices.shape[0]) for test in TESTS}
    for today in range(day, day + years * YEAR):
        for r in feed(detector, today, w.draw(w.mean(today), rng)):
            who = int(r.series)
            if r.status != "raised":
                for test in TESTS:
                    reached[test][who] = 0.0
                continue
            for test in (r.detector, "any"):
                known = reached[test][who]
                ours[test] += (known < levels) & (r.surprise >= levels)
                reached[test][who] = max(known, r.surprise)
    return ours


def once_a_year(w: World, start: Start, years: int, seed: int) -> float:
    """Give the surprise from which on the detector tells of a quiet series once a year.

    What it tells of begins its sums anew, so the level counts from which on it does.
    """
    said = 2.6  # about once a year, if it is what it says
    for _ in range(ROUNDS):
        ours, before = quiet(w, start, said, years, seed), said
        print(f"  reported from {said:.2f} on: seen by what is said, -log10 a series and day")
        for test, found in ours.items():
            rare = -np.log10(np.maximum(found, 0.5) / (years * w.slices.shape[0] * YEAR))
            tests = zip(said + BEYOND, rare, found, strict=True)
            print(f"    {test:6}", "  ".join(f"{a:.2f}: {b:.2f} ({n})" for a, b, n in tests))
        seldom = -np.log10(np.maximum(ours["any"], 0.5) / (years * w.slices.shape[0]))
        said = float(np.interp(0.0, seldom, said + BEYOND)) if seldom[0] < 0.0 else said - 0.1
        if abs(said - before) < NEAR:
            break
    return said


class Delays(NamedTuple):
    """Hours until a rise was reported of each series."""

    optimum: Floats
    ours: Floats
    fast: Floats


def delays(
    w: World, start: Start, rise: float, bounds: tuple[float, float], rng: np.random.Generator
) -> Delays:
    """Let the rate rise on the day of the start and wait until all have reported it.

    `bounds` are the threshold of the optimum and the surprise of the detector.
    """
    threshold, said = bounds
    series, day = w.slices.shape[0], start.day
    detector = start.detector(said)
    since = day * DAY + rng.integers(0, SLICES, series) * BUCKET
    delays = Delays(*np.full((3, series), LATEST * 24.0))
    add, take = optimum(w, rise)
    sums, starts = np.zeros(series), np.arange(SLICES) * BUCKET
    for today in range(day, day + LATEST):
        mean = w.mean(today)
        on = today * DAY + starts >= since[:, np.newaxis]
        counts = w.draw(mean * np.where(on, rise, 1.0), rng)
        for place, end in enumerate(today * DAY + starts + BUCKET):
            sums = np.maximum(sums + add * counts[:, place] - take * mean[:, place], 0.0)
            high = (sums >= threshold) & (end > since)
            delays.optimum[high] = np.minimum(delays.optimum[high], (end - since[high]) / HOUR)
        for r in feed(detector, today, counts):
            who = int(r.series)
            if r.status == "raised" and r.surprise >= said and r.end > since[who]:
                for hours in (delays.ours, delays.fast)[: 1 + (r.detector == "fast")]:
                    hours[who] = min(hours[who], (r.end - since[who]) / HOUR)
        if max(delays.optimum.max(), delays.ours.max()) < LATEST * 24.0:
            break
    return delays


def measure(
    series: int, years: tuple[int, int], rate: float, scatter: str, seed: int
) -> list[dict[str, float]]:
    """Give a row for each size of a rise over series of one rate.

    `years` are those that the detector learns, and the quiet ones that set the thresholds.
    """
    rng = np.random.default_rng(seed)
    w = world(series, rate, scatter, rng)
    detector = RiseDetector(Tuning())
    begins = FIRST + years[0] * YEAR
    for day in range(FIRST, begins):
        for _ in feed(detector, day, w.draw(w.mean(day), rng)):
            pass
    start = Start(begins, dict(detector.changed()))
    print(f"{rate:g} a day")
    said = once_a_year(w, start, years[1], seed)
    rows_told = []
    for rise, threshold in zip(RISES, thresholds(w, begins, years[1], seed), strict=True):
        hours = delays(w, start, rise, (threshold, said), rng)
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
            f"{row['fast_median']:.2f} h   reported at {threshold:.2f} and {said:.2f}",
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
    cusum.FINE = 4096.0  # type: ignore[misc] # a surprise grows in no steps: any level is one
    print(f"Python {platform.python_version()}, numpy {np.__version__}; {' '.join(sys.argv[1:])}")
    rows = [
        row
        for rate in args.rate or RATES
        for row in measure(args.series, (args.learn, args.years), rate, args.scatter, args.seed)
    ]
    if args.json:
        args.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
