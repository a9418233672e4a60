"""Against Farrington Flexible, on outbreaks of other sizes and on series simulated anew.

    python benchmarks/noufaily_against.py [FILE] [--seed 2] [--sims 100] [--json OUT]

FILE (w = 5) and three fresh sets (w = 3, 5, 10; see noufaily_simulate.py) are gone over by
Farrington Flexible (see farrington.py) and by the detector of the product, without a calendar.
Scored as in noufaily.py, over the later half of the simulations: at the thresholds kept in
noufaily_thresholds.json, and at Farrington's own specificity, our threshold for it set on the
earlier half. Ends with 1 where ours is behind in sensitivity, POD or timeliness at its specificity.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import farrington
import noufaily
import noufaily_simulate
import numpy as np

from streams.core.event_time.calendar import ordinary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noufaily import Runs, Score

SIZES = (3.0, 5.0, 10.0)


def sets(file: Path, seed: int, sims: int) -> Iterator[tuple[str, Runs]]:
    """Give the sets of series: the given one, and fresh ones."""
    yield f"{file.stem}", noufaily.load(file)
    for w in SIZES:
        fresh = noufaily_simulate.table(w, seed, sims)
        yield f"fresh, w = {w:g}, seed {seed}", noufaily.shaped(fresh)


def against(runs: Runs) -> dict[str, Score]:
    """Score both over the later half of the simulations."""
    early = runs.sim <= runs.sim.max() // 2
    late = runs.part(~early)
    days = runs.counts.shape[1]
    alarms = farrington.alarms(late.counts, range(days - noufaily.SCORED_DAYS, days))
    theirs = noufaily.mean(noufaily.by_signal(late, alarms.astype(np.float64), 0.5))
    z = noufaily.levels(runs.counts, ordinary)
    same = noufaily.threshold_at(runs.part(early), z[early], theirs.specificity)
    kept = json.loads(noufaily.THRESHOLDS.read_text())["no_calendar"]
    scores = {"Farrington Flexible": theirs}
    for name, threshold in (
        (f"Groundswell, at its specificity ({same:.3f})", same),
        *(
            (f"Groundswell, as kept for {wanted} ({kept[wanted]:.3f})", kept[wanted])
            for wanted in kept
        ),
    ):
        scores[name] = noufaily.mean(noufaily.by_signal(late, z[~early], threshold))
    return scores


def behind(theirs: Score, ours: Score) -> list[str]:
    """Name the measures in which ours is the lesser one."""
    lesser = {
        "sensitivity": ours.sensitivity < theirs.sensitivity,
        "POD": ours.pod < theirs.pod,
        "timeliness": ours.timeliness > theirs.timeliness,
    }
    return [name for name, less in lesser.items() if less]


def main() -> None:
    """Print a table for every set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", nargs="?", type=Path, default=noufaily.FILE)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--sims", type=int, default=100)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, seed {args.seed}")
    report, lost = {}, False
    for name, runs in sets(args.file, args.seed, args.sims):
        began = time.monotonic()
        scores = against(runs)
        report[name] = {row: score._asdict() for row, score in scores.items()}
        print(f"\n{name:48} specificity sensitivity         POD  timeliness")
        for title, score in scores.items():
            print(f"{title:48} " + " ".join(f"{value:11.4f}" for value in score))
        theirs, ours = list(scores.values())[:2]
        less = behind(theirs, ours)
        lost = lost or bool(less)
        verdict = "behind in " + ", ".join(less) if less else "ahead or level in all three"
        print(f"{verdict} ({time.monotonic() - began:.0f} s)", flush=True)
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()
