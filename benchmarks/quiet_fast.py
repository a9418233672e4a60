"""How often the fast test raises quiet series, by the surprise it tells.

    python benchmarks/quiet_fast.py [--series 1500] [--years 1.6] [--seed 77]

The series are those of budget.py: nothing happens in them. An episode counts once, at every level
that it reaches; seen is -log10(episodes a series-day), which should be the level itself.
"""

from __future__ import annotations

import argparse
import math
from itertools import islice

import budget
import numpy as np

from streams.core.detect import RiseDetector, Tuning
from streams.core.event_time.buckets import BASE, DAY, HOUR

LEVELS = np.arange(3.0, 6.01, 0.5)
YOUNG = 14


def episodes(series: int, days: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give episodes by decade of the rate and level, and series-days by decade."""
    rng = np.random.default_rng(seed)
    quiet = budget.world(series, rng)
    detector = RiseDetector(Tuning(fast_threshold=float(LEVELS[0])))
    names = [str(number) for number in range(series)]
    decade = np.clip(np.floor(np.log10(quiet.rate)) + 2, 0, 4).astype(np.intp)
    reached, found = np.zeros(series), np.zeros((5, LEVELS.size), dtype=np.int64)
    for number in range(days):
        day = budget.FIRST_DAY + number
        counts = budget.draw(quiet, day, rng)
        slices = budget.within(quiet, counts, rng)
        readings = []
        for start in range(day * DAY, (day + 1) * DAY, HOUR):
            cells = enumerate(islice(slices, budget.AN_HOUR))
            buckets = [
                (start + place * BASE, {names[s]: n for s, n in own.items()})
                for place, own in cells
            ]
            readings += detector.run(buckets)
        totals = {names[s]: int(counts[s]) for s in np.flatnonzero(counts).tolist()}
        readings += detector.close("1d", day * DAY, totals)
        for r in readings:
            who = int(r.series)
            if r.status != "raised":
                reached[who] = 0.0
                continue
            if r.detector == "fast":
                found[decade[who]] += (reached[who] < LEVELS) & (r.surprise >= LEVELS)
            reached[who] = max(reached[who], r.surprise)
    return found, np.bincount(decade, minlength=5) * (days - YOUNG)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--series", type=int, default=1500)
    parser.add_argument("--years", type=float, default=1.6)
    parser.add_argument("--seed", type=int, default=77)
    args = parser.parse_args()
    found, lived = episodes(args.series, round(args.years * budget.YEAR), args.seed)
    print("events a day".ljust(14), *(f"s = {level:.1f}".rjust(12) for level in LEVELS))
    rows = [
        (f"{low:g} to {high:g}", own, days)
        for low, high, own, days in zip(
            budget.RATES, budget.RATES[1:], found, lived.tolist(), strict=False
        )
    ]
    for name, own, days in [*rows, ("all", found.sum(axis=0), int(lived.sum()))]:
        seen = [f"{-math.log10(n / days):.2f} ({n})" if n else "-" for n in own.tolist()]
        print(name.ljust(14), *(cell.rjust(12) for cell in seen))


if __name__ == "__main__":
    main()
