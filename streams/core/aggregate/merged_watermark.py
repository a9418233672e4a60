"""How far a topic is, by what all its source partitions have reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.event_time.buckets import BASE
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.messages import Source

IDLE_REPORT_HOLDS: Final = 4
"""Idle timeouts that a partition counts as idle after its last report: it reports at each."""


class SourceState(msgspec.Struct, array_like=True):
    """The last report of one source partition; `late` counts too-late events by day."""

    flush: int = 0
    part: int = -1
    watermark: int = NEVER
    idle: bool = False
    late: dict[int, int] = {}  # msgspec makes a fresh one for each


class MergedWatermark:
    """The watermark of a topic: that of the slowest partition which is not idle.

    Before every partition has reported there is none. Where all are idle everything was read, so
    the latest one speaks for all. When the first of them wakes, the others count as idle only
    once they have reported so again: their next events may be on the way. One that is mute while
    idle (its task stopped, its worker is gone) soon holds the watermark back as any other: nobody
    knows what it has not read. The watermark never goes back. `elapsed` are the wall seconds since
    all became idle: windows age though nothing happens. `idle_timeout` in wall seconds.
    """

    def __init__(self, partitions: int, idle_timeout: float) -> None:
        self._partitions = partitions
        self._idle_timeout = idle_timeout
        self._silent: dict[int, tuple[tuple[int, int], float]] = {}
        self._ticked: float | None = None
        self.sources: dict[int, SourceState] = {}
        self.watermark = NEVER
        self.elapsed = 0
        self._quiet_at: float | None = None

    def is_newer(self, source: Source) -> bool:
        """Return whether a message is later than all that came from its partition, and note it."""
        state = self.sources.setdefault(source.partition, SourceState())
        if (source.flush, source.part) <= (state.flush, state.part):
            return False
        state.flush, state.part = source.flush, source.part
        return True

    def advance(self, source: Source, late: Mapping[int, int]) -> None:
        """Move on with a partition whose cells were merged; `late` are late events by day."""
        state = self.sources[source.partition]
        if not source.idle and self.all_idle():
            for other in self.sources.values():
                other.idle = False
        state.watermark = max(state.watermark, source.watermark)
        state.idle = source.idle
        state.late.update(late)
        if not source.idle:
            self._quiet_at, self.elapsed = None, 0
        if len(self.sources) < self._partitions:
            return
        active = [s.watermark for s in self.sources.values() if not s.idle]
        reached = min(active) if active else max(s.watermark for s in self.sources.values())
        self.watermark = max(self.watermark, reached)

    def tick(self, wall: float) -> None:
        """Let the clock go on where every partition is idle; `wall` is epoch seconds."""
        self._doubt(wall)
        if not self.all_idle() or self.watermark == NEVER:
            self._quiet_at = None
        elif self._quiet_at is None:
            self._quiet_at = wall - self.elapsed
        else:
            self.elapsed = int(wall - self._quiet_at)

    def _doubt(self, wall: float) -> None:
        # A leap of the clock is a time in which nothing was read because we did not read.
        passed = wall - (wall if self._ticked is None else self._ticked)
        listened = min(max(passed, 0.0), self._idle_timeout)
        self._ticked = wall
        for partition, state in self.sources.items():
            report = state.flush, state.part
            last, seconds = self._silent.get(partition, (report, 0.0))
            seconds = 0.0 if report != last else seconds + listened
            self._silent[partition] = report, seconds
            if seconds > IDLE_REPORT_HOLDS * self._idle_timeout:
                state.idle = False

    def restore(self, watermark: int) -> None:
        """Go on from a stored watermark."""
        self.watermark = watermark

    def restore_source(self, partition: int, state: SourceState) -> None:
        """Restore the last report of a source partition."""
        self.sources[partition] = state

    @property
    def complete(self) -> bool:
        """Whether every source partition has reported."""
        return len(self.sources) == self._partitions

    def all_idle(self) -> bool:
        """Return whether every source partition is read to its end and quiet."""
        return self.complete and all(s.idle for s in self.sources.values())

    def passed(self) -> int:
        """Return the event time that every source partition has passed, idle or not."""
        if len(self.sources) < self._partitions:
            return NEVER
        return min(state.watermark for state in self.sources.values())

    def watermark_of(self, partition: int) -> int:
        """Return the watermark of one source partition."""
        state = self.sources.get(partition)
        return NEVER if state is None else state.watermark

    def frozen(self, grace: int) -> dict[int, int]:
        """Return the start of the last 5 minutes that can no longer change, by source partition."""
        return {p: s.watermark - grace - BASE for p, s in self.sources.items()}

    def late(self, day: int) -> int:
        """Count the events of a day that came too late."""
        return sum(s.late.get(day, 0) for s in self.sources.values())
