"""What a command does not import, as it takes long and is not needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"aiohttp", "aiokafka", "faust", "msgspec", "numpy", "streams.settings"}
"""Each takes tens of milliseconds. Pydantic does so too; Typer itself reads some options by it."""
HELP = """
import sys
from streams.cli.main import app
try:
    app({words})
except SystemExit:
    print(sorted({heavy} & set(sys.modules)))
"""
UNBUILT = """
import schemas.wire
from schemas.topics import TOPICS
print([one.model.__name__ for one in TOPICS.values() if one.model.__pydantic_complete__])
"""


def told(code: str) -> str:
    """Return the last line that a program prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("words", [["--help"], ["worker", "--help"], ["verify", "--help"]])
def test_help_is_shown_without_what_only_the_work_needs(words: list[str]) -> None:
    assert told(HELP.format(words=words, heavy=HEAVY)) == "[]"


def test_help_is_shown_without_looking_at_what_is_installed() -> None:
    code = HELP.format(words=["--help"], heavy={"importlib.metadata"})
    assert told(code) == "[]"


def test_no_model_of_the_contract_is_built_before_it_is_asked() -> None:
    assert told(UNBUILT) == "[]"
