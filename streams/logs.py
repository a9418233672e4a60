"""Logging of the commands: to standard error, and a library that repeats itself is cut short."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET_SECONDS = 10.0
"""A broker that is down makes each of a dozen clients say so ten times a second."""


class Repeats(logging.Filter):
    """Lets the same message of a library through once in `QUIET_SECONDS`, then with a count.

    `clock` gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[tuple[str, object], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Decide about one record; our own always pass."""
        if record.name.split(".", 1)[0] == "streams":
            return True
        key = (record.name, record.msg if record.args else record.msg[:40])
        now = self._clock()
        since, silent = self._told.get(key, (float("-inf"), 0))
        if now - since < QUIET_SECONDS:
            self._told[key] = (since, silent + 1)
            return False
        self._told[key] = (now, 0)
        if silent:
            record.msg = f"{record.getMessage()} (and {silent} times more)"
            record.args = None
        return True


def configure(level: str = "INFO", process: str | None = None) -> None:
    """Log our own lines from `level` on and the libraries' warnings, to standard error.

    Lines name the `process`, where there are several.
    """
    handler = logging.StreamHandler()
    name = "" if process is None else f"[{process}] "
    handler.setFormatter(
        logging.Formatter(f"%(asctime)s %(levelname).1s {name}%(name)s: %(message)s")
    )
    handler.addFilter(Repeats())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("streams").setLevel(level)
    logging.getLogger("mode.timers").setLevel(logging.ERROR)  # late timers: a flush takes its time
