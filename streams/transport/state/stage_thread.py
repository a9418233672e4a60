"""The thread in which the stages work: however long they take, the event loop comes round.

Pure Python gives up the interpreter every few milliseconds to whoever waits for it, and what the
stages call in C works on pieces of a bounded size. So heartbeats, commits, HTTP and signals go on
while a stage computes. All stages of a worker share the one thread: their calls run one after the
other, in the order in which they were asked for, and none sees another half done.

At a mark of the clock all partitions are to be flushed, and records that have come would wait for
all of them. So between two long calls one of the others that wait has its turn:

    asked for   flush flush flush flush records records
    made        flush records flush records flush flush
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Call(NamedTuple):
    """What was asked for, where, and who waits for it; `long`: others may be made before it."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    call: Callable[[], Any]
    long: bool


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
        """Make a call, and before it all that were asked for before; the long ones may come after.

        Returns or raises as the call does.
        """
        return await self._ask(call, arguments, long=False)

    async def run_long(self, call: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401
        """Make a long call after all that were asked for before; returns or raises as it does."""
        return await self._ask(call, arguments, long=True)

    async def _ask(self, call: Callable[..., T], arguments: tuple[Any, ...], *, long: bool) -> T:
        if self._thread is None:
            # A daemon: a process that is to stop does not wait for what hangs.
            self._thread = threading.Thread(target=self._serve, name="stages", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._calls.put(Call(loop, future, lambda: call(*arguments), long))
        return await future

    def stop(self) -> None:
        """End the thread after the calls that were asked for."""
        if self._thread is not None:
            self._calls.put(None)

    def _serve(self) -> None:
        waiting: deque[Call | None] = deque()
        long = False
        while True:
            while not (waiting and self._calls.empty()):
                waiting.append(self._calls.get())
            asked = _next(waiting, after_long=long)
            if asked is None:
                return
            long = asked.long
            _make(asked.loop, asked.future, asked.call)
            del asked  # what it holds must not live until the next one


def _next(waiting: deque[Call | None], *, after_long: bool) -> Call | None:
    """Take what is made next: a long call, `after_long` ones, lets one of the others go first."""
    first = waiting.popleft()
    if first is None or not (first.long and after_long):
        return first
    other = next((one for one in waiting if one is not None and not one.long), None)
    if other is None:
        return first
    waiting.remove(other)
    waiting.appendleft(first)
    return other


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
