"""Sources that are open at some hours only: is a real rise paged for, and how often without one?

    python benchmarks/office.py [FORM ...] [--seeds 50] [--first 1] [--calendar Europe/Berlin]

For each form of day (office hours, another time zone with its clock changes, a night shift, days
without times ...) and each seed, a history is drawn in which one product is at three times its
level for a day. With --calendar, doors open by the clocks of that zone, and its days are counted.
Printed is every run: when that was paged for as real, and the pages without it. Ends with 1 where
fewer than 48 of 50 are paged for within the day, or the budget is exceeded.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from office_worlds import FORMS, WEEKS, alerts, pages, reported, world

ENOUGH = 48 / 50
BUDGET = 1.0
"""Pages a week."""


def run(name: str, seed: int, calendar: str | None) -> tuple[bool, int]:
    """Run one history with its rise and without it; print both."""
    form = FORMS[name]
    made = world(form if calendar is None else replace(form, zone=calendar), seed)
    zone = calendar or "UTC"
    history = list(alerts(made.rows + made.extra, seed, zone))
    page = reported(made, history)
    quiet = len(pages(alerts(made.rows, seed, zone)))
    if page is None:
        own = [a for a in history if a["labels"].get("product") == made.product]
        said = [f"{a['at'][5:16]} {a['state']} {a['verdict']}" for a in own]
        line = f"NOT PAGED; said of it: {[s for s in said if s >= f'{made.day:%m-%d}'][:4]}"
    else:
        line = f"paged {page['at'][:16]}, {page['observed']} against {page['expected']:.1f}"
    print(
        f"{name}, seed {seed}: {made.product} on {made.day}: {line}; without it {quiet}", flush=True
    )
    return page is not None, quiet


def main() -> None:
    """Run all, and sum up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("forms", nargs="*", default=list(FORMS))
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--calendar", metavar="ZONE")
    args = parser.parse_args()
    wrong = 0
    for name in args.forms:
        runs = [
            run(name, seed, args.calendar) for seed in range(args.first, args.first + args.seeds)
        ]
        paged, quiet = sum(good for good, _ in runs), sum(number for _, number in runs)
        weekly = quiet / len(runs) / WEEKS
        wrong += paged < ENOUGH * len(runs) or weekly > BUDGET
        print(
            f"== {name}: {paged} of {len(runs)} paged; without the rise {weekly:.2f} pages a week"
        )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
