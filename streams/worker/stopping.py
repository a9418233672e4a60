"""Stopping: SIGTERM and SIGINT are received whatever the event loop does.

The interpreter runs a signal's handler in the main thread, between two steps of its Python code,
and asyncio's comes only when the loop comes round. So the C part of the signal module writes the
number to a socket at once, and a thread of ours reads it there: from then on the end is sure.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)

GONE: Final = 9.9
"""Wall seconds after which a command that is to stop is gone, whatever hangs."""

STOPS: Final = frozenset({signal.SIGTERM, signal.SIGINT})


@contextmanager
def on_stop_signal(call: Callable[[], None], seconds: float = GONE) -> Iterator[None]:
    """Call `call` at each SIGTERM or SIGINT, in any thread.

    The process ends `seconds` after the first, with status 1, if it is still in this context. To be
    entered in the main thread. What handled the signals before does so again afterwards.
    """
    deadline = threading.Timer(seconds, _vanish, (seconds,))
    deadline.daemon = True
    first = threading.Lock()

    def stop() -> None:
        if first.acquire(blocking=False):
            deadline.start()
        call()

    ours, theirs = socket.socketpair()
    theirs.settimeout(0.0)
    before = {number: signal.signal(number, lambda *_: stop()) for number in STOPS}
    wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_listen, args=(ours, stop), name="signals", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        theirs.close()
        deadline.cancel()


def _listen(ours: socket.socket, stop: Callable[[], None]) -> None:
    with ours:
        while numbers := ours.recv(64):
            if STOPS & set(numbers):
                stop()


def _vanish(seconds: float) -> None:
    log.critical("still here %.1f s after the stop: leaving at once", seconds)
    logging.shutdown()
    os._exit(1)
