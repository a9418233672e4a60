from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from streams.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

LONGEST = (
    "test_chaos_bed.py",
    "test_fire.py",
    "test_exact.py",
    "test_recovery.py",
    "test_worker.py",
    "test_poison.py",
)
"""The files that take longest, in that order."""


def pytest_configure() -> None:
    # Who is started in the background ignores Ctrl-C, and so would every command we start: tests
    # that send it would wait for ever.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: at the end no process waits for another."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run the command with these arguments, wide enough that no line is broken."""
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    return run
