"""What a command writes is there in whole or not at all, and never over what it reads."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from streams.simulate import run as simulating

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

ROWS = "".join(f'{{"event_id":"e{n}","occurred_at":"2017-01-1{n}T09:30:00Z"}}\n' for n in range(9))
OPTIONS = ("--buckets", "--incidents", "--customers", "--periods")


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "complaints.jsonl"
    file.write_text(ROWS, encoding="utf-8")
    return file


def refused(result: Result, told: str) -> None:
    assert result.exit_code == 1, result.output
    assert told in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("option", OPTIONS)
def test_a_replay_does_not_write_over_what_it_reads(run: Run, events: Path, option: str) -> None:
    link = events.with_name("link")
    link.symlink_to(events)
    for target in (events, link):
        result = run("replay", events, "--topic", "complaints", option, target)
        refused(result, f"{option} {target} is read: name another file")
    assert events.read_text(encoding="utf-8") == ROWS
    refused(run("replay", events.parent, option, events), "is read: name another file")


@pytest.mark.parametrize("option", ["--html", "--json"])
def test_a_backtest_does_not_write_over_what_it_reads(run: Run, events: Path, option: str) -> None:
    given = ("backtest", events, "--topic", "complaints", "--quick")
    refused(run(*given, option, events), f"{option} {events} is read: name another file")
    labels = events.with_name("labels.csv")
    labels.write_text("start,end\n2017-01-10,2017-01-12\n", encoding="utf-8")
    refused(run(*given, "--labels", labels, option, labels), "is read: name another file")
    assert labels.read_text(encoding="utf-8").startswith("start")


def test_two_options_do_not_name_one_file(run: Run, events: Path) -> None:
    both = events.with_name("both")
    replay = ("replay", events, "--topic", "complaints", "--buckets", both, "--periods", both)
    refused(run(*replay), f"--periods {both} is what --buckets writes: name another file")
    judged = ("backtest", events, "--topic", "complaints", "--html", both, "--json", both)
    refused(run(*judged), f"--json {both} is what --html writes: name another file")
    nowhere = ("--buckets", "/dev/null", "--periods", "/dev/null")
    assert run("replay", events, "--topic", "complaints", *nowhere).exit_code == 0


@pytest.mark.parametrize("option", OPTIONS)
def test_what_a_replay_wrote_before_stays_if_it_is_stopped(
    run: Run, events: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    file = events.with_name("before")
    file.write_text("of before", encoding="utf-8")
    monkeypatch.setattr("streams.cli.replay.drain", stopped)
    result = run("replay", events, "--topic", "complaints", option, file)
    assert result.exit_code == 130
    assert file.read_text(encoding="utf-8") == "of before"
    assert sorted(events.parent.iterdir()) == [file, events]


def test_a_full_disk_is_told_by_its_option(run: Run, events: Path) -> None:
    result = run("replay", events, "--topic", "complaints", "--buckets", "/dev/full")
    refused(result, "--buckets /dev/full cannot be written: No space left on device")
    judged = ("backtest", events, "--topic", "complaints", "--quick", "--json", "/dev/full")
    refused(run(*judged), "--json /dev/full cannot be written: No space left on device")


def test_what_cannot_be_printed_is_told() -> None:
    command = [sys.executable, "-c", "from streams.cli.main import app; app()", "--help"]
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    told = b"error: what is printed cannot be written: No space left on device; make room first\n"
    assert (result.returncode, result.stderr) == (1, told)


def test_ctrl_c_while_a_command_is_imported_is_quiet() -> None:
    script = (
        "import streams.cli.main as main\n"
        "def stopped(name): raise KeyboardInterrupt\n"
        "main.import_module = stopped\n"
        "main.app(['schema'])\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (130, b"")


def test_schemas_are_all_there_though_nobody_reads_their_names(tmp_path: Path) -> None:
    script = f"from streams.cli.main import app; app(['schema', '--out', {str(tmp_path)!r}])"
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        command = [sys.executable, "-c", script]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert b"--out" not in result.stderr
    assert (tmp_path / "asyncapi.json").exists()


def test_a_simulation_that_was_stopped_is_no_company(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    made = ("simulate", "--out", tmp_path, "--customers", 5, "--months", 1)
    verified = ("verify", tmp_path, "--table", tmp_path / "truth" / "periods.csv")
    run(*made)
    assert run(*verified).exit_code == 0
    monkeypatch.setattr(simulating, "story", stopped)
    assert run(*made, "--seed", 2).exit_code == 130
    refused(run(*verified), "is not what groundswell simulate wrote")


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--buckets", "there is no row of a day of metrics.buckets, so nothing is compared"),
        ("--periods", "there is no row of metrics.periods, so nothing is compared"),
        ("--table", "there is no number in the table, so nothing is compared"),
    ],
)
def test_a_file_that_is_empty_is_not_verified(
    run: Run, tmp_path: Path, option: str, told: str
) -> None:
    run("simulate", "--out", tmp_path, "--customers", 5, "--months", 1)
    file = tmp_path / "empty"
    file.touch()
    if option == "--table":
        file.write_text("grain,period,group,unit,currency,value\n", encoding="utf-8")
    refused(run("verify", tmp_path, option, file), f"{told} (in {file})")


def test_the_period_of_a_review_is_looked_at_first(run: Run) -> None:
    result = run("review", "--period", "2017-13", "--brokers", "127.0.0.1:1")
    refused(result, "--period '2017-13' is no month (2017-01) or quarter (2017-Q1)")


@pytest.mark.parametrize("budget", ["inf", "nan", "1e9"])
def test_a_budget_is_a_number_that_can_be_meant(run: Run, events: Path, budget: str) -> None:
    result = run("replay", events, "--topic", "complaints", "--budget", budget)
    assert result.exit_code == 2
    assert "--budget" in result.stderr
