"""The feed: what the detectors of all series partitions said, in the order of event time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.messages import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.messages import Signals

_ORDER: Final = {"5m": 0, "1h": 1, "1d": 2}


class Step(NamedTuple):
    """All that was said of the buckets of one grain that end at `end`, by series.

    `watched` is the number of series that were tested.
    """

    end: int
    signals: list[Signal]
    watched: int


class Lane(msgspec.Struct, array_like=True):
    """What one series partition has told: how far it is, and what waits for the others.

    `watched` series are tested from the end of the last step popped; `later` has the days at whose
    end that changes.
    """

    through: int = 0
    waiting: list[Signal] = []  # msgspec makes a fresh one for each
    watched: int = 0
    later: list[tuple[int, int]] = []

    def advance(self, end: int) -> None:
        """Count the series as of `end`."""
        while self.later and self.later[0][0] <= end:
            self.watched = self.later.pop(0)[1]


class Feed:
    """Joins the series partitions of one metric; a step is complete when all have passed it."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self.lanes: dict[int, Lane] = {}
        self.changed: set[int] = set()

    def take(self, signals: Signals) -> bool:
        """Take one message; False where it tells nothing new."""
        lane = self.lanes.setdefault(signals.partition, Lane())
        if signals.through <= lane.through:
            return False
        lane.through = signals.through
        lane.waiting.extend(signals.signals)
        lane.later.extend(signals.watched)
        self.changed.add(signals.partition)
        return True

    @property
    def through(self) -> int:
        """The event time that every partition has passed (0: not all were heard of)."""
        if len(self.lanes) < self._partitions:
            return 0
        return min(lane.through for lane in self.lanes.values())

    def ends(self) -> list[int]:
        """Give the ends of the complete steps in which something was said, ascending."""
        through = self.through
        return sorted(
            {
                signal.reading.end
                for lane in self.lanes.values()
                for signal in lane.waiting
                if signal.reading.end <= through
            }
        )

    def pop(self, end: int) -> Iterator[Step]:
        """Take out what was said of buckets that end at `end`: the shortest first."""
        found: list[Signal] = []
        for partition, lane in self.lanes.items():
            lane.advance(end)
            due = [signal for signal in lane.waiting if signal.reading.end == end]
            if due:
                lane.waiting = [s for s in lane.waiting if s.reading.end != end]
                self.changed.add(partition)
                found.extend(due)
        watched = sum(lane.watched for lane in self.lanes.values())
        for grain in sorted({s.reading.grain for s in found}, key=_ORDER.__getitem__):
            own = [signal for signal in found if signal.reading.grain == grain]
            yield Step(end, sorted(own, key=lambda signal: signal.reading.series), watched)
