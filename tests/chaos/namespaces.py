"""Three network namespaces in a row, and nothing of the machine's own network touched.

    workers                     wire                     brokers
    10.77.0.2 [near]------[near]    [far]------[far] 10.77.0.1

What is in them reaches the others through the wire only (see `wire`). They are named after this
process, made here, and gone at the end. It takes root on Linux, and `ip` of iproute2.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from typing import Final, Self

TOOL: Final = "ip"
BROKERS: Final = "10.77.0.1"
WORKERS: Final = "10.77.0.2"
_MASK: Final = 30


def missing() -> str | None:
    """Say why there can be none; None if there can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "network namespaces need Linux and `ip` of iproute2"
    return None if os.geteuid() == 0 else "network namespaces need root"


def ip(*arguments: str, check: bool = True) -> str:
    """Run `ip`.

    Raises:
        RuntimeError: it failed; the message has what it said.
    """
    ended = subprocess.run((TOOL, *arguments), check=False, capture_output=True, text=True)
    if check and ended.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {ended.stderr.strip()}")
    return ended.stdout


class Namespaces:
    """Makes them; use as a context manager. `workers`, `wire` and `brokers` are their names."""

    def __init__(self) -> None:
        stem = f"groundswell-{os.getpid()}"
        self.workers, self.wire, self.brokers = (
            f"{stem}-{name}" for name in ("workers", "wire", "brokers")
        )

    def __enter__(self) -> Self:
        try:
            for name in (self.workers, self.wire, self.brokers):
                ip("netns", "add", name)
                ip("-n", name, "link", "set", "lo", "up")
            self._connect(self.workers, WORKERS, "near")
            self._connect(self.brokers, BROKERS, "far")
            # A cut is to lose packets, not to make neighbours unknown.
            self._introduce(self.workers, "near", BROKERS, self.brokers, "far")
            self._introduce(self.brokers, "far", WORKERS, self.workers, "near")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take them away, and end what still runs in them."""
        for name in (self.workers, self.wire, self.brokers):
            for process in ip("netns", "pids", name, check=False).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process), signal.SIGKILL)
            ip("netns", "delete", name, check=False)

    def _connect(self, end: str, address: str, interface: str) -> None:
        """Lay a cable from a namespace to the wire: both of its ends have the same name."""
        peer = ("peer", "name", interface, "netns", self.wire)
        ip("-n", end, "link", "add", interface, "type", "veth", *peer)
        ip("-n", end, "address", "add", f"{address}/{_MASK}", "dev", interface)
        for name in (end, self.wire):
            ip("-n", name, "link", "set", interface, "up")

    @staticmethod
    def _introduce(end: str, interface: str, address: str, other: str, theirs: str) -> None:
        brief = ip("-n", other, "-brief", "link", "show", "dev", theirs)
        hardware = brief.split()[2]
        neighbour = ("neighbour", "replace", address, "lladdr", hardware)
        ip("-n", end, *neighbour, "dev", interface, "nud", "permanent")


def inside(name: str) -> list[str]:
    """Give what goes ahead of a command that is to run in a namespace."""
    return ["ip", "netns", "exec", name]
