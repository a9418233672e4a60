"""Runs of the later stages, in as many processes as there are cores where that is worth it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from streams.backtest import stages
from streams.backtest.decisions import decide
from streams.backtest.history import History
from streams.interrupts import held_back, let_through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.backtest.history import Source
    from streams.settings import Settings

_WORTH_IT: Final = 50_000
"""Rows for which more processes are worth the second that each takes to start."""


def from_incidents(watched: Path, many: Sequence[Settings]) -> list[list[bytes]]:
    """Give the transitions under each of these settings, which only concern the incidents."""
    return decide(watched, many)


def from_series(folded: Path, settings: Settings) -> list[list[bytes]]:
    """Give the transitions under settings that concern the series and what follows."""
    with TemporaryDirectory(dir=folded.parent) as folder:
        watched = Path(folder) / "watched"
        stages.watch(folded, settings, watched)
        return decide(watched, [settings])


def from_fold(source: Source, settings: Settings, folder: Path) -> list[list[bytes]]:
    """Give the transitions under settings that concern all stages."""
    with TemporaryDirectory(dir=folder) as own:
        folded = Path(own) / "folded"
        stages.fold(History(source), settings, folded)
        return from_series(folded, settings)


class Here(Executor):
    """Does each job in this process, at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 (the interface)
        """Do it."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 (raised again where the result is asked for)
            future.set_exception(error)
        return future


@contextmanager
def workers(rows: int, wanted: int | None, begin: Callable[[], None]) -> Iterator[Executor]:
    """Give what runs jobs; `begin` is called first in each process of its own.

    Leaving by an error or Ctrl-C ends the processes: what they do is of no use any more.
    """
    cores = wanted or os.cpu_count() or 1
    if cores == 1 or (wanted is None and rows < _WORTH_IT):
        yield Here()
        return
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, context, _begin, (begin,)) as pool:
        try:
            with held_back():
                pool.submit(int)  # the first job starts them all
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            raise


def _begin(begin: Callable[[], None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends them without a word
    let_through()
    begin()
