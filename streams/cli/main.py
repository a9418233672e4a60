"""The command `groundswell`: each subcommand stands in a file of its own."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="groundswell",
    help="Tells a company, within minutes, that its customers are turning.",
    no_args_is_help=True,
)
