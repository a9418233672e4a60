"""`groundswell demo`: real complaints and simulated customers, no Kafka needed."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.cli.terminal import checked_environment

WIDTH = 110
"""Columns, where no terminal says how many there are."""


def demo(  # noqa: PLR0913 (what a user may say)
    *,
    leave: Annotated[
        bool, typer.Option("--exit", help="End when all is processed; status 0 if it adds up.")
    ] = False,
    speed: Annotated[
        float, typer.Option(min=1, help="How many times as fast as it happened.")
    ] = 250_000,
    days: Annotated[
        int, typer.Option(min=21, max=274, help="Days of complaints, from 2016-07-01.")
    ] = 274,
    seed: Annotated[int, typer.Option(help="The same seed simulates the same customers.")] = 1,
    console: Annotated[
        bool, typer.Option("--console/--no-console", help="Whether there are pages to look at.")
    ] = True,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of /metrics; another if it is taken.")
    ] = 6066,
) -> None:
    """Play nine months of complaints through a worker and show what it makes of them.

    Nothing is needed but this package: the broker is embedded, all state lives in memory.
    """
    checked_environment()
    from rich.console import Console  # noqa: PLC0415 -- not for every command

    from streams.demo.run import Options, run  # noqa: PLC0415

    options = Options(speed=speed, days=days, seed=seed, port=port, leave=leave, console=console)
    terminal = Console()
    if not terminal.is_terminal:
        terminal = Console(width=WIDTH)
    raise typer.Exit(run(options, terminal))
