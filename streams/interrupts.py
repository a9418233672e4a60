"""Ctrl-C, which a terminal sends to every process of a command, and not to the first alone."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from multiprocessing.resource_tracker import ensure_running
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HELD_BACK = hasattr(signal, "pthread_sigmask")  # not on Windows


@contextmanager
def held_back() -> Iterator[None]:
    """Hold Ctrl-C back; a process that is started meanwhile begins so, until `let_through`.

    While it imports, it could not say yet what it wants of it, and would end with a traceback.
    """
    if not HELD_BACK:
        yield
        return
    ensure_running()  # it lets signals through at its end, and each start of a process calls it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_through() -> None:
    """Let Ctrl-C come in a process that began with it held back; one that has come comes now."""
    if HELD_BACK:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
