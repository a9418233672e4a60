from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from typer.testing import CliRunner

from streams.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

LONGEST = (
    "test_worker_faults.py",
    "test_chaos_bed.py",
    "test_cluster_laws.py",
    "test_exact.py",
    "test_detect_complaints.py",
    "test_poison.py",
    "test_demo.py",
    "test_worker.py",
    "test_recovery.py",
    "test_detector_checks.py",
    "test_backtest_command.py",
    "test_detect.py",
    "test_wait_for_broker.py",
    "test_agreement.py",
    "test_trend.py",
    "test_browser.py",
    "test_compose.py",
)
"""The files that take longest, in that order."""


def pytest_configure() -> None:
    # How long an example may take says nothing on a machine that has other things to do.
    settings.register_profile("untimed", settings(), deadline=None)
    settings.load_profile("untimed")
    # Who is started in the background ignores Ctrl-C, and so would every command we start: tests
    # that send it would wait for ever.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Nor is a terminal as wide as readline says, which pytest loads, to the processes it starts.
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
        os.unsetenv(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: at the end no process waits for another."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session")
def run() -> Callable[..., Result]:
    """Run the command with these arguments, wide enough that no line is broken."""
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    return run
