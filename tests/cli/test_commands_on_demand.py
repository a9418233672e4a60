"""A command is imported when it is asked for, and no other."""

from __future__ import annotations

import subprocess
import sys

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


def test_one_that_is_called_is_imported_alone() -> None:
    code = COUNTS.replace("{names}", str({*COMMANDS, *GROUPS}))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "['schema']"
    assert "JSON Schemas" in done.stdout
