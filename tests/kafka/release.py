"""Another revision of Groundswell beside this one: its source, and its own libraries."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def checked_out(revision: str, folder: Path) -> Path:
    """Write the source of a revision to a folder; return that."""
    git = ["git", "-C", str(ROOT), "archive", revision]
    archive = subprocess.run(git, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def installed(source: Path) -> Path:
    """Install what a source tree is locked to beside it; return the Python that has it.

    A release may have had libraries that this one has not, or other versions of them; and may have
    something to compile.
    """
    python = source / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", source / ".venv"], check=True)
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    lock = source / "requirements.lock"
    subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True)
    if (source / "hatch_build.py").exists():
        built: list[str | Path] = ["--no-deps", "--no-build-isolation", "--editable", source]
        subprocess.run([*pip, *built], check=True)
    return python
