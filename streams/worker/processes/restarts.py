"""Whether a process that ended is started again, and when: the rule alone."""

from __future__ import annotations

from typing import Final

STEADY: Final = 300.0
"""Wall seconds after which a process that ends has not ended for how it was started."""

MOST: Final = 5
"""So many times in a row may one end sooner than that and be started again."""

FIRST: Final = 0.5
LONGEST: Final = 30.0
"""Wall seconds until the first start after an end, each next one twice as many, and at most."""


_KILL: Final = -9


class Restarts:
    """Counts the ends of one process; see the constants for the rule."""

    def __init__(self) -> None:
        self.in_a_row = 0

    def ended(self, lived: float) -> float | None:
        """Note that it ended after so many seconds; gives those to wait, or None: no more."""
        self.in_a_row = 1 if lived >= STEADY else self.in_a_row + 1
        if self.in_a_row > MOST:
            return None
        return min(FIRST * 2.0 ** (self.in_a_row - 1), LONGEST)


def how(status: int) -> str:
    """Say how a process ended, by its exit status as Python gives it: below 0 is a signal.

    >>> how(1), how(-9), how(-15)
    ('ended with status 1', 'was killed by signal 9 (out of memory?)', 'was killed by signal 15')
    """
    if status >= 0:
        return f"ended with status {status}"
    return f"was killed by signal {-status}{' (out of memory?)' if status == _KILL else ''}"
