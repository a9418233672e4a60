"""The official AsyncAPI parser, installed once a lock file by npm."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

HERE: Final = Path(__file__).parent / "asyncapi"
FILES: Final = ("package.json", "package-lock.json", "check.mjs")
ERROR, WARNING = 0, 1


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}: the AsyncAPI document must be checked on CI")
    pytest.skip(f"{reason}: the AsyncAPI document is not checked here")


def _run(*command: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False, timeout=300
    )


class Parser:
    """Checks documents in a folder of its own, where its packages are installed."""

    def __init__(self, folder: Path) -> None:
        self._node = shutil.which("node") or _missing("node is not installed")
        self._npm = shutil.which("npm") or _missing("npm is not installed")
        lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
        self._home = folder / lock[:16]
        if not (self._home / "installed").exists():
            self._install()

    def _install(self) -> None:
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir(parents=True)
        for name in FILES:
            shutil.copy(HERE / name, self._home)
        done = _run(
            *(str(self._npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"), cwd=self._home
        )
        if done.returncode:
            _missing(f"npm ci failed ({done.stderr.strip()[-300:]})")
        (self._home / "installed").touch()

    def check(self, document: dict[str, Any]) -> dict[str, Any]:
        """Give the operations found in the document, and the diagnostics."""
        shutil.copy(HERE / "check.mjs", self._home)
        done = _run(str(self._node), "check.mjs", cwd=self._home, stdin=json.dumps(document))
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found
