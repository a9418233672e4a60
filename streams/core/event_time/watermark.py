"""How far one topic-partition has read, in event time."""

from __future__ import annotations

from typing import Final

NEVER: Final = 0
"""The watermark before the first event."""

EVENTS_THAT_CONFIRM_A_JUMP: Final = 3
"""Events in a row beyond a jump that make it believed."""


class Watermark:
    """The event time up to which one topic-partition is believed complete, epoch seconds.

    It follows the latest event. A jump of more than `jump` seconds needs three events in a row
    beyond it, so that a few wrongly dated ones do not make everything after them late. The first
    event is believed.
    """

    __slots__ = ("ahead", "at", "jump")

    def __init__(self, jump: int, at: int = NEVER, ahead: list[int] | None = None) -> None:
        self.jump = jump
        self.at = at
        self.ahead = ahead or []

    def restore(self, at: int, ahead: list[int]) -> None:
        """Go on from stored state: the watermark, and the times that were beyond a jump."""
        self.at, self.ahead = at, ahead

    def see(self, time: int) -> None:
        """Move on with one event at `time` (epoch seconds); it never goes back."""
        if self.at == NEVER or time - self.at <= self.jump:
            self.at = max(self.at, time)
            self.ahead = []
            return
        self.ahead.append(time)
        if len(self.ahead) >= EVENTS_THAT_CONFIRM_A_JUMP:
            self.at = min(self.ahead)
            self.ahead = []
