"""The last stage of a replay in a process of its own, so that it has the use of two cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from streams.cli.work import relax_gc
from streams.core.pipeline import Alerts
from streams.core.stage import Send
from streams.interrupts import held_back

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.connection import Connection

    from streams.settings import Settings

_WORTH_IT: Final = 50_000
"""Rows for which a second process is worth the second that it takes to start."""


class AlertsElsewhere:
    """`Alerts` in a process of its own, which works on one flush while the next is made here.

    The stages before it take about as long. What it publishes comes one flush later; `finish`
    gives the rest. The order, and with it every result, is that of one process.
    """

    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, settings), name="alerts", daemon=True
        )
        with held_back():
            self._process.start()
        theirs.close()
        self._busy = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join()

    def process(self, sends: Iterable[Send], wall: float) -> Iterator[Send]:
        """Hand the signals of one flush over; yield what came of the one before."""
        # Read before writing: were both sides to write at once, both would wait for ever.
        yield from self._answer()
        self._pipe.send(([tuple(send) for send in sends], wall))
        self._busy = True

    def finish(self) -> Iterator[Send]:
        """Yield what came of the last flush.

        Raises:
            RuntimeError: the other process failed; it has said why.
        """
        yield from self._answer()

    def _answer(self) -> Iterator[Send]:
        if self._busy:
            try:
                published = self._pipe.recv()
            except EOFError:
                raise RuntimeError("the process of the alerts ended; see above") from None
            self._busy = False
            yield from map(Send._make, published)


@contextmanager
def alerts(settings: Settings, rows: int) -> Iterator[Alerts | AlertsElsewhere]:
    """Give the last stage, in a process of its own where that is worth it."""
    if rows < _WORTH_IT or (os.cpu_count() or 1) == 1:
        yield Alerts(settings)
        return
    with AlertsElsewhere(settings) as elsewhere:
        yield elsewhere


def _serve(pipe: Connection, settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process closes the pipe
    relax_gc()
    stage = Alerts(settings)
    while True:
        try:
            sends, wall = pipe.recv()
        except EOFError:
            return
        pipe.send([tuple(send) for send in stage.process(map(Send._make, sends), wall)])
