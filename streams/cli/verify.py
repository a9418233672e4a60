"""groundswell verify: what was reported of a simulated company, held against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)


def verify(  # noqa: PLR0913 (one argument an option)
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
    periods: Annotated[
        list[Path],
        typer.Option(
            help="Rows of metrics.periods, a line each, as groundswell replay --periods writes"
            " them; may come many times.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    incidents: Annotated[
        list[Path],
        typer.Option(
            help="Rows of incidents, a line each, as groundswell replay --incidents writes them;"
            " may come many times.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    late: Annotated[
        list[Path],
        typer.Option(
            help="Rows of the topic late, a line each: events that came too late to be counted.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    table: Annotated[
        list[Path],
        typer.Option(
            help="Numbers of periods in the form of truth/periods.csv, or the same as JSON lines;"
            " may come many times.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    topics: Annotated[
        bool,
        typer.Option(
            "--topics",
            help="Read metrics.periods, metrics.buckets, incidents and late from the broker."
            " The company must be all that it has.",
        ),
    ] = False,
    to_the_end: Annotated[
        bool,
        typer.Option(
            "--to-the-end",
            help="All is told, to the end of the company: hold rows against all of the truth,"
            " and not that up to the clock of the newest row.",
        ),
    ] = False,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Hold what was reported of a simulated company against the truth; status 1 if any differs.

    groundswell simulate --out company

    groundswell replay company/events --periods periods.jsonl

    groundswell verify company --periods periods.jsonl
    """
    from streams.cli.verified import Given, differences  # noqa: PLC0415 - half a second

    given = Given(buckets, periods, incidents, late, table, topics=topics)
    if differences(folder, given, brokers, settings, to_the_end=to_the_end):
        raise typer.Exit(1)
