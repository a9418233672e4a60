from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from streams.tether import let_go

WATCHED = """
import signal
from streams.tether import stop_when_let_go

# Blocked in every thread, the signal waits for whoever asks for it.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
stop_when_let_go()
print("here", flush=True)
signal.sigwait([signal.SIGTERM])
print("told", flush=True)
"""


def started(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_one_that_leaves_by_itself_is_waited_for() -> None:
    with started("import sys; sys.stdin.read(); sys.exit(3)") as process:
        let_go(process, 30)
        assert process.returncode == 3


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_one_that_does_not_leave_is_killed() -> None:
    with started("import time; print('here', flush=True); time.sleep(60)") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        let_go(process, 0.1)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_one_on_the_tether_is_told_to_stop_when_it_is_let_go() -> None:
    with started(WATCHED) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        let_go(process, 30)
        assert process.stdout.read() == "told\n"
        assert process.returncode == 0
