"""`groundswell worker`: ingest, aggregate and alert, until it is stopped."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from streams import logs
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.work import refused, relax_gc, work

if TYPE_CHECKING:
    from streams.settings import Settings

MOST = 1024
"""Processes under one command; more is a mistake."""


def _number(text: str) -> int:
    """Read how many processes there are to be; 0 is one a core."""
    if text == "auto":
        return 0
    if not (text.isascii() and text.isdigit() and int(text) <= MOST):
        raise typer.BadParameter(f"{text!r}: write a number up to {MOST}, or auto (one a core)")
    return int(text)


Processes = Annotated[
    int | None,
    typer.Option(
        metavar="N|auto",
        parser=_number,
        help="Run so many workers as one: a process each, at most one a partition; auto: one a"
        " core. By default worker.processes.",
        show_default=False,
    ),
]


def worker(
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
    processes: Processes = None,
) -> None:
    """Read the source topics, keep the tables and raise alerts; run as many as you like."""
    from streams.cli.terminal import read_settings, tell_doubts  # noqa: PLC0415 - half a second
    from streams.worker.processes.count import cores  # noqa: PLC0415

    given = read_settings(settings, brokers)
    tell_doubts(given)
    number = given.worker.processes if processes is None else processes
    number = number or cores()
    if number == 1:
        work(given)
    else:
        _together(given, number)


def _together(settings: Settings, number: int) -> None:
    """Run several workers, each in a process of its own, until we are stopped."""
    relax_gc()
    from streams.cli.worker_process import main  # noqa: PLC0415 - Faust takes a while to import
    from streams.worker import run  # noqa: PLC0415, F401 - what the processes need
    from streams.worker.processes import fork_server, supervisor  # noqa: PLC0415
    from streams.worker.processes.child import by_command  # noqa: PLC0415
    from streams.worker.stopping import REFUSALS  # noqa: PLC0415
    from streams.worker.topology import pipeline  # noqa: PLC0415

    # -P: a folder called `streams` where the command was started is not ours.
    start = by_command([sys.executable, "-P", "-m", "streams.cli.worker_process"])
    if fork_server.AVAILABLE:
        start = fork_server.ForkServer(main).start  # before there are threads, or a log
    logs.configure()
    try:
        supervisor.serve(settings, pipeline(settings), number, start)
    except REFUSALS as error:
        refused(error)
