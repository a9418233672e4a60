"""The thread in which the stages work: however long they take, the event loop comes round.

Pure Python gives up the interpreter every few milliseconds to whoever waits for it, and what the
stages call in C works on pieces of a bounded size. So heartbeats, commits, HTTP and signals go on
while a stage computes. All stages of a worker share the one thread: their calls run one after the
other, in the order in which they were asked for, and none sees another half done.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

Call = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", "Callable[[], Any]"]


class Run(Protocol):
    """Runs a call where the stages work, and returns what it returns."""

    async def __call__(self, call: Callable[..., T], *arguments: Any) -> T: ...  # noqa: ANN401, D102


async def here(call: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401
    """Run a call here and now: for whoever has no thread for it."""
    return call(*arguments)


class StageThread:
    """Makes calls in a thread of its own, which begins with the first of them.

    A call that was asked for is made, even if nobody waits for it any more.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, call: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401
        """Make a call after all that were asked for before; returns or raises as the call does."""
        if self._thread is None:
            # A daemon: a process that is to stop does not wait for what hangs.
            self._thread = threading.Thread(target=self._serve, name="stages", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._calls.put((loop, future, lambda: call(*arguments)))
        return await future

    def stop(self) -> None:
        """End the thread after the calls that were asked for."""
        if self._thread is not None:
            self._calls.put(None)

    def _serve(self) -> None:
        while (asked := self._calls.get()) is not None:
            _make(*asked)
            del asked  # what it holds must not live until the next one


def _make(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], call: Callable[[], Any]
) -> None:
    result: Any = None
    error: BaseException | None = None
    try:
        result = call()
    except BaseException as raised:  # noqa: BLE001 - it is raised where it is waited for
        error = raised
    with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits
        loop.call_soon_threadsafe(_tell, future, result, error)


def _tell(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():  # who waited was cancelled
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
