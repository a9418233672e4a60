"""The later stages of a replay in a process of their own, so that it has the use of two cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from streams.cli.worker import relax_gc
from streams.core.pipeline import Downstream
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from multiprocessing.connection import Connection

    from streams.core.detect.protocol import Census
    from streams.core.event_time.buckets import Grain
    from streams.settings import Settings

_WORTH_IT: Final = 50_000
"""Rows for which a second process is worth the second that it takes to start."""


class SecondProcess:
    """A `Downstream` elsewhere: it works on one flush while the next is made here.

    What it publishes therefore comes one flush later; `finish` gives the rest. The order, and
    with it every result, is that of one process.
    """

    def __init__(self, settings: Settings, grains: tuple[Grain, ...]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, settings, grains), name="downstream", daemon=True
        )
        self._process.start()
        theirs.close()
        self._busy = False
        self._census: Mapping[str, Census] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join()

    def process(self, sends: Iterable[Send], wall: float) -> Iterator[Send]:
        """Hand one flush over; yield what came of the one before."""
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

    def census(self) -> Mapping[str, Census]:
        """Count the watched series by metric, as of the last answer."""
        return self._census

    def _answer(self) -> Iterator[Send]:
        if self._busy:
            try:
                published, self._census = self._pipe.recv()
            except EOFError:
                raise RuntimeError("the process of the later stages ended; see above") from None
            self._busy = False
            yield from map(Send._make, published)


class _Here(Downstream):
    """The later stages in this process."""

    def census(self) -> Mapping[str, Census]:
        """Count the watched series by metric."""
        return self.series.census()


@contextmanager
def downstream(
    settings: Settings, grains: tuple[Grain, ...], rows: int
) -> Iterator[_Here | SecondProcess]:
    """Give the later stages, in a process of their own where that is worth it."""
    if rows < _WORTH_IT or (os.cpu_count() or 1) == 1:
        yield _Here(settings, grains=grains)
        return
    with SecondProcess(settings, grains) as second:
        yield second


def _serve(pipe: Connection, settings: Settings, grains: tuple[Grain, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process closes the pipe
    relax_gc()
    stages = Downstream(settings, grains=grains)
    while True:
        try:
            sends, wall = pipe.recv()
        except EOFError:
            return
        published = [tuple(send) for send in stages.process(map(Send._make, sends), wall)]
        pipe.send((published, stages.series.census()))
