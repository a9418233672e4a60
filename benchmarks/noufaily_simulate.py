"""Simulate the signals of Noufaily et al. (Bioinformatics 35:3110, 2019) anew.

    python benchmarks/noufaily_simulate.py OUT.parquet [--w 5] [--seed 1] [--sims 100] [--check]

OUT has the shape of noufaily2019_w5.parquet: signal, sim, day, total, outbreak. The model and its
numbers are those of the paper and its supplement (github.com/FelipeJColon/AlgorithmComparison);
the code and the random numbers are our own. --check compares with the given file, signal by signal.

A signal is counted on five or seven days a week, over seven years of 52 weeks:
log mu(t) = alpha + beta (t + shift) + annual waves + weekly waves, its variance phi mu. Three
signals have a long outbreak every year, which no label tells. In the last 49 weeks one outbreak
begins on a random day: Poisson(w x days a week x sd of that day) cases, spread over the days by a
lognormal(0, 0.5) in steps of a quarter, more of them on Mondays or on weekends. On a bank holiday a
seven-day system counts twice as much; a five-day system is closed, and counts half as much again
on the next working day.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import noufaily
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.float64]

YEARS, WEEKS, WEEK = 7, 52, 7
OUTBREAK_WEEKS: Final = 49
SHAPE: Final = 0.5
STEP, LONG_STEP = 0.25, 0.02
"""A day of an outbreak, and of one that comes every year, in units of the lognormal's median."""
MORE: Final = {5: (1.5, 1.1, 1.0, 1.0, 1.1), 7: (1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0)}
"""Cases of an outbreak by the day of the week, from Monday."""
HOLIDAY, DAY_AFTER = 2.0, 1.5
HOLIDAYS: Final = (
    *(0, 95, 98, 126, 147, 238, 357, 358, 364, 473, 476, 480, 490, 511, 602, 721, 722, 728, 823),
    *(826, 854, 882, 883, 966, 1085, 1086, 1092, 1180, 1183, 1218, 1239, 1330, 1449, 1450, 1456),
    *(1565, 1568, 1582, 1603, 1694, 1813, 1814, 1820, 1915, 1918, 1946, 1967, 2058, 2177, 2178),
    *(2184, 2286, 2289, 2310, 2331, 2422, 2541, 2542),
)
"""Days of the seven years: bank holidays of England, as in the supplement."""


class Signal(NamedTuple):
    """The model of one signal; `scale` divides its counts."""

    days: int
    annual: int
    weekly: int
    alpha: float
    beta: float
    cos_year: float
    sin_year: float
    cos_week: float
    sin_week: float
    phi: float
    shift: int
    scale: int = 1

    def mean(self, length: int) -> Counts:
        """Give mu of the days 1 to `length`, before the scale."""
        t = np.arange(1, length + 1) + self.shift
        log = self.alpha + self.beta * t
        for waves, a, b, period in (
            (self.annual, self.cos_year, self.sin_year, WEEKS * self.days),
            (self.weekly, self.cos_week, self.sin_week, self.days),
        ):
            for wave in range(1, waves + 1):
                angle = 2.0 * np.pi * wave * t / period
                log = log + a * np.cos(angle) + b * np.sin(angle)
        return np.exp(log)


class Kind(NamedTuple):
    """Outbreaks of one kind: as of which signal, how large (in its sd), how long a day is."""

    like: Signal
    size: float
    step: float

    def cases(self, start: int, length: int, rng: np.random.Generator) -> Counts:
        """Give the cases by day; those behind the end are lost."""
        sd = math.sqrt(self.like.mean(length)[start] * self.like.phi)
        cases = 0
        while cases < 2:  # noqa: PLR2004  an outbreak is of two cases at least
            cases = int(rng.poisson(self.size * sd))
        after = np.ceil(rng.lognormal(0.0, SHAPE, cases) / self.step).astype(np.int64) - 1
        by_day = np.bincount(start + after, minlength=length)[:length].astype(np.float64)
        by_day[-1] = 0.0
        return by_day * np.resize(MORE[self.like.days], length)


