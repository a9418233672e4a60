"""A worker whose HTTP port is besieged: it answers, and keeps its connections to Kafka."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import socket
import threading
from typing import TYPE_CHECKING, Self

import pytest
from bench import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench import Bench, Worker

HALF = b"GET /healthz HTTP/1.1\r\nHost: here\r\n"
HEADERS = b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n"


class Siege:
    """Connections to a worker that never ask anything, and more all the time."""

    def __init__(self, worker: Worker, sent: bytes) -> None:
        self._address = ("127.0.0.1", worker.port())
        self._sent = sent
        self._open: list[socket.socket] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._trickle)
        self.came = 0

    def open(self, count: int) -> None:
        for _ in range(count):
            one = socket.create_connection(self._address, timeout=30)
            self._open.append(one)
            with contextlib.suppress(OSError):  # cut off already
                one.sendall(self._sent)

    def _trickle(self) -> None:
        while not self._stop.wait(0.005):
            self.open(1)
            self.came += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.relent()
        for one in self._open:
            one.close()

    def relent(self) -> None:
        self._stop.set()
        self._thread.join()

    def left(self) -> int:
        """Count those that the worker has not cut off."""
        poll = select.poll()
        for one in self._open:
            poll.register(one, select.POLLIN)
        ended = 0
        for descriptor, _ in poll.poll(0):
            with socket.socket(fileno=os.dup(descriptor)) as one:
                ended += _ended(one)
        return len(self._open) - ended


def _ended(one: socket.socket) -> bool:
    one.settimeout(0)
    try:
        while one.recv(1 << 16):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def descriptors(count: int) -> Iterator[None]:
    """Whoever is started meanwhile may have this many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("most", "count", "sent"),
    [
        pytest.param(1024, 1000, HALF, id="half"),
        pytest.param(1024, 1000, HEADERS, id="whole"),
        pytest.param(128, 200, b"", id="nothing, few at once"),
        pytest.param(128, 200, HEADERS, id="whole, few at once"),
    ],
)
def test_a_thousand_who_ask_nothing_do_not_keep_others_from_it(
    embedded_bench: Bench, most: int, count: int, sent: bytes
) -> None:
    bench = embedded_bench
    with descriptors(most):
        worker = bench.start()
    bench.produce(500)
    bench.exact()
    with Siege(worker, sent) as siege:
        siege.open(count)
        for _ in range(3):
            came = siege.came
            bench.produce(500)
            bench.exact()
            until("more have come", lambda came=came: siege.came > came + 20)  # type: ignore[misc]
            assert worker.get("/healthz") == (200, "ok\n")
            assert worker.get("/readyz") == (200, "ready\n")
        siege.relent()
        until("room was made", lambda: siege.left() <= min(100, most // 4))
        if sent != HEADERS:
            until("all are cut off", lambda: siege.left() == 0)
        assert worker.get("/healthz") == (200, "ok\n")
    assert "out of system resource" not in worker.text()
    assert "Too many open files" not in worker.text()
    assert "not ours any more" not in worker.text()
    bench.stop(worker)
