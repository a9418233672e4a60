"""Breaks the guarantee in a copy of this tree, fault by fault, and runs the test bed there.

`python mutations.py --seed 3 --minutes 1 [NAME ...]`; status 1 if the bed does not find a fault
that it must find, or finds something where another guard must hold.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mutants import MUTATIONS
from rich.console import Console

from schemas.topics import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutants import Mutation

ROOT: Final = Path(__file__).parents[2]
COPIED: Final = ("streams", "schemas", "tests")
TWICE: Final = re.compile(r": published \d+ times$")
BED_SECONDS: Final = 1200.0


def mutated(mutation: Mutation, home: Path) -> Path:
    """Make a copy of the tree in which the mutation is applied."""
    tree = home / "tree"
    for name in COPIED:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    (ROOT / ".kafka").mkdir(exist_ok=True)
    (tree / ".kafka").symlink_to(ROOT / ".kafka")
    for edit in mutation.edits:
        edit.apply(tree)
    return tree


def run(mutation: Mutation, seed: int, minutes: float) -> dict[str, Any]:
    """Run the bed on a mutation; gives its report.

    Raises:
        RuntimeError: there is none; the message has the end of what the bed said.
    """
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = mutated(mutation, Path(folder))
        report = Path(folder) / "report.json"
        path = [tree, tree / "tests" / "core", tree / "tests" / "kafka"]
        ended = subprocess.run(
            [
                *(sys.executable, str(tree / "tests" / "chaos" / "bed.py")),
                *("--seed", str(seed), "--minutes", str(minutes), "--json", str(report)),
            ],
            check=False,
            cwd=tree,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
            capture_output=True,
            text=True,
            timeout=BED_SECONDS,
        )
        if not report.exists():
            raise RuntimeError(f"no report:\n{(ended.stdout + ended.stderr)[-3000:]}")
        found: dict[str, Any] = json.loads(report.read_text())
        return found


def proofs(report: dict[str, Any]) -> list[str]:
    """List what no run shows that was only slow: workers that ended, buckets that are wrong.

    Only a bucket says whether it is complete; what was published twice is wrong at any time.
    """
    wrong = [line for line in report["differences"] if _wrong(line)]
    ended = [
        line
        for line in report["problems"]
        if "ended by itself" in line or "stopped a partition" in line
    ]
    return ended + wrong


def _wrong(line: str) -> bool:
    bucket = line.startswith(BUCKETS) and " missing: " not in line and "'provisional'" not in line
    return bucket or TWICE.search(line) is not None


def judged(mutation: Mutation, report: dict[str, Any]) -> tuple[bool, str]:
    """Tell whether that is as it must be, and what to call it."""
    if proofs(report):
        return not mutation.guard, "FOUND, though a guard must hold" if mutation.guard else "found"
    if report["differences"]:
        return False, "UNCLEAR, the run did not come to its end"
    return bool(mutation.guard), "harmless" if mutation.guard else "SURVIVES"


def summary(report: dict[str, Any]) -> str:
    """Say in a line what the bed found."""
    found = proofs(report)
    stale = report["counts"].get("batch drained before a seek", 0)
    lines = [
        (
            f"{len(found)} of {len(report['differences'])} differences and "
            f"{len(report['problems'])} problems prove it; "
            f"{stale} batches drained before a seek were dropped"
        ),
        *(proof.splitlines()[-1] for proof in found[:3]),
    ]
    return "\n    ".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Run the mutations by command line arguments; gives the exit status."""
    parser = argparse.ArgumentParser(description="Mutate the product; the test bed must find it.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all if none is given")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=1.0)
    given = parser.parse_args(arguments)
    console = Console(soft_wrap=True, markup=False, highlight=False)
    if unknown := set(given.names) - {mutation.name for mutation in MUTATIONS}:
        parser.error(f"no such mutation: {', '.join(sorted(unknown))}")
    wrong = 0
    for mutation in MUTATIONS:
        if given.names and mutation.name not in given.names:
            continue
        report = run(mutation, given.seed, given.minutes)
        right, verdict = judged(mutation, report)
        wrong += not right
        console.print(f"{mutation.name}: {mutation.what}: {verdict}: {summary(report)}")
        console.file.flush()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
