from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from click.testing import Result

Run = Callable[..., Result]


def test_it_says_which_release_it_is(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"groundswell {version('groundswell')}\n")


def test_a_worker_is_told_its_brokers_like_every_command(run: Run) -> None:
    result = run("worker", "--brokers", "not a broker")
    assert result.exit_code == 1
    assert "--brokers: kafka.brokers: write host:port" in result.stderr
