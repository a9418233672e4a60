"""Do the reported intervals of the loss rate hold the rates that a company was made with?

    python benchmarks/loss_rates.py [--first 1] [--seeds 20] [--customers 500] [--months 12]

For each seed a company is made up and replayed, and `groundswell periods` asked for its year. The
true rates are those that the seed decided (`simulate` writes them into its manifest). Losses and
time at risk of all years (some customers were there before) must be those that the truth, which
shares no code with what is measured, has of the same events: to a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from streams.simulate.manifest import read_manifest
from streams.simulate.truth.run import truth_of_folder

GROUNDSWELL = Path(sys.executable).with_name("groundswell")


def run(*words: object) -> str:
    """Run groundswell, and give what it prints."""
    done = subprocess.run(  # noqa: S603 (our own command)
        [GROUNDSWELL, *map(str, words)], check=True, capture_output=True, text=True
    )
    return done.stdout


def reported(folder: Path, year: int) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Replay a company: the rates of a year as reported, and what all years come to."""
    rows = folder / "periods.jsonl"
    run(
        *("replay", folder / "events", "--settings", folder / "groundswell.toml"),
        *("--periods", rows),
    )
    asked = ("periods", "--file", rows, "--period", year, "--group", "total", "--format", "json")
    lines = [json.loads(line) for line in run(*asked).splitlines()]
    found = {
        line["unit"].removeprefix("loss_rate_"): line
        for line in lines
        if line["unit"].startswith("loss_rate_")
    }
    latest = {
        row["period"]: row["losses"]
        for row in map(json.loads, rows.read_text().splitlines())
        if row["grain"] == "year" and row["segment"] is None
    }
    return found, list(latest.values())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="of the seeds")
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--months", type=int, default=12)
    args = parser.parse_args()
    seeds = range(args.first, args.first + args.seeds)
    print(
        f"{args.customers} customers, {args.months} months of 2016, seeds {seeds[0]} to {seeds[-1]}"
    )
    held = {"before": 0, "after": 0, "both": 0}
    for seed in seeds:
        with TemporaryDirectory() as name:
            folder = Path(name) / "company"
            run(
                *("simulate", "--customers", args.customers, "--months", args.months),
                *("--start", "2016-01", "--seed", seed, "--out", folder),
            )
            found, losses = reported(folder, 2016)
            manifest = read_manifest(folder)
            clock = int(datetime.fromisoformat(losses[-1]["until"]).timestamp())
            as_of = msgspec.structs.replace(manifest, clock=clock)
            truth = truth_of_folder(folder, as_of, lambda _: None)
        words, inside = [], []
        for rate in truth.rates.rates(manifest.loss_rate, manifest.factor)[:2]:
            own = found[rate.when]
            told = [(one[rate.when]["lost"], one[rate.when]["seconds"]) for one in losses]
            if (rate.lost, rate.seconds) != tuple(map(sum, zip(*told, strict=True))):
                sys.exit(f"seed {seed}: {rate} is told as {told}")
            if rate.true is None:
                sys.exit(f"seed {seed}: nobody knows the true rate")
            holds = own["low"] <= rate.true <= own["high"]
            held[rate.when] += holds
            inside.append(holds)
            words.append(
                f"{rate.when} {own['value']:.3%} ({own['low']:.3%} to {own['high']:.3%}) of"
                f" {own['lost']} in {own['customer_months']:,.0f}, true {rate.true:.3%}"
                f" {'in' if holds else 'OUT'}"
            )
        held["both"] += all(inside)
        print(f"seed {seed:2}: {'; '.join(words)}", flush=True)
    print(", ".join(f"{when}: {count} of {args.seeds}" for when, count in held.items()))


if __name__ == "__main__":
    main()
