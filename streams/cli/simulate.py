"""groundswell simulate: a made-up company's events, and the true numbers to hold others against."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.terminal import checked_environment, fail, out, progress_bar
from streams.simulate.company import found
from streams.simulate.files import EVENTS, TRUTH
from streams.simulate.run import simulate as simulate_company
from streams.simulate.truth.run import truth_of_folder, write_truth


def simulate(  # noqa: PLR0913 (one argument an option)
    folder: Annotated[
        Path, typer.Option("--out", help="Folder to write into; made if it is not there.")
    ],
    *,
    customers: Annotated[int, typer.Option(min=1, help="Customers there ever are.")] = 2_000,
    months: Annotated[int, typer.Option(min=1, max=240, help="Calendar months.")] = 18,
    seed: Annotated[int, typer.Option(help="Another seed, another company.")] = 1,
    start: Annotated[
        str, typer.Option(metavar="YYYY-MM", help="The first of the months.")
    ] = "2016-01",
    truth: Annotated[
        bool, typer.Option("--truth/--no-truth", help="Work out the true numbers, too.")
    ] = True,
) -> None:
    """Make up a company: its events as files, and the true numbers of every period.

    The same seed gives the same files, to the byte. The events can be loaded and replayed; the
    truth is worked out from them by code that shares nothing with the product's.

    groundswell simulate --customers 20000 --months 18 --seed 7 --out company
    """
    checked_environment()
    company = found(seed, customers, months, _month(start))
    began = time.monotonic()
    try:
        with progress_bar() as bar:
            task = bar.add_task("making up events", total=customers, note="")
            manifest = simulate_company(
                company, folder, lambda done: bar.update(task, completed=done)
            )
            rows = 0
            if truth:
                task = bar.add_task("working out the truth", total=customers, note="")
                worked_out = truth_of_folder(
                    folder, manifest, lambda done: bar.update(task, completed=done)
                )
                rows = len(write_truth(folder, worked_out, manifest))
    except OSError as error:
        fail(f"{folder} cannot be written: {error}")
    events = sum(manifest.events.values())
    out.print(f"{events:,} events of {len(manifest.events)} topics in {folder / EVENTS}")
    if truth:
        out.print(f"{rows:,} true numbers in {folder / TRUTH}")
    out.print(f"  {time.monotonic() - began:.1f} s; {folder / 'README.txt'} says what is in them")


def _month(text: str) -> tuple[int, int]:
    """Read a month as `2016-01`."""
    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
    year = int(match[1]) if match else 0
    if match is None or not 1971 <= year <= 2035:  # noqa: PLR2004 (the years of the calendar)
        fail(f"--start {text}: write a month from 1971 to 2035 as YYYY-MM")
    return year, int(match[2])
