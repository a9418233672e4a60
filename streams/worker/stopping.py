"""Stopping: SIGTERM and SIGINT are received whatever the event loop does.

The interpreter runs a signal's handler in the main thread, between two steps of its Python code,
and asyncio's comes only when the loop comes round. So the C part of the signal module writes the
number to a socket at once, and a thread of ours reads it there: from then on the end is sure.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from streams.transport.client.topics import TopicsError
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

T = TypeVar("T")

log = logging.getLogger(__name__)

GONE: Final = 9.9
"""Wall seconds after which a command that is to stop is gone, whatever hangs."""

REFUSALS: Final = (WorkerFailedError, TopicsError)
"""How a worker ends that does not end by itself: the message says why and what to do."""

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


def until_stopped(main: Callable[[asyncio.Event], Awaitable[None]], seconds: float = GONE) -> None:
    """Run `main` on an event loop; SIGTERM and SIGINT set what it is given. See `on_stop_signal`.

    To be called in the main thread. What `main` raises is raised.
    """
    stops: list[Callable[[], None]] = []  # how to stop the loop, once there is one
    early = threading.Event()

    def stop_it() -> None:
        early.set()
        for stop in stops:
            stop()

    async def run() -> None:
        stop = asyncio.Event()
        stops.append(partial(_set, asyncio.get_running_loop(), stop))
        if early.is_set():  # the signal came before the loop
            stop.set()
        await main(stop)

    with on_stop_signal(stop_it, seconds):
        asyncio.run(run())


def _set(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # it has ended
        loop.call_soon_threadsafe(stop.set)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Do some work, unless `stop` comes first: then it is None."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


def _listen(ours: socket.socket, stop: Callable[[], None]) -> None:
    with ours:
        while numbers := ours.recv(64):
            if STOPS & set(numbers):
                stop()


def _vanish(seconds: float) -> None:
    log.critical("still here %.1f s after the stop: leaving at once", seconds)
    logging.shutdown()
    os._exit(1)
