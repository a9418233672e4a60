"""The demo's console: `groundswell console` in a process of its own."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
import webbrowser
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from streams.demo.process import CommandProcess
from streams.demo.worker import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PORT: Final = 6067
NEEDED: Final = ("fastapi", "uvicorn")
MOST_BEHIND: Final = 20_000
"""Rows: the embedded broker drops what was not read in time."""


class ConsoleProcess(CommandProcess):
    """A console over the demo's broker; its index is in `folder`."""

    def __init__(self, bootstrap: str, port: int, folder: Path) -> None:
        settings = {
            "KAFKA__BROKERS": bootstrap,
            "KAFKA__CHECK_CRCS": "false",  # the embedded broker's control records carry none
            "CONSOLE__PORT": str(port),
            "CONSOLE__DATA": str(folder / "console"),
        }
        super().__init__("console", str(port), settings, folder / "console.log")

    def behind(self) -> int | None:
        """Return how many rows it has yet to read; None while it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:  # noqa: S310
                found: int | None = json.load(answer)["behind"]
                return found
        except (OSError, ValueError):
            return None


def too_far(behind: int | None) -> bool:
    """Tell whether a console that is so many rows behind reads so slowly that all must wait."""
    return (behind or 0) > MOST_BEHIND


@contextmanager
def console_for(bootstrap: str, folder: Path, *, wanted: bool) -> Iterator[ConsoleProcess | None]:
    """Start a console where one is wanted, and what it needs is installed."""
    if not wanted or any(find_spec(name) is None for name in NEEDED):
        yield None
        return
    with ConsoleProcess(bootstrap, free_port(PORT), folder) as console:
        yield console


def open_in_browser(url: str) -> None:
    """Open a page, where there is a screen to show it on."""
    if os.name == "posix" and sys.platform != "darwin":
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return  # a browser of the terminal would take it over
    webbrowser.open(url)
