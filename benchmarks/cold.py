"""How much of the daily test there is before there is a history: the benchmark of Noufaily, cut.

    python benchmarks/cold.py [FILE] [--days 28 90 365] [--calendar]

Each series begins so many days before the 49 weeks that are scored, and is scored as in
noufaily.py: thresholds set on simulations 1 to 50 for a specificity of .99, each history with its
own, and told of simulations 51 to 100. With --calendar the bank holidays are known.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import noufaily
import numpy as np

from streams.core.detect import Tuning
from streams.core.detect.daily import model
from streams.core.detect.state_matrix import FIELDS
from streams.core.event_time.calendar import ordinary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.event_time.calendar import Calendar

WANTED = 0.99


def levels(counts: NDArray[np.float64], first: int, calendar: Calendar) -> NDArray[np.float64]:
    """Give the levels of series that begin with their first event from day `first` on."""
    tuning = Tuning()
    state = np.zeros(FIELDS)
    model.born(state, 0, tuning)
    cells = np.repeat(state[:, np.newaxis], counts.shape[0], axis=1)
    alive = np.zeros(counts.shape[0], dtype=np.bool_)
    z = np.zeros_like(counts)
    for day in range(first, counts.shape[1]):
        today = np.ascontiguousarray(counts[:, day])
        new = ~alive & (today > 0)
        model.born(state, day, tuning)
        cells[:, new] = state[:, np.newaxis]
        alive |= new
        tested = model.test(cells, day, today)
        z[:, day] = np.where(alive, model.rising(cells, today, tested).z.max(axis=0), 0.0)
        model.learn(cells, day, today, calendar)
        model.turn(cells, day, today, tuning, calendar)
    return z


def main() -> None:
    """Print a row a history."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", nargs="?", type=Path, default=noufaily.FILE)
    parser.add_argument("--days", type=int, nargs="*", default=[28, 90, 365])
    parser.add_argument("--calendar", action="store_true")
    args = parser.parse_args()
    runs = noufaily.load(args.file)
    calendar = noufaily.bank_holidays(runs) if args.calendar else ordinary
    chosen = runs.sim <= noufaily.CHOOSING
    scored = runs.counts.shape[1] - noufaily.SCORED_DAYS
    print("days of history            threshold specificity sensitivity         POD  timeliness")
    for days in args.days:
        z = levels(runs.counts, scored - days, calendar)
        threshold = noufaily.threshold_at(runs.part(chosen), z[chosen], WANTED)
        found = noufaily.by_signal(runs.part(~chosen), z[~chosen], threshold)
        print(noufaily.row(f"{days:<26} {threshold:.2f}", noufaily.mean(found)))


if __name__ == "__main__":
    main()
