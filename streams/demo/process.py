"""One of our commands in a process of its own, which ends with the demo."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from typing import TYPE_CHECKING, Final, Self

from streams.tether import let_go

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_STOP_S: Final = 20.0
_LAST_LINES: Final = 25


class CommandProcess:
    """A command that lives as long as the `with` block, or as the process that holds it.

    Args:
        command: its name, as `worker`.
        port: where it serves HTTP.
        settings: environment variables without the prefix GROUNDSWELL_; no others of that prefix
            reach it.
        log: file that takes its log.
    """

    def __init__(self, command: str, port: str, settings: Mapping[str, str], log: Path) -> None:
        self._command = command
        self._settings = settings
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        """Start it; it takes some seconds until it answers."""
        inherited = {
            k: v for k, v in os.environ.items() if not k.upper().startswith("GROUNDSWELL_")
        }
        own = {f"GROUNDSWELL_{name}": value for name, value in self._settings.items()}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- a command of ours
                [sys.executable, "-P", "-m", "streams.cli.tether", self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=inherited | own,
                start_new_session=True,  # Ctrl-C is for the demo, which stops it in its turn
            )
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        process, self._process = self._process, None
        if process is not None:
            let_go(process, _STOP_S)

    def ended(self) -> int | None:
        """Give the exit status if it has ended by itself."""
        return None if self._process is None else self._process.poll()

    def last_words(self) -> str:
        """Give the end of its log."""
        with self._log.open(encoding="utf-8", errors="replace") as lines:
            return "".join(deque(lines, _LAST_LINES))
