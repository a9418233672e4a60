"""The work of a worker in this process: that of the command, or of one of several processes."""

from __future__ import annotations

import gc
import logging
import os
from typing import TYPE_CHECKING, NoReturn

import typer

from streams import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.settings import Settings
    from streams.transport.spec import Pipeline


def work(
    settings: Settings,
    listening: Callable[[int], None] = lambda _: None,
    process: str | None = None,
    of: Callable[[Settings], Pipeline] | None = None,
) -> NoReturn:
    """Work until we are stopped, and leave; `listening` is called with the port of the HTTP.

    `process` is what we are called, if there are several; `of` gives the stages, by default ours.
    """
    relax_gc()
    from streams.worker import memory, run  # noqa: PLC0415 - Faust takes a while to import
    from streams.worker.stopping import REFUSALS  # noqa: PLC0415
    from streams.worker.topology import pipeline  # noqa: PLC0415

    logs.configure(process=process)
    memory.keep_little()
    try:
        run.serve(settings, (of or pipeline)(settings), listening)
    except REFUSALS as error:
        refused(error, process)
    # Millions of objects, given back one by one, would keep us for seconds after all is done.
    logging.shutdown()
    os._exit(0)


def refused(error: Exception, process: str | None = None) -> NoReturn:
    """Say why a worker ended that does not end by itself, and leave with status 1."""
    name = "" if process is None else f" [{process}]"
    typer.secho(f"groundswell worker{name}: {error}", fg="red", err=True)
    raise typer.Exit(1) from None


def relax_gc() -> None:
    """Let the cycle collector look seldom: the tables are large, and have no cycles.

    While it looks, everything stands still: so at two hundred thousand new objects at once, some
    ten milliseconds, or half a million, and hardly ever at all there are. The fewer it looks at,
    the more often it sees those of a flush, which go soon. What is imported has none either, and
    importing takes a quarter less without it.
    """
    gc.set_threshold(200_000, 2, 20_000)
