"""`groundswell notify`: tell people of incidents, until it is stopped; or try a route."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from streams import logs
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.terminal import err, fail, out, read_settings

if TYPE_CHECKING:
    from streams.notify.owner import Parts


def notify(
    test: Annotated[
        str | None,
        typer.Option(
            "--test",
            metavar="ROUTE",
            help="Send a trial to whom this route tells now, say what came of it, and leave.",
            show_default=False,
        ),
    ] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Tell people of incidents by mail, chat, webhook or Alertmanager, as the routes say.

    Of several processes one tells and the others stand by.
    """
    from streams.notify.parts import PartsError, made  # noqa: PLC0415 - it takes a while to import

    given = read_settings(settings, brokers)
    try:
        parts = made(given)
    except PartsError as error:
        fail(str(error))
    for why in parts.broken.values():
        err.print(f"[yellow]warning: {escape(why)}[/]")
    if test is not None:
        _try(parts, test)
        return
    from streams.cli.route_checks import routes  # noqa: PLC0415
    from streams.notify.run import serve  # noqa: PLC0415
    from streams.transport.failure import WorkerFailedError  # noqa: PLC0415

    if not given.notify.routes:
        err.print("[yellow]warning: there is no route, so nobody is told (docs/notify.md)[/]")
    for finding in routes(given, int(time.time())):
        if finding.level != "ok":
            err.print(f"[yellow]warning: {escape(finding.text)}[/]")
    logs.configure()
    try:
        serve(parts)
    except WorkerFailedError as error:
        typer.secho(f"groundswell notify: {error}", fg="red", err=True)
        raise typer.Exit(1) from None
    logging.shutdown()
    os._exit(0)  # a thread of Apprise may wait for a receiver that does not answer


def _try(parts: Parts, name: str) -> None:
    """Send a trial by a route, and say what came of it."""
    from streams.notify.trial import TrialError, trial  # noqa: PLC0415

    try:
        results = asyncio.run(trial(parts, name))
    except TrialError as error:
        fail(str(error))
    for receiver, outcome in results:
        colour = "green" if outcome.kind.value == "delivered" else "red"
        out.print(
            f"{escape(receiver)}: [{colour}]{outcome.kind.value}[/] ({escape(outcome.detail)})"
        )
    if any(outcome.kind.value != "delivered" for _, outcome in results):
        raise typer.Exit(1)
