"""What a run was, what bit and what differs: for people, and as JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from faults import Bite
    from rich.console import Console

SHOWN: Final = 30
"""Differences that are printed; the JSON has all."""

LEAST: Final = {
    "kill": 1,
    "kill in a flush": 1,
    "kill in a recovery": 1,
    "kill in a take-over": 1,
    "freeze past the session": 1,
    "zombie fenced": 1,
    "stop in order": 2,
    "join that took partitions over": 1,
    "late commit delivered": 1,
    "connection reset": 1,
    "byte delayed": 1,
    "byte held": 1,
    "poison met": 1,
    "flush beside a stopped partition": 1,
    "partition held back": 1,
    "rebalance": 3,
}
"""What must have been seen in any run."""
LEAST_OF_LONG: Final = {
    "kill": 5,
    "freeze past the session": 2,
    "late commit delivered": 2,
    "broker stopped": 1,
    "broker killed": 1,
    "rebalance": 10,
}
"""And in one of three minutes or more."""
LONG: Final = 180.0


class Run(NamedTuple):
    """A run that is over."""

    seed: int
    seconds: float
    produced: Mapping[str, int]
    rows: Mapping[str, int]
    bites: Sequence[Bite]
    extra: Mapping[str, int]
    problems: Sequence[str]
    differences: Sequence[str]

    def counts(self) -> Counter[str]:
        """Sum up what bit."""
        counts = Counter(self.extra)
        for bite in self.bites:
            counts.update(bite.counts)
        return counts

    def missed(self) -> list[str]:
        """List what did not bite, or not often enough."""
        least = LEAST | (LEAST_OF_LONG if self.seconds >= LONG else {})
        counts = self.counts()
        return [
            f"{name}: {counts[name]}, at least {n}" for name, n in least.items() if counts[name] < n
        ]

    def failed(self) -> bool:
        """Tell whether anything is not as it must be."""
        return bool(self.differences or self.problems or self.missed())


def line(bite: Bite) -> str:
    """Say in a line what came of a fault."""
    return f"{bite.at:7.1f} s  {bite.fault.name}: {bite.what}"


def show(run: Run, console: Console) -> None:
    """Print the end of a run."""
    table = Table(title=f"Seed {run.seed}, {run.seconds:.0f} s", title_justify="left")
    for heading in ("what", "times"):
        table.add_column(heading, justify="right" if heading == "times" else "left")
    for name, count in sorted(run.counts().items()):
        table.add_row(name, f"{count:,}")
    table.add_section()
    for topic, count in {**run.produced, **run.rows}.items():
        table.add_row(f"messages on {topic}", f"{count:,}")
    console.print(table)
    for title, lines in (
        ("must not happen", run.problems),
        ("did not bite", run.missed()),
        ("differs from one clean pass", run.differences),
    ):
        for line in lines[:SHOWN]:
            console.print(f"{title}: {line}", style="red", markup=False, highlight=False)
        if len(lines) > SHOWN:
            console.print(f"... and {len(lines) - SHOWN:,} more", style="red")
    if run.failed():
        console.print(
            f"FAILED: {len(run.differences):,} differences. The same events and faults again: "
            f"make chaos SEED={run.seed} MINUTES={run.seconds / 60:g}",
            style="bold red",
            highlight=False,
        )
    else:
        console.print("exact: no differences", style="bold green")


def write(run: Run, path: Path) -> None:
    """Write everything as JSON."""
    body: dict[str, Any] = run._asdict() | {
        "bites": [
            {"at": bite.at, "fault": bite.fault._asdict(), "what": bite.what, "counts": bite.counts}
            for bite in run.bites
        ],
        "counts": run.counts(),
        "missed": run.missed(),
        "failed": run.failed(),
    }
    path.write_text(json.dumps(body, indent=1))
