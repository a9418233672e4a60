"""How often the daily test raises quiet series, by the level it reaches.

    python benchmarks/quiet.py [--series 5000] [--years 3] [--seed 7]

The series are those of budget.py: nothing happens in them. An episode counts once, at every level
of z that it reaches; s = -log10(episodes a series-day) is what `daily_surprise` says of that level.
The last line is the cost of a step.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import TYPE_CHECKING

import budget
import numpy as np

from streams.core.detect import Tuning
from streams.core.detect.daily import model
from streams.core.detect.deviance import daily_surprise
from streams.core.detect.state_matrix import AGE, DAY, FIELDS, MU

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = np.arange(2.5, 7.01, 0.5)
SEPARATE = 7
"""Days: nearer ones belong to one episode."""


def levels(
    series: int, days: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], float]:
    """Give episodes by level and decade of the rate, series-days by decade, seconds of a step."""
    rng = np.random.default_rng(seed)
    quiet, tuning = budget.world(series, rng), Tuning()
    decade = np.clip(np.floor(np.log10(quiet.rate)) + 2, 0, 4).astype(np.intp)
    cells, fresh = np.zeros((FIELDS, series)), np.zeros(FIELDS)
    model.born(fresh, 0, tuning)
    alive = np.zeros(series, dtype=np.bool_)
    last = np.full((LEVELS.size, series), -10 * SEPARATE)
    found, lived = np.zeros((LEVELS.size, 5), dtype=np.int64), np.zeros(5)
    spent = 0.0
    for number in range(days):
        day = budget.FIRST_DAY + number
        counts = budget.draw(quiet, day, rng).astype(np.float64)
        new = np.flatnonzero(~alive & (counts > 0))
        fresh[DAY] = day - 1
        cells[:, new] = fresh[:, np.newaxis]
        alive[new] = True
        began = time.process_time()
        tested = model.test(cells, day, counts)
        _, z, excess = model.rising(cells, counts, tested).worst()
        old = alive & (cells[AGE] >= tuning.learn_days)
        model.learn(cells, day, counts)
        model.turn(cells, day, counts, tuning)
        spent += time.process_time() - began
        cells[AGE, ~alive] = 0.0
        cells[MU, ~alive] = 0.0
        lived += np.bincount(decade[old], minlength=5)
        for place, level in enumerate(LEVELS):
            high = np.flatnonzero(old & (z > level) & (excess >= tuning.day_excess))
            begins = high[number - last[place, high] > SEPARATE]
            last[place, high] = number
            found[place] += np.bincount(decade[begins], minlength=5)
    return found, lived, spent / days


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--series", type=int, default=5000)
    parser.add_argument("--years", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    found, lived, spent = levels(args.series, round(args.years * budget.YEAR), args.seed)
    print(
        "s seen / said, by events a day:",
        *(
            f"{low:g} to {high:g}".rjust(13)
            for low, high in zip(budget.RATES, budget.RATES[1:], strict=False)
        ),
        "          all",
        sep="  ",
    )
    for level, episodes in zip(LEVELS, found, strict=True):
        cells = []
        for place, count in enumerate(episodes):
            seen = f"{-math.log10(count / lived[place]):.2f}" if count else "-"
            said = daily_surprise(float(level), math.sqrt(10.0) * budget.RATES[place])
            cells.append(f"{seen} / {said:.2f}".rjust(13))
        total = f"{-math.log10(episodes.sum() / lived.sum()):.2f}" if episodes.sum() else "-"
        print(f"z = {level:.1f}".ljust(30), *cells, total.rjust(13), sep="  ")
    each = spent / args.series
    print(f"{each * 1e6:.2f} microseconds a series and day, {8 * FIELDS + 1} bytes a series")


if __name__ == "__main__":
    main()
