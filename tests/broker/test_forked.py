"""A worker that is forked is as one that was started anew."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import forked
import pytest
from bench import until

from streams.worker.processes.fork_server import AVAILABLE

if TYPE_CHECKING:
    from pathlib import Path

    from forked import Started

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="none is forked there")
SECONDS = 60.0


def begun(log: Path, program: str, *arguments: str, **environment: str) -> Started:
    with log.open("wb") as stderr:
        return forked.start(["-c", program, *arguments], environment, stderr.fileno())


SAYS = """
import os, sys
print(sys.argv, sys.path[0] == "", dict(os.environ), os.getcwd(), file=sys.stderr)
print("seen", flush=True)
"""


def test_it_has_its_own_arguments_environment_folder_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    worker = begun(tmp_path / "log", SAYS, "one", "--two", NAME="value")
    assert worker.wait(SECONDS) == worker.poll() == worker.returncode == 0
    said = (["-c", "one", "--two"], True, {"NAME": "value"}, os.fspath(tmp_path))
    assert (tmp_path / "log").read_text() == " ".join(map(str, said)) + "\n"
    assert capfd.readouterr().out == "seen\n"


def test_a_script_knows_where_it_is(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\nsys.exit(f'{__name__} {__file__} {sys.argv} {sys.path[0]}')")
    with (tmp_path / "log").open("wb") as stderr:
        worker = forked.start([str(script), "one"], {}, stderr.fileno())
    assert worker.wait(SECONDS) == 1
    said = f"__main__ {script} {[str(script), 'one']} {tmp_path}\n"
    assert (tmp_path / "log").read_text() == said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log"
    worker = begun(log, "import sys, time; print('up', file=sys.stderr); time.sleep(600)")
    until("it is up", lambda: log.read_text() == "up\n")
    assert worker.poll() is None
    worker.send_signal(number)
    assert worker.wait(SECONDS) == -number


def test_the_next_one_hashes_strings_otherwise(tmp_path: Path) -> None:
    program = "import sys; sys.exit(str(hash('a string')))"
    for name in ("one", "two"):
        assert begun(tmp_path / name, program).wait(SECONDS) == 1
    assert (tmp_path / "one").read_text() != (tmp_path / "two").read_text()


def test_what_runs_to_its_end_has_said_all() -> None:
    program = "import sys; print(sys.argv[1] * 9); sys.exit('failed')"
    ended = forked.run(["-c", program, "ü"], {}, SECONDS)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "ü" * 9 + "\n", "failed\n")
