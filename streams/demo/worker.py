"""The demo's worker: `groundswell worker` in a process of its own."""

from __future__ import annotations

import os
import re
import socket
import urllib.request
from typing import TYPE_CHECKING, Final

from streams.demo.process import CommandProcess

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_EVENTS: Final = re.compile(r"^groundswell_events_total\{(.*)\} (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')


class WorkerProcess(CommandProcess):
    """A worker that lives as long as the `with` block, or as the process that holds it.

    Args:
        settings: environment variables without the prefix GROUNDSWELL_; no others of that prefix
            reach the worker.
        log: file that takes its log.
    """

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        super().__init__("worker", settings["WORKER__PORT"], settings, log)

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
