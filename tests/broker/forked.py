"""Workers forked from a process that has imported what they need: a third of what a start takes.

    pytest --socket--> server --fork--> keeper --fork--> worker
       ^---------- a pipe: pid, and how it ended --'

What the program of a worker does itself, it does anew, with its own environment. As in
`streams.worker.processes.fork_server`, who forks never has threads or connections. Two servers
take turns: a worker hashes strings otherwise than the one before it, as if it were started anew.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import itertools
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from streams.worker.processes.fork_server import AVAILABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).parents[2]
IMPORTED: Final = ("streams.cli.main", "streams.cli.worker", "streams.worker.run")
SECONDS: Final = 180.0
_NUMBER: Final = struct.Struct("i")
_BYTES: Final = 1 << 20
_FILES: Final = 3


class Forked:
    """A worker that was forked; what tests use of `subprocess.Popen`."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self.returncode: int | None = None
        self.pid = self._read(SECONDS)

    def _read(self, timeout: float | None) -> int:
        if not select.select([self._pipe], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("a forked worker", timeout or 0.0)
        return int(_NUMBER.unpack(os.read(self._pipe, _NUMBER.size))[0])

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self.returncode = self._read(timeout)
            os.close(self._pipe)
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(0.0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Started = Forked | subprocess.Popen[bytes]
Ended = subprocess.CompletedProcess[str]


class Server:
    """The tests' end of one server."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            command = [sys.executable, __file__]
            self._process = subprocess.Popen(command, env=environment, stdin=theirs.fileno())
        atexit.register(self._end)

    def start(
        self, arguments: list[str], environment: Mapping[str, str], log: int, out: int
    ) -> Forked:
        read, write = os.pipe()
        asked = json.dumps([arguments, dict(environment), str(Path.cwd())]).encode()
        socket.send_fds(self._socket, [asked], [write, out, log])
        os.close(write)
        return Forked(read)

    def _end(self) -> None:
        self._socket.close()
        self._process.wait(SECONDS)


@functools.cache
def _servers() -> Iterator[Server]:
    return itertools.cycle([Server(), Server()])


def start(arguments: list[str], environment: Mapping[str, str], log: int, out: int = 1) -> Started:
    """Start Python with these arguments (`-c PROGRAM ...` or a script's) and this environment.

    `log` is the file of its standard error, `out` that of its standard output.
    """
    if AVAILABLE:
        return next(_servers()).start(arguments, environment, log, out)
    return subprocess.Popen([sys.executable, *arguments], env=environment, stdout=out, stderr=log)


def run(arguments: list[str], environment: Mapping[str, str], timeout: float) -> Ended:
    """Run it to its end; `timeout` in seconds."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as log:
        process = start(arguments, environment, log.fileno(), out.fileno())
        try:
            status = process.wait(timeout)
        finally:
            process.kill()
        out.seek(0)
        log.seek(0)
        return Ended(arguments, status, out.read(), log.read())


def serve() -> list[str]:
    """Fork whoever is asked for, until nobody asks; return in a worker, with its arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asking = socket.socket(fileno=os.dup(0))
    while True:
        asked, files, _, _ = socket.recv_fds(asking, _BYTES, _FILES)
        while keepers and os.waitpid(-1, os.WNOHANG)[0]:
            keepers.pop()
        if not asked:
            sys.exit()
        if pid := os.fork():
            keepers.append(pid)
            for file in files:
                os.close(file)
            continue
        asking.close()
        pipe, out, log = files
        if pid := os.fork():
            _keep(pid, pipe)
        os.close(pipe)
        return _begin(json.loads(asked), out, log)


def _keep(pid: int, pipe: int) -> None:
    """Tell who it is, and how it ended."""
    try:
        os.write(pipe, _NUMBER.pack(pid))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(pipe, _NUMBER.pack(status))
    finally:
        os._exit(0)


def _begin(asked: tuple[list[str], dict[str, str], str], out: int, log: int) -> list[str]:
    """Be as a process that was started so; return its arguments."""
    arguments, environment, folder = asked
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, out, log)):
        os.dup2(file, number)
        os.close(file)
    return arguments


if __name__ == "__main__":
    for module in IMPORTED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what is there now stays: looking at it would only copy its memory
    keepers: list[int] = []
    program, *sys.argv = serve()
    if program == "-c":
        code, sys.argv[0] = sys.argv[0], "-c"
        sys.path[0] = ""
        exec(compile(code, "<string>", "exec", dont_inherit=True), {"__name__": "__main__"})  # noqa: S102 -- as Python would
    else:
        sys.argv.insert(0, program)
        sys.path[0] = str(Path(program).parent)
        runpy.run_path(program, run_name="__main__")
