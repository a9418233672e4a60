"""The worker's process, whatever becomes of the demo."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import eventually

from streams.core.customers.definitions import Definitions
from streams.demo import layout
from streams.demo.worker import WorkerProcess, free_port
from streams.transport.embedded import EmbeddedBroker

DEADLINE_S = 60.0

OWNER = """
import sys
from pathlib import Path

import pytest
from streams.core.customers.definitions import Definitions
from streams.demo import layout
from streams.demo.worker import WorkerProcess, free_port
from streams.transport.embedded import EmbeddedBroker

with EmbeddedBroker(layout.topics()) as broker:
    settings = layout.settings(broker.bootstrap, free_port(0), Definitions())
    with WorkerProcess(settings, Path(sys.argv[1])) as worker:
        print(worker.url, flush=True)
        sys.stdin.read()
"""


def listens(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def test_it_gets_ready_and_leaves_when_told_wherever_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('a module of the current folder')\n")
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "log"
    with EmbeddedBroker(layout.topics()) as broker:
        settings = layout.settings(broker.bootstrap, free_port(0), Definitions())
        with WorkerProcess(settings, log) as worker:
            assert eventually(worker.ready, DEADLINE_S), worker.last_words()
            assert worker.ended() is None
        assert not listens(worker.url)
    assert "flushed and committed" in log.read_text()


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    settings = layout.settings("127.0.0.1:1", free_port(0), Definitions()) | {
        "WORKER__PORT": "no port"
    }
    with WorkerProcess(settings, tmp_path / "log") as worker:
        assert eventually(lambda: worker.ended() is not None, DEADLINE_S)
        assert worker.ended() != 0
        assert "worker.port" in worker.last_words()


def test_the_settings_of_the_caller_do_not_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_WORKER__PORT", "no port")
    with EmbeddedBroker(layout.topics()) as broker:
        settings = layout.settings(broker.bootstrap, free_port(0), Definitions())
        with WorkerProcess(settings, tmp_path / "log") as worker:
            assert eventually(lambda: listens(worker.url), DEADLINE_S), worker.last_words()


def test_it_goes_when_its_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "log")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdin is not None
    url = owner.stdout.readline().strip()
    assert eventually(lambda: listens(url), DEADLINE_S)

    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    owner.stdin.close()
    owner.stdout.close()

    assert eventually(lambda: not listens(url), DEADLINE_S)


def test_a_port_in_use_is_not_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        found = free_port(taken)
    assert found != taken
    assert free_port(found) == found
