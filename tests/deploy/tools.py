"""Finds the real programs these tests run; without one a test skips, but on CI it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tool(name: str, package: str) -> str:
    """Give the path of a program, which `package` brings."""
    beside = Path(sys.executable).parent / name
    found = shutil.which(name) or (str(beside) if beside.is_file() else None)
    if found:
        return found
    reason = f"{name} is not here; install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def run(*command: str | Path, stdin: str | None = None, cwd: Path = ROOT) -> str:
    """Run a command to its end; what it printed is the message of a failure."""
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=80, check=False, cwd=cwd
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed
    return printed
