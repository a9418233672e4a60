from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from streams.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result


def pytest_configure() -> None:
    # Who is started in the background ignores Ctrl-C, and so would every command we start: tests
    # that send it would wait for ever.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run the command with these arguments, wide enough that no line is broken."""
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    return run
