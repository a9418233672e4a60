from __future__ import annotations

import itertools
import os
import signal
from typing import TYPE_CHECKING

import pytest
import typer.testing
from hypothesis import settings
from typer.main import get_command
from typer.testing import CliRunner

from streams.cli.main import app
from streams.cli.work import relax_gc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result

WAITING = (
    "test_worker_faults.py",
    "test_chaos_bed.py",
    "test_demo.py",
    "test_exact.py",
    "test_worker.py",
    "test_poison.py",
    "test_periods_on_broker.py",
    "test_wait_for_broker.py",
    "test_more_topics.py",
    "test_half_open.py",
    "test_widened.py",
    "test_recovery.py",
    "test_topics_and_doctor.py",
    "test_security.py",
    "test_kills.py",
    "test_switched_on.py",
    "test_doctor_on_sources.py",
    "test_busy_stage.py",
    "test_slow_broker.py",
    "test_far_ahead.py",
    "test_browser.py",
    "test_prometheus.py",
    "test_wrong_settings.py",
    "test_alerts_command.py",
)
"""The files that take longest of those that wait for processes and brokers, in that order."""

COUNTING = (
    "test_cluster_laws.py",
    "test_stage_contract.py",
    "test_detector_checks.py",
    "test_detect.py",
    "test_recount.py",
    "test_artefacts.py",
    "test_customer_laws.py",
    "test_trend.py",
    "test_detect_complaints.py",
    "test_backtest_command.py",
    "test_agreement.py",
    "test_near_misses.py",
    "test_office.py",
    "test_customer_base.py",
    "test_window_cache.py",
    "test_exposure.py",
    "test_merging_laws.py",
    "test_verify.py",
    "test_truth.py",
    "test_period_mutations.py",
    "test_between_customers.py",
    "test_console_pages.py",
    "test_roles.py",
)
"""Those that count all the time, in the order of how much."""


def pytest_configure() -> None:
    relax_gc()  # as what is tested does: the histories of tests have no cycles either
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
    """Begin with the longest files: at the end no process waits for another.

    Those that wait and those that count take turns, so that at all times some core has work.
    """
    turns = itertools.chain.from_iterable(itertools.zip_longest(WAITING, COUNTING))
    places = {name: place for place, name in enumerate(turns)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session")
def run() -> Iterator[Callable[..., Result]]:
    """Run the command with these arguments, wide enough that no line is broken."""
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})
    command = get_command(app)  # once: made anew, it takes three times what most calls of it do

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            typer.testing, "_get_command", lambda of: command if of is app else get_command(of)
        )
        yield run
