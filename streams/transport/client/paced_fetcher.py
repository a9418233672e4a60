"""A fetcher whose requests are answered at marks of the clock, with all that has come by then.

Asked for records as soon as there are any, a broker answers with one or two, a hundred times a
second, and each answer costs what a full one does. Asked to wait, it answers at once where there
is much to read, and else when it was told to: a moment before the next mark.

    marks of flushes    |               |               |
    answers            ^   ^   ^   ^   ^   ^   ^   ^   ^   `EVERY`, `AHEAD` of a mark

Whatever came before a mark at which input is flushed is so in that flush.
"""

from __future__ import annotations

import time
from typing import Final

from aiokafka.consumer.fetcher import Fetcher

EVERY: Final = 0.125
"""Wall seconds between two answers: a part of an interval between flushes."""
AHEAD: Final = 0.03
"""Wall seconds by which an answer comes before a mark: so long it takes to be on its way."""
MUCH: Final = 1 << 19
"""Bytes, compressed, for which no broker waits: less than it hands out of one partition at once."""


class PacedFetcher(Fetcher):  # type: ignore[misc] # aiokafka is untyped
    """Takes the place of a fetcher that has not begun; the rest is aiokafka's."""

    @property
    def _fetch_max_wait_ms(self) -> int:
        return wait_ms(time.time())


def wait_ms(wall: float) -> int:
    """Return for how many milliseconds from `wall` (epoch seconds) an answer is to wait."""
    return 1 + int((EVERY - (wall + AHEAD) % EVERY) * 1000)
