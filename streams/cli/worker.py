"""`groundswell worker`: ingest, aggregate and alert, until it is stopped."""

from __future__ import annotations

import gc
import logging
import os

import typer

from streams import logs
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.terminal import read_settings, tell_doubts


def worker(brokers: opt.Brokers = None, settings: opt.SettingsFile = None) -> None:
    """Read the source topics, keep the tables and raise alerts; run as many as you like."""
    given = read_settings(settings, brokers)
    tell_doubts(given)
    from streams.worker import memory, run  # noqa: PLC0415 - Faust takes a while to import
    from streams.worker.topology import pipeline  # noqa: PLC0415

    logs.configure()
    relax_gc()
    memory.keep_little()
    try:
        stopped = run.serve(given, pipeline(given))
    except run.REFUSALS as error:
        typer.secho(f"groundswell worker: {error}", fg="red", err=True)
        raise typer.Exit(1) from None
    if stopped:
        # Millions of objects, given back one by one, would keep it for seconds after all is done.
        logging.shutdown()
        os._exit(0)


def relax_gc() -> None:
    """Let the cycle collector look seldom: the tables are large, and have no cycles.

    While it looks, everything stands still: so at fifty thousand new objects at once, some
    milliseconds, or half a million, and hardly ever at all there are.
    """
    gc.set_threshold(50_000, 10, 20_000)
