"""How far each series partition has published what its detectors found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.core.messages import Signal

if TYPE_CHECKING:
    from streams.core.messages import Signals


class Lane(msgspec.Struct, array_like=True):
    """How far one series partition has published.

    `watched` series are tested from the end of the last step on; `later` has the days at whose end
    that changes. `signals` counts all there ever were. `waiting` has what waits for the other
    partitions, in rows of before version 4: it may be more than one row can hold.
    """

    through: int = 0
    waiting: list[Signal] = []  # msgspec makes a fresh one for each
    watched: int = 0
    later: list[tuple[int, int]] = []
    signals: int = 0

    def admit(self, message: Signals) -> bool:
        """Note how far a message goes; False where it is no further than before."""
        if message.through <= self.through:
            return False
        self.through = message.through
        self.later.extend(message.watched)
        return True

    def number(self) -> int:
        """Return the number of the next signal."""
        self.signals += 1
        return self.signals - 1

    def pop_waiting(self) -> list[Signal]:
        """Remove what an older row had waiting."""
        waiting, self.waiting = self.waiting, []
        return waiting

    def advance(self, end: int) -> bool:
        """Count the series as of `end`; False where that changes nothing."""
        changed = False
        while self.later and self.later[0][0] <= end:
            self.watched = self.later.pop(0)[1]
            changed = True
        return changed
