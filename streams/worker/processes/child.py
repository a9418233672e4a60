"""One worker in a process of its own, as its parent keeps it: started anew if it ends, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from asyncio.subprocess import PIPE
from functools import partial
from typing import TYPE_CHECKING, Protocol

from streams.transport.failure import WorkerFailedError
from streams.worker.processes.restarts import STEADY, Restarts, how

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Awaitable, Callable, Sequence

    Start = Callable[[str], Awaitable["Process"]]
    """Starts a process of a name."""

log = logging.getLogger(__name__)


class Process(Protocol):
    """A process that was started, as asyncio has them; its input and output are pipes."""

    @property
    def pid(self) -> int: ...  # noqa: D102
    @property
    def returncode(self) -> int | None: ...  # noqa: D102
    @property
    def stdin(self) -> StreamWriter | None: ...  # noqa: D102
    @property
    def stdout(self) -> StreamReader | None: ...  # noqa: D102
    async def wait(self) -> int: ...  # noqa: D102
    def send_signal(self, signal: signal.Signals, /) -> None: ...  # noqa: D102
    def kill(self) -> None: ...  # noqa: D102


def by_command(command: Sequence[str]) -> Start:
    """Start processes by a command, the name behind it."""

    async def start(name: str) -> Process:
        return await asyncio.create_subprocess_exec(*command, name, stdin=PIPE, stdout=PIPE)

    return start


class Child:
    """Runs a process again and again, as `start` starts it.

    It gets `given` on its standard input, which stays open: when it closes, the parent is no more.
    It prints the port of its HTTP, and nothing else. `port` is that, None while there is none;
    `waiting` says then what for; `starts` counts.
    """

    def __init__(self, name: str, start: Start, given: bytes) -> None:
        self.name = name
        self.port: int | None = None
        self.waiting = "starting"
        self.starts = 0
        self._start = partial(start, name)
        self._given = given
        self._restarts = Restarts()
        self._process: Process | None = None
        self._stopping = False

    async def keep(self, ended: Callable[[str], None]) -> int:
        """Run it until it is stopped; gives its exit status then. `ended` is called at each end.

        Raises:
            WorkerFailedError: it ended too often, or cannot be started.
        """
        while True:
            began = time.monotonic()
            status = await self._once()
            self.port = None
            ended(self.name)
            if self._stopping:
                return status
            lived = time.monotonic() - began
            wait = self._restarts.ended(lived)
            if wait is None:
                raise WorkerFailedError(
                    f"process {self.name} ended {self._restarts.in_a_row} times in a row, each"
                    f" within {STEADY:.0f} s of its start; at last it {how(status)}. The lines"
                    f" with [{self.name}] above say why: put that right, and start again"
                )
            self.waiting = f"{how(status)}, is started again"
            log.error(
                "process %s %s after %.0f s; it is started again in %.1f s",
                self.name,
                how(status),
                lived,
                wait,
            )
            await asyncio.sleep(wait)

    async def _once(self) -> int:
        process = await self._start()
        self._process = process
        self.starts += 1
        log.info("process %s is pid %d", self.name, process.pid)
        if self._stopping:
            self.stop()
        feed, said = process.stdin, b""
        if feed is not None and process.stdout is not None:  # they are, as pipes were asked for
            with contextlib.suppress(ConnectionError):  # it has ended already
                feed.write(self._given)
                await feed.drain()
            said = await process.stdout.readline()
        self.port = int(said) if said else None
        return await process.wait()

    def stop(self) -> bool:
        """Ask it to stop in order, and start it no more; False if it does not run."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return False
        if sys.platform != "win32":  # there that would kill it
            process.send_signal(signal.SIGTERM)
        if process.stdin is not None:
            process.stdin.close()
        return True

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
