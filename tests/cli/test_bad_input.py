"""Whatever a command is given, it ends with a line that says why, and never with a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streams.backtest.labels import read
from streams.backtest.overrides import parse
from streams.load.errors import LoadError
from streams.load.presets import find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

DEEP = "[" * 5_000
LINES = [b"{]", b'{"\xff":1}', b'{"customer_id":"\xff"}', f'{{"more":{DEEP}'.encode()]


def refused(result: Result, told: str) -> None:
    assert result.exit_code == 1
    assert told in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("command", [("customer", "a"), ("tiers",), ("periods",)])
def test_a_line_that_is_no_row_is_told(
    run: Run, tmp_path: Path, command: tuple[str, ...], line: bytes
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(line)
    refused(run(*command, "--file", file), "a line is no row of")


@pytest.mark.parametrize("line", LINES)
def test_a_review_tells_a_row_that_is_none_and_leaves_out_what_is_no_action(
    run: Run, tmp_path: Path, line: bytes
) -> None:
    for name in ("customers", "periods", "actions"):
        (tmp_path / f"{name}.jsonl").write_bytes(line if name == "actions" else b"")
    review = ("review", "--period", "2017-01", "--from", tmp_path)
    refused(run(*review), "nothing of 2017-01")
    (tmp_path / "customers.jsonl").write_bytes(line)
    refused(run(*review), "a row is none of customers")


@pytest.mark.parametrize("line", [*LINES, b'{"grain":"day","value":[1]}', b"a\0b"])
@pytest.mark.parametrize("option", ["--table", "--buckets", "--periods", "--incidents", "--late"])
def test_verify_tells_rows_that_are_none(
    run: Run, tmp_path: Path, option: str, line: bytes
) -> None:
    company = tmp_path / "company"
    run("simulate", "--out", company, "--customers", 5, "--months", 1)
    file = tmp_path / "rows.jsonl"
    file.write_bytes(line)
    more = ("--table", company / "truth" / "periods.csv") if option == "--late" else ()
    refused(run("verify", company, option, file, *more), "rows.jsonl")
    (company / "manifest.json").write_bytes(line)
    refused(run("verify", company, "--table", file), "is not what groundswell simulate wrote")


def test_a_folder_that_has_no_events_of_a_topic_is_replayed(run: Run, tmp_path: Path) -> None:
    rows = [f'{{"event_id":"e{n}","occurred_at":"2017-01-1{n}T09:30:00Z"}}' for n in range(9)]
    (tmp_path / "complaints.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "corrections.jsonl").touch()
    result = run("replay", tmp_path)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("out", ["file", "file/folder"])
def test_a_folder_that_cannot_be_made_is_told(run: Run, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").touch()
    refused(run("schema", "--out", tmp_path / out), "cannot be written")


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--rate", "9" * 400, "write a number of events a second"),
        ("--columns", "a\nb", "--columns"),
        ("--map", f"occurred_at={'9' * 5_000}", "the file has no column"),
    ],
)
def test_an_option_of_load_that_is_none_is_told(
    run: Run, tmp_path: Path, option: str, value: str, told: str
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("occurred_at\n2017-01-18T09:30:00Z\n", encoding="utf-8")
    refused(run("load", file, "--topic", "complaints", option, value), told)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--for", "99999999999999d"),
        ("--for", "9" * 5_000 + "d"),
        ("--until", "0001-01-01T00:00:00+14:00"),
        ("--until", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_silence_of_a_time_that_nobody_can_tell_is_refused(
    run: Run, option: str, value: str
) -> None:
    refused(run("alerts", "silence", "--note", "why", option, value), option)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.csv", "start,end\n9999-12-31,9999-12-31\n", "is no day or time"),
        ("x.csv", "start,end\n0001-01-01T00:00:00+14:00,2017-01-01\n", "is no day or time"),
        ("x.json", DEEP, "is not JSON"),
    ],
)
def test_labels_that_nobody_can_read_are_told(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LoadError, match=told):
        read(file, "complaints")


def test_a_setting_that_is_tried_may_be_any_text() -> None:
    assert parse(f"detect.runbook={DEEP}") == {"detect.runbook": DEEP}


@pytest.mark.parametrize(
    "value", [f"x = {DEEP}", f"x = {'9' * 5_000}", "kept_digits = {USD = -99}"]
)
def test_a_preset_that_nobody_can_read_is_told(tmp_path: Path, value: str) -> None:
    file = tmp_path / "x.toml"
    file.write_text(f'about = "x"\n{value}\n[[events]]\ntopic = "complaints"\n', encoding="utf-8")
    with pytest.raises(LoadError, match="--preset"):
        find(str(file))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_demo_has_a_port_that_there_can_be(run: Run, port: int) -> None:
    result = run("demo", "--exit", "--port", port)
    assert result.exit_code == 2
    assert "--port" in result.stderr
