"""A real Alertmanager on loopback that tells a webhook at once."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from apache_kafka import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONFIG = """\
route:
  receiver: here
  group_by: [incident]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: here
    webhook_configs:
      - url: {url}
        send_resolved: true
"""
READY_SECONDS = 60.0


class Running(NamedTuple):
    """Where it listens."""

    url: str

    def alerts(self) -> list[dict[str, Any]]:
        """Give the alerts that it has."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=60) as answer:
            found: list[dict[str, Any]] = json.load(answer)
            return found


def program() -> str:
    """Give its path: ALERTMANAGER, or Debian's."""
    found = os.environ.get("ALERTMANAGER") or shutil.which("prometheus-alertmanager")
    if found:
        return found
    reason = "prometheus-alertmanager is not here; install the package of that name"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def alertmanager(home: Path, webhook: str) -> Iterator[Running]:
    """Run one that tells `webhook` of each group as soon as it changes."""
    (home / "alertmanager.yml").write_text(CONFIG.format(url=webhook))
    port = free_port()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program(),
                f"--config.file={home / 'alertmanager.yml'}",
                f"--storage.path={home / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        running = Running(f"http://127.0.0.1:{port}")
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                running.alerts()
                break
            except OSError:
                assert process.poll() is None, (home / "log").read_text()
                assert time.monotonic() < deadline, (home / "log").read_text()
                time.sleep(0.05)
        yield running
    finally:
        process.kill()
        process.wait()


async def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)
