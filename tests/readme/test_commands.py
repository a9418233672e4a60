"""What the README and the docs call is there: commands, their options, targets of make."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer.main
from commands import DOCS, README, ROOT, Command, block_with, code, marked, ours, targets, terminals

from streams.cli.main import app

SHOWN = [command for page in DOCS if page.name != "CHANGELOG.md" for command in ours(page)]


def problem(command: Command) -> str | None:
    """Say what a call has that there is not."""
    at: Any = typer.main.get_command(app)
    words = list(command.words)
    while (commands := getattr(at, "commands", None)) and words and words[0][0] != "-":
        name = words.pop(0)
        if name not in commands:
            return f"no command {name}"
        at = commands[name]
    known = {
        "--help",
        *(opt for param in at.params for opt in (*param.opts, *param.secondary_opts)),
    }
    options = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    unknown = [option for option in options if option not in known]
    return f"no option {', '.join(unknown)}" if unknown else None


def test_every_command_and_option_on_a_page_is_there() -> None:
    assert len(SHOWN) > 60
    wrong = {" ".join(command.words): problem(command) for command in SHOWN}
    assert {call: why for call, why in wrong.items() if why} == {}


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("tial alerts", "no command tial"),
        ("deadletter lists", "no command lists"),
        ("tail alerts --from-begining", "no option --from-begining"),
        ("worker --port 1", "no option --port"),
    ],
)
def test_one_that_is_not_would_be_found(call: str, why: str) -> None:
    assert problem(Command("", call.split())) == why


def test_every_target_on_a_page_is_in_the_makefile() -> None:
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        name: page.name for page in DOCS if page.name != "CHANGELOG.md" for name in targets(page)
    }
    assert len(named) > 20
    assert {name: page for name, page in named.items() if name not in there} == {}


def test_the_readme_names_four_terminals() -> None:
    found = terminals(README.read_text())
    assert list(found) == ["Kafka", "worker", "alerts", "events"]
    assert found["worker"] == "make install\n.venv/bin/groundswell worker\n"
    assert "tail alerts --from-beginning" in found["alerts"]


def test_the_docs_have_blocks_that_are_run() -> None:
    scripts = [script for page in DOCS for script in marked(page.read_text())]
    assert len(scripts) >= 2
    assert all(script.startswith((".venv/bin/groundswell ", "make ")) for script in scripts)
    assert block_with(README.read_text(), "make demo") == "make demo\n"


def test_code_is_found_in_blocks_and_in_text() -> None:
    page = "Say `groundswell\ntail`.\n\n    one \\\n        two\n\n```sh\nthree\n```\n"
    assert sorted(piece.strip() for piece in code(page)) == ["groundswell tail", "one two", "three"]
