"""groundswell verify: what was reported of a simulated company, held against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from streams.cli.report import counted
from streams.cli.terminal import checked_environment, fail, out
from streams.simulate.buckets import read_buckets
from streams.simulate.files import EVENTS, TRUTH, read_events
from streams.simulate.manifest import read_manifest
from streams.simulate.truth.buckets import METRICS, daily
from streams.simulate.verify import TableError, compare, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.simulate.verify import Compared

SHOWN = 40
"""So many differences are printed; the rest are counted."""


def verify(
    folder: Annotated[
        Path, typer.Argument(help="What groundswell simulate wrote.", show_default=False)
    ],
    *,
    buckets: Annotated[
        list[Path],
        typer.Option(
            help="Rows of metrics.buckets, a line each, as groundswell replay --buckets writes"
            " them; may come many times.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 (typer reads the default and copies it)
    table: Annotated[
        list[Path],
        typer.Option(
            help="Numbers of periods in the form of truth/periods.csv, or the same as JSON lines;"
            " may come many times.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 (typer reads the default and copies it)
) -> None:
    """Hold what was reported of a simulated company against the truth; status 1 if any differs.

    groundswell simulate --out company

    groundswell replay company/events/revenue.jsonl -t revenue --buckets revenue.jsonl

    groundswell verify company --buckets revenue.jsonl
    """
    checked_environment()
    if not buckets and not table:
        fail("say what is to be held against the truth: --buckets FILE or --table FILE")
    differences = 0
    try:
        read_manifest(folder)
        if buckets:
            differences += _buckets(folder, buckets)
        if table:
            true = read_table(folder / TRUTH / "periods.csv")
            reported = [row for file in table for row in read_table(file)]
            differences += _show("numbers of periods", compare(true, reported))
    except TableError as error:
        fail(str(error))
    except (OSError, msgspec.MsgspecError) as error:
        fail(f"{folder} is not what groundswell simulate wrote: {error}")
    if differences:
        raise typer.Exit(1)


def _buckets(folder: Path, files: Sequence[Path]) -> int:
    reported = read_buckets(files)
    metrics = {breakdown.metric for breakdown in reported.breakdowns}
    topics = [topic for topic, counts in METRICS.items() if metrics & set(counts)]
    true = daily(read_events(folder / EVENTS, topics), reported.breakdowns)
    if reported.late:
        out.print(f"[yellow]{counted(reported.late, 'event')} came too late to be counted[/]")
    return _show(f"daily counts of {', '.join(sorted(metrics))}", compare(true, reported.rows))


def _show(what: str, compared: Compared) -> int:
    """Print what came of a comparison, and give the number of differences."""
    found = len(compared.differences)
    for difference in compared.differences[:SHOWN]:
        out.print(str(difference), markup=False)
    if found > SHOWN:
        out.print(f"... and {found - SHOWN:,} more")
    out.print(f"{what}: {compared.numbers:,} compared, {counted(found, 'difference')}")
    if compared.left_out:
        out.print("  not reported, and so not compared: " + ", ".join(compared.left_out))
    return found
