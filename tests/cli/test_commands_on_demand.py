"""A command is imported when it is asked for, and no other."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
import typer.main

from streams.cli.main import COMMANDS, GROUPS, app

COUNTS = """
import sys
sys.argv = ["groundswell", "schema", "--help"]
from streams.cli.main import app
app(standalone_mode=False)
print(sorted({names} & {name.removeprefix("streams.cli.") for name in sys.modules}))
"""


def test_all_commands_are_there_for_who_looks_at_them() -> None:
    found = typer.main.get_command(app)
    assert sorted(found.commands) == sorted((*COMMANDS, *GROUPS))  # type: ignore[attr-defined]


def test_what_is_said_of_them_all_is_what_each_says_of_itself() -> None:
    lines = {one.name: inspect.getdoc(one.callback) or "" for one in app.registered_commands}
    assert {name: text.splitlines()[0] for name, text in lines.items()} == COMMANDS
    groups = {one.name: one.typer_instance for one in app.registered_groups}
    assert {name: group and group.info.help for name, group in groups.items()} == GROUPS


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_none_is_imported_where_none_is_called(words: list[str]) -> None:
    code = COUNTS.replace('"schema", "--help"', ", ".join(map(repr, words)))
    done = subprocess.run(
        [sys.executable, "-c", code.replace("{names}", str({*COMMANDS, *GROUPS}))],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
    if words == ["--help"]:
        assert all(name in done.stdout for name in (*COMMANDS, *GROUPS))


def test_one_that_is_called_is_imported_alone() -> None:
    code = COUNTS.replace("{names}", str({*COMMANDS, *GROUPS}))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "['schema']"
    assert "JSON Schemas" in done.stdout
