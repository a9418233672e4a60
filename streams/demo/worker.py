"""The demo's worker: `groundswell worker` in a process of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections import deque
from typing import TYPE_CHECKING, Final, Self

from streams.tether import let_go

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_EVENTS: Final = re.compile(r"^groundswell_events_total\{(.*)\} (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
_STOP_S: Final = 20.0
_LAST_LINES: Final = 25


class WorkerProcess:
    """A worker that lives as long as the `with` block, or as the process that holds it.

    Args:
        settings: environment variables without the prefix GROUNDSWELL_; no others of that prefix
            reach the worker.
        log: file that takes its log.
    """

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        self._settings = settings
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{settings['WORKER__PORT']}"

    def __enter__(self) -> Self:
        """Start it; it takes some seconds until `ready`."""
        inherited = {
            k: v for k, v in os.environ.items() if not k.upper().startswith("GROUNDSWELL_")
        }
        own = {f"GROUNDSWELL_{name}": value for name, value in self._settings.items()}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streams.cli.tether", "worker"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=inherited | own,
                start_new_session=True,  # Ctrl-C is for the demo, which stops it in its turn
            )
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it: it flushes, commits and leaves."""
        process, self._process = self._process, None
        if process is not None:
            let_go(process, _STOP_S)

    def ready(self) -> bool:
        """Tell whether it has its partitions and does its work."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)  # noqa: PLR2004
        except OSError:
            return False

    def folded(self, topics: Iterable[str]) -> dict[str, int]:
        """Ask its metrics how many events of some topics were accepted.

        Raises:
            OSError: it does not answer.
        """
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:  # noqa: S310
            text = answer.read().decode()
        found = dict.fromkeys(topics, 0)
        for labels, count in _EVENTS.findall(text):
            told = dict(_LABEL.findall(labels))
            if told["topic"] in found and told["outcome"] == "folded":
                found[told["topic"]] += int(float(count))
        return found

    def ended(self) -> int | None:
        """Give the exit status if it has ended by itself."""
        return None if self._process is None else self._process.poll()

    def last_words(self) -> str:
        """Give the end of its log."""
        with self._log.open(encoding="utf-8", errors="replace") as lines:
            return "".join(deque(lines, _LAST_LINES))


def free_port(wanted: int) -> int:
    """Give `wanted` if nobody listens there on 127.0.0.1, else any free port."""
    with socket.socket() as probe:
        if os.name == "posix":  # elsewhere it would let us take a port in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
