"""A fork server: a process that has imported what a worker needs, and forks one when asked.

Importing takes longer than all else that a worker does before it reads. So the parent imports once,
and forks this process before it has threads, an event loop or connections. The fork server never
gets any, which is what makes a fork of it sound at any time. (That of `multiprocessing`
would import all of it a second time.)

    parent --fork--> fork server --fork--> process 1, process 2, process 1 again ...
       ^-- a socket: a name and two pipes there; pids, and how each ended, back --^

A process begins as one that was started by a command would: with signals as they were, the two
pipes for its standard input and output, and nothing else of ours open. It shares the memory of what
was imported until it writes there. When the parent is no more, the fork server ends, too, and the
processes see it by their pipes.
"""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable, Iterator

AVAILABLE: Final = sys.platform == "linux"
"""Elsewhere libraries of the system may not be used after a fork, or there is none."""

_NOT_OURS: Final = (signal.SIGINT, signal.SIGTERM)
_BYTES: Final = 256
_PIPES: Final = 2


class Forked:
    """A process that was forked; to be used as asyncio's own `Process` is."""

    def __init__(
        self, pid: int, ended: asyncio.Future[int], stdin: StreamWriter, stdout: StreamReader
    ) -> None:
        self.pid, self.stdin, self.stdout = pid, stdin, stdout
        self._ended = ended

    @property
    def returncode(self) -> int | None:
        """Its exit status, below 0 a signal; None while it runs, or where nobody knows."""
        known = self._ended.done() and not self._ended.exception()
        return self._ended.result() if known else None

    async def wait(self) -> int:
        """Return its exit status once it has ended.

        Raises:
            WorkerFailedError: the fork server is no more, so nobody will know.
        """
        status = await asyncio.shield(self._ended)
        self.stdin.close()
        return status

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if not self._ended.done():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The parent's end of it. To be made before the parent has an event loop or threads.

    A process that is forked calls `work` with its name, and ends with status 0 after it.
    """

    def __init__(self, work: Callable[[str], object]) -> None:
        gc.collect()
        gc.freeze()  # what is there now stays: looking at it would only copy its memory
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if not os.fork():
            self._socket.close()
            _be(theirs, work)
        theirs.close()
        self._asked: list[asyncio.Future[int]] = []
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._reading = False

    async def start(self, name: str) -> Forked:
        """Fork a process of this name.

        Raises:
            WorkerFailedError: the fork server is no more.
        """
        loop = asyncio.get_running_loop()
        if not self._reading:
            loop.add_reader(self._socket, self._read)
            self._reading = True
        their_input, write = os.pipe()
        read, their_output = os.pipe()
        asked = loop.create_future()
        self._asked.append(asked)
        try:
            socket.send_fds(self._socket, [name.encode()], [their_input, their_output])
        except OSError:
            self._gone()
        finally:
            os.close(their_input)
            os.close(their_output)
        stdout = asyncio.StreamReader()
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(read, "rb")
        )
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(write, "wb")
        )
        stdin = asyncio.StreamWriter(transport, protocol, None, loop)
        pid = await asked
        return Forked(pid, self._ends[pid], stdin, stdout)

    def _read(self) -> None:
        """Note what the fork server says: the pid of one that was forked, or how one ended."""
        said = self._socket.recv(_BYTES).split()
        if not said:
            self._gone()
            return
        pid, *status = map(int, said)
        if status:
            self._ends.pop(pid).set_result(status[0])
            return
        self._ends[pid] = asyncio.get_running_loop().create_future()
        self._asked.pop(0).set_result(pid)

    def _gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        for waiting in (*self._asked, *self._ends.values()):
            if not waiting.done():
                waiting.set_exception(
                    WorkerFailedError("the process that forks the others was ended")
                )


def _be(channel: socket.socket, work: Callable[[str], object]) -> NoReturn:
    """Be the fork server, and nothing of the parent that it was a moment ago."""
    try:
        with suppress(BrokenPipeError):  # the parent is no more
            _serve(channel, work)
    except BaseException:  # noqa: BLE001 - said, and never raised into the parent's own code
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _serve(channel: socket.socket, work: Callable[[str], object]) -> None:
    """Fork what is asked for, and say how each ended, until the parent is no more."""
    # The parent is told to stop, and passes it on; but a terminal, or a service manager, tells all.
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _NOT_OURS}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
    woken, wake = socket.socketpair()
    wake.settimeout(0.0)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([channel, woken], [], [])
        if woken in ready:
            woken.recv(_BYTES)
            for pid, status in _ended():
                channel.send(b"%d %d" % (pid, status))
        if channel in ready:
            name, pipes, _, _ = socket.recv_fds(channel, _BYTES, _PIPES)
            if not name:
                return
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                for number, handler in before.items():
                    signal.signal(number, handler)
                for own in (channel, woken, wake):
                    own.close()
                _take(pipes)
                os._exit(_status(work, name.decode()))
            for pipe in pipes:
                os.close(pipe)
            channel.send(b"%d" % pid)


def _ended() -> Iterator[tuple[int, int]]:
    """Yield the pid and the exit status of each process that has ended."""
    with suppress(ChildProcessError):  # there is none
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            yield found[0], os.waitstatus_to_exitcode(found[1])


def _take(pipes: list[int]) -> None:
    """Make the two pipes the standard input and output of this process."""
    for standard, pipe in enumerate(pipes):
        os.dup2(pipe, standard)
        os.close(pipe)
    # Objects of their own: what the parent's had read or not yet written is not ours.
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")


def _status(work: Callable[[str], object], name: str) -> int:
    """Do the work of a process; return the status to end it with."""
    try:
        work(name)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does where nobody handles it
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
