"""The field's simulation benchmark for daily counts (Noufaily et al., Bioinformatics 35:3110).

    python benchmarks/noufaily.py [FILE]

FILE has the shape of noufaily2019_w5.parquet (signal, sim, day, total, outbreak). Scored over the
last 49 weeks of simulations 51 to 100, five-day systems (signals 5 to 12) on working days. No
calendar of holidays.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.parquet as pq

from streams.core.detect import Tuning, daily
from streams.core.detect.bank import FIELDS, MU

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = Path(__file__).parents[2] / "shared/data/noufaily2019/noufaily2019_w5.parquet"
SCORED_DAYS = 49 * 7
FIVE_DAY = range(5, 13)
WEEK, WORKDAYS = 7, 5
THRESHOLDS = (2.535, 2.8, 3.5, 4.0, 4.45)


class Runs(NamedTuple):
    """One row a series: its signal and simulation; counts and injected cases by day."""

    signal: NDArray[np.int64]
    sim: NDArray[np.int64]
    counts: NDArray[np.float64]
    outbreak: NDArray[np.float64]


class Score(NamedTuple):
    """Means over signals, as in the paper; lower timeliness is better."""

    specificity: float
    sensitivity: float
    pod: float
    timeliness: float


def load(file: Path) -> Runs:
    """Read the series."""
    table = pq.read_table(file)
    columns = {name: table[name].to_numpy() for name in table.column_names}
    order = np.lexsort((columns["day"], columns["sim"], columns["signal"]))
    days = len(np.unique(columns["day"]))
    shaped = {name: column[order].reshape(-1, days) for name, column in columns.items()}
    return Runs(
        shaped["signal"][:, 0],
        shaped["sim"][:, 0],
        shaped["total"].astype(np.float64),
        shaped["outbreak"].astype(np.float64),
    )


def surprises(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the detector's z of every series and day."""
    tuning = Tuning(drift=1e-5)  # the simulated levels do not move
    cells = np.zeros((FIELDS, counts.shape[0]))
    for column in range(counts.shape[0]):
        state = np.zeros(FIELDS)
        daily.born(state, 0, tuning)
        cells[:, column] = state
    z = np.zeros_like(counts)
    for day in range(counts.shape[1]):
        today = np.ascontiguousarray(counts[:, day])
        tested = daily.test(cells, day, today)
        z[:, day] = np.where(today >= cells[MU], tested.z.max(axis=0), 0.0)
        daily.learn(cells, day, today)
        daily.turn(cells, day, today, tuning)
    return z


def score(runs: Runs, z: NDArray[np.float64], threshold: float) -> Score:
    """Score the alarms above a threshold."""
    days = runs.counts.shape[1]
    open_day = np.ones(runs.counts.shape, dtype=np.bool_)
    open_day[np.isin(runs.signal, FIVE_DAY)] = np.arange(days) % WEEK < WORKDAYS
    open_day[:, : days - SCORED_DAYS] = False
    alarm = (z > threshold) & open_day
    by_signal = []
    for signal in np.unique(runs.signal):
        own = runs.signal == signal
        free = open_day[own] & (runs.outbreak[own] == 0)
        specificity = 1.0 - (alarm[own] & free).sum() / free.sum()
        rows = []
        for series in np.flatnonzero(own):
            cases = np.flatnonzero(runs.outbreak[series] > 0)
            first, last = cases[0], cases[-1]
            hits = np.flatnonzero(alarm[series, first : last + 1])
            late = hits[0] / (last - first + 1) if hits.size else 1.0
            in_outbreak = (runs.outbreak[series] > 0) & open_day[series]
            found = (alarm[series] & in_outbreak).sum() / max(1, in_outbreak.sum())
            rows.append((found, float(hits.size > 0), late))
        by_signal.append((specificity, *np.mean(rows, axis=0)))
    return Score(*(float(mean) for mean in np.mean(by_signal, axis=0)))


def main() -> None:
    """Print the scores at some thresholds."""
    runs = load(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
    began = time.process_time()
    z = surprises(runs.counts)
    spent = (time.process_time() - began) / runs.counts.size
    held_out = Runs(*(part[runs.sim > runs.sim.max() // 2] for part in runs))
    z = z[runs.sim > runs.sim.max() // 2]
    print("threshold specificity sensitivity   POD timeliness")
    for threshold in THRESHOLDS:
        result = score(held_out, z, threshold)
        print(
            f"{threshold:9.3f} {result.specificity:11.3f} {result.sensitivity:11.3f} "
            f"{result.pod:5.3f} {result.timeliness:10.3f}"
        )
    print(f"{spent * 1e6:.2f} microseconds a series and day")


if __name__ == "__main__":
    main()
