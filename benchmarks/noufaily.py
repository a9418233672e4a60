"""The field's simulation benchmark for daily counts (Noufaily et al., Bioinformatics 35:3110).

    python benchmarks/noufaily.py [FILE] [--json OUT] [--set-thresholds]

FILE has the shape of noufaily2019_w5.parquet (signal, sim, day, total, outbreak). The detector of
the product, as it is set there, goes over every series from its first day. Scored over the last 49
weeks of simulations 51 to 100, five-day systems (signals 5 to 12) on working days. Thresholds are
in noufaily_thresholds.json; --set-thresholds sets them on simulations 1 to 50 of FILE: the lowest
at which the mean specificity is .977 and .990.

The rows "calendar" know the holidays: the working days on which the file's five-day systems are
closed, which are the bank holidays of the simulation.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow.parquet as pq

from streams.core.detect import Tuning
from streams.core.detect.daily import model
from streams.core.detect.state_matrix import FIELDS
from streams.core.event_time.calendar import ordinary

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from streams.core.event_time.calendar import Calendar

FILE = Path(__file__).parents[2] / "shared/data/noufaily2019/noufaily2019_w5.parquet"
THRESHOLDS = Path(__file__).with_name("noufaily_thresholds.json")
SCORED_DAYS: Final = 49 * 7
FIVE_DAY: Final = range(5, 13)
WEEK, WORKDAYS = 7, 5
CHOOSING: Final = 50
"""Simulations up to this one are for choosing, the others for reporting."""
SHUT: Final = 0.95
"""A day is a holiday where so many of the five-day series without an event would be."""
SPECIFICITIES: Final = ("0.977", "0.990")
REFERENCES: Final = (
    ("EARS C1", (0.983, 0.078, 0.673, 0.393)),
    ("EARS C2", (0.979, 0.152, 0.757, 0.318)),
    ("EARS C3", (0.932, 0.313, 0.871, 0.215)),
    ("Farrington Flexible", (0.977, 0.556, 0.931, 0.215)),
)
"""On w = 5. EARS: own computation of C1 to C3; Farrington: R surveillance, a third party's run on
the same data (both tables lie beside the data)."""


class Runs(NamedTuple):
    """One row a series: its signal and simulation; counts and injected cases by day."""

    signal: NDArray[np.int64]
    sim: NDArray[np.int64]
    counts: NDArray[np.float64]
    outbreak: NDArray[np.float64]

    def part(self, keep: NDArray[np.bool_]) -> Runs:
        """Give some of the series."""
        return Runs(*(column[keep] for column in self))


class Score(NamedTuple):
    """Means over signals, as in the paper; lower timeliness is better."""

    specificity: float
    sensitivity: float
    pod: float
    timeliness: float


def load(file: Path) -> Runs:
    """Read the series."""
    return shaped(pq.read_table(file))


def shaped(table: pa.Table) -> Runs:
    """Give the series of a table with a row for every day."""
    columns = {name: table[name].to_numpy() for name in table.column_names}
    order = np.lexsort((columns["day"], columns["sim"], columns["signal"]))
    days = len(np.unique(columns["day"]))
    by_day = {name: column[order].reshape(-1, days) for name, column in columns.items()}
    return Runs(
        by_day["signal"][:, 0],
        by_day["sim"][:, 0],
        by_day["total"].astype(np.float64),
        by_day["outbreak"].astype(np.float64),
    )


def bank_holidays(runs: Runs) -> Calendar:
    """Give the calendar of a file: working days on which the five-day systems are closed."""
    five = np.isin(runs.signal, FIVE_DAY)
    if not five.any():
        return ordinary
    often = runs.counts[five]
    often = often[(often > 0).mean(axis=1) > 0.6]  # noqa: PLR2004  of seven days: hardly ever 0
    shut = (often == 0).mean(axis=0) > SHUT
    days = frozenset(np.flatnonzero(shut & (np.arange(shut.size) % WEEK < WORKDAYS)).tolist())
    return days.__contains__


def levels(counts: NDArray[np.float64], calendar: Calendar) -> NDArray[np.float64]:
    """Give the level of every series and day that a threshold is compared with."""
    tuning = Tuning()
    state = np.zeros(FIELDS)
    model.born(state, 0, tuning)
    cells = np.repeat(state[:, np.newaxis], counts.shape[0], axis=1)
    z = np.zeros_like(counts)
    for day in range(counts.shape[1]):
        today = np.ascontiguousarray(counts[:, day])
        tested = model.test(cells, day, today)
        z[:, day] = model.rising(cells, today, tested).z.max(axis=0)
        model.learn(cells, day, today, calendar)
        model.turn(cells, day, today, tuning, calendar)
    return z


def by_signal(runs: Runs, z: NDArray[np.float64], threshold: float) -> dict[int, Score]:
    """Score the alarms above a threshold, signal by signal."""
    days = runs.counts.shape[1]
    open_day = np.ones(runs.counts.shape, dtype=np.bool_)
    open_day[np.isin(runs.signal, FIVE_DAY)] = np.arange(days) % WEEK < WORKDAYS
    open_day[:, : days - SCORED_DAYS] = False
    alarm = (z > threshold) & open_day
    scores = {}
    for signal in np.unique(runs.signal):
        own = runs.signal == signal
        free = open_day[own] & (runs.outbreak[own] == 0)
        specificity = 1.0 - (alarm[own] & free).sum() / free.sum()
        rows = []
        for series in np.flatnonzero(own):
            cases = np.flatnonzero(runs.outbreak[series] > 0)
            if not cases.size:  # an outbreak of size 0: nothing to find
                continue
            first, last = cases[0], cases[-1]
            hits = np.flatnonzero(alarm[series, first : last + 1])
            late = hits[0] / (last - first + 1) if hits.size else 1.0
            in_outbreak = (runs.outbreak[series] > 0) & open_day[series]
            found = (alarm[series] & in_outbreak).sum() / max(1, in_outbreak.sum())
            rows.append((found, float(hits.size > 0), late))
        scores[int(signal)] = Score(float(specificity), *np.mean(rows, axis=0).tolist())
    return scores


def mean(scores: dict[int, Score]) -> Score:
    """Give the mean over the signals."""
    return Score(*np.mean(list(scores.values()), axis=0).tolist())


def threshold_at(runs: Runs, z: NDArray[np.float64], specificity: float) -> float:
    """Give the lowest threshold, to three digits, at which the mean specificity is reached."""
    low, high = 0, 20_000
    while high - low > 1:
        middle = (low + high) // 2
        if mean(by_signal(runs, z, middle / 1000)).specificity >= specificity:
            high = middle
        else:
            low = middle
    return high / 1000


def row(name: str, score: Score) -> str:
    """Write a row of the table."""
    return f"{name:34} " + " ".join(f"{value:11.3f}" for value in score)


def main() -> None:
    """Print the table, and write it as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--json", type=Path, help="file to write the means to")
    parser.add_argument("--set-thresholds", action="store_true")
    args = parser.parse_args()
    runs = load(args.file)
    chosen = runs.sim <= CHOOSING
    held_out = runs.part(~chosen)
    known = json.loads(THRESHOLDS.read_text()) if THRESHOLDS.is_file() else {}
    report: dict[str, dict[str, dict[str, float]]] = {}
    table, signals, spent = [], {}, 0.0
    for name, calendar in (("no_calendar", ordinary), ("calendar", bank_holidays(runs))):
        began = time.process_time()
        z = levels(runs.counts, calendar)
        spent += time.process_time() - began
        if args.set_thresholds:
            known[name] = {
                wanted: threshold_at(runs.part(chosen), z[chosen], float(wanted))
                for wanted in SPECIFICITIES
            }
        report[name] = {}
        for wanted in SPECIFICITIES:
            found = by_signal(held_out, z[~chosen], known[name][wanted])
            report[name][wanted] = mean(found)._asdict()
            title = f"Groundswell, {name.replace('_', ' ')}, {wanted}"
            table.append(row(title, mean(found)))
            if name == "no_calendar":
                signals[wanted] = found
    if args.set_thresholds:
        THRESHOLDS.write_text(json.dumps(known, indent=2) + "\n")
    print(f"{'simulations 51 to 100':34} specificity sensitivity         POD  timeliness")
    for reference, numbers in REFERENCES:
        print(row(f"{reference} (w = 5)", Score(*numbers)))
    print("\n".join(table))
    for wanted, found in signals.items():
        print(f"\nsignal by signal, no calendar, {wanted}")
        for signal, score in found.items():
            print(row(f"  {signal}", score))
    print(f"\n{spent / runs.counts.size / 2 * 1e6:.2f} microseconds a series and day")
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