SIGNALS: Final = {
    1: Signal(7, 1, 2, 6, 0, 0.2, 0.2, 0.5, 0.4, 2, 29),
    2: Signal(7, 1, 2, 0.5, 0, 1.5, 1.4, 0.5, 0.4, 1, -167),
    3: Signal(7, 0, 2, 5.5, 0, 0, 0, 0.3, 0.25, 1, 1),
    4: Signal(7, 0, 2, 2, 0, 0, 0, 0.3, 0.25, 1, 1),
    5: Signal(5, 1, 1, 6, 0, 0.3, 2, 0.3, 0.5, 1.5, -50, 10),
    6: Signal(5, 1, 1, 1, 0, 0.1, 2, 0.05, 0.05, 1, -50),
    7: Signal(5, 0, 1, 6, 0.0001, 0, 0, 0.6, 0.9, 1.5, 0, 10),
    8: Signal(5, 1, 1, 3, 0, 1.5, 0.1, 0.2, 0.3, 1, -150),
    9: Signal(5, 1, 1, 3, 0, 0.2, 0.1, 0.05, 0.15, 1, -200),
    10: Signal(5, 1, 1, 5, 0, 0.2, 0.1, 0.05, 0.1, 1, 0),
    11: Signal(5, 2, 1, 0.5, 0, 0.4, 0, 0.05, 0.15, 1, 0),
    12: Signal(5, 1, 1, 9, 0, 0.5, 0.2, 0.2, 0.5, 1, 0, 100),
    13: Signal(7, 1, 2, 2, 0.0005, 0.8, 0.8, 0.8, 0.4, 4, 57),
    14: Signal(7, 4, 1, 0.05, 0, 0.01, 0.01, 1.8, 0.1, 1, -85),
    15: Signal(7, 1, 2, 3, 0, 0.8, 0.6, 0.8, 0.4, 4, 29),
    16: Signal(7, 0, 2, 6, 0, 0, 0, 0.8, 0.4, 4, 1),
}
SIZE_OF: Final = {13: SIGNALS[1], 14: SIGNALS[13]._replace(beta=0)}
"""Signals whose outbreaks are as large as those of another one, by a slip of the supplement."""
YEARLY: Final = {
    5: (Kind(SIGNALS[5], 3 * 5 * 80, LONG_STEP), (0, 20)),
    6: (Kind(SIGNALS[6], 3 * 5 * 50, LONG_STEP), (0, 20)),
    15: (Kind(SIGNALS[6], 3 * 7 * 150, LONG_STEP), (209, 230)),
}
"""Outbreaks of every year, and the days of the year they may begin on."""


def yearly(number: int, length: int, rng: np.random.Generator) -> Counts:
    """Give the cases of the outbreaks that come every year, if the signal has any."""
    total = np.zeros(length)
    if number in YEARLY:
        kind, (first, end) = YEARLY[number]
        for year in range(0, length, length // YEARS):
            total += kind.cases(year + int(rng.integers(first, end)), length, rng)
    return total


def simulate(number: int, w: float, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """Give a series of a signal and the injected cases in it, by day of the calendar."""
    signal = SIGNALS[number]
    days = signal.days
    length = YEARS * WEEKS * days
    mean = signal.mean(length)
    if signal.phi == 1.0:
        noise = rng.poisson(mean).astype(np.float64)
    else:
        noise = rng.negative_binomial(mean / (signal.phi - 1.0), 1.0 / signal.phi)
    kind = Kind(SIZE_OF.get(number, signal), w * days, STEP)
    start = int(rng.integers(length - OUTBREAK_WEEKS * days, length))
    outbreak = kind.cases(start, length, rng)
    total = noise / signal.scale + yearly(number, length, rng) + outbreak
    for day in HOLIDAYS:
        if days == WEEK:
            total[day] *= HOLIDAY
        else:
            open_day = day // WEEK * days + day % WEEK
            total[open_day : open_day + 2] *= (0.0, DAY_AFTER)
    return np.round(_weekends(total, days)), np.round(_weekends(outbreak, days))


def _weekends(column: Counts, days: int) -> Counts:
    weeks = column.reshape(-1, days)
    return np.pad(weeks, ((0, 0), (0, WEEK - days))).ravel()


def table(w: float, seed: int, sims: int) -> pa.Table:
    """Simulate all signals; every series has random numbers of its own."""
    totals, outbreaks, numbers, runs = [], [], [], []
    for number in SIGNALS:
        for sim in range(1, sims + 1):
            total, outbreak = simulate(number, w, np.random.default_rng((seed, number, sim)))
            totals.append(total)
            outbreaks.append(outbreak)
            numbers.append(number)
            runs.append(sim)
    days = totals[0].size
    return pa.table(
        {
            "signal": np.repeat(np.array(numbers, dtype=np.int8), days),
            "sim": np.repeat(np.array(runs, dtype=np.int16), days),
            "day": np.tile(np.arange(1, days + 1, dtype=np.int16), len(totals)),
            "total": np.concatenate(totals).astype(np.int32),
            "outbreak": np.concatenate(outbreaks).astype(np.int32),
        }
    )


def check(ours: noufaily.Runs, given: noufaily.Runs) -> None:
    """Print means, standard deviations and outbreaks of both, signal by signal."""
    print(f"{'':8}{'a day':>16}{'sd, no outbreak':>18}{'cases':>18}{'days':>14}")
    for number in SIGNALS:
        columns = []
        for runs in (given, ours):
            own = runs.signal == number
            counts, outbreak = runs.counts[own], runs.outbreak[own]
            calm = np.where(outbreak > 0, np.nan, counts)
            cases = outbreak.sum(axis=1)
            long = (outbreak > 0).sum(axis=1)
            columns.append((np.nanmean(calm), np.nanstd(calm), np.median(cases), long.mean()))
        pairs = [f"{a:9.1f}{b:9.1f}" for a, b in zip(*columns, strict=True)]
        print(f"{number:4}  " + "".join(pairs))


def main() -> None:
    """Write a file, and compare it with the given one if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--w", type=float, default=5.0, help="size of the outbreaks (2, 3, 5, 10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sims", type=int, default=100)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    pq.write_table(table(args.w, args.seed, args.sims), args.out, compression="zstd")
    if args.check:
        check(noufaily.load(args.out), noufaily.load(noufaily.FILE))


if __name__ == "__main__":
    main()
