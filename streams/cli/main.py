"""The command `groundswell`: each subcommand stands in a file of its own."""

from __future__ import annotations

from importlib.metadata import version as version_of
from typing import Annotated

import typer

from streams.cli.alerts_cmd import app as alerts
from streams.cli.backtest import backtest
from streams.cli.console import console
from streams.cli.customer import customer
from streams.cli.deadletter import app as deadletter
from streams.cli.demo import demo
from streams.cli.doctor import doctor
from streams.cli.forget import forget
from streams.cli.labels import app as labels
from streams.cli.load import load
from streams.cli.notify import notify
from streams.cli.periods import periods
from streams.cli.replay import replay
from streams.cli.review import review
from streams.cli.routes_cmd import app as routes
from streams.cli.schema import schema
from streams.cli.simulate import simulate
from streams.cli.tail import tail
from streams.cli.tiers import tiers
from streams.cli.topics_cmd import topics
from streams.cli.verify import verify
from streams.cli.worker import worker

app = typer.Typer(
    name="groundswell",
    help="Tells a company, within minutes, that its customers are turning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # secrets may be among them
)


def _version(asked: bool) -> None:  # noqa: FBT001 (Typer calls it so)
    if asked:
        typer.echo(f"groundswell {version_of('groundswell')}")
        raise typer.Exit


@app.callback()
def groundswell(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which release this is.", callback=_version),
    ] = False,
) -> None:
    """Tells a company, within minutes, that its customers are turning."""
    del version


app.command()(backtest)
app.command()(console)
app.command()(customer)
app.command()(doctor)
app.command()(forget)
app.command()(load)
app.command()(notify)
app.command()(periods)
app.command()(replay)
app.command()(review)
app.command()(schema)
app.command()(simulate)
app.command()(tail)
app.command()(tiers)
app.command()(topics)
app.command()(verify)
app.command()(worker)
app.command()(demo)
app.add_typer(alerts, name="alerts")
app.add_typer(deadletter, name="deadletter")
app.add_typer(labels, name="labels")
app.add_typer(routes, name="routes")
