"""The inbox: what the detectors of all series partitions said, in the order of event time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.messages import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.messages import Signals

_ORDER: Final = {"5m": 0, "1h": 1, "1d": 2}

Ticket = tuple[int, int]
"""A signal that waits: its series partition, and its number among all signals of that."""


class Step(NamedTuple):
    """All that was said of the buckets of one grain that end at `end`, by series.

    `watched` is the number of series that were tested.
    """

    end: int
    signals: list[Signal]
    watched: int


class Lane(msgspec.Struct, array_like=True):
    """How far one series partition has told.

    `watched` series are tested from the end of the last step popped; `later` has the days at whose
    end that changes. `signals` counts all it ever told. `waiting` has what waits for the other
    partitions, in rows of before version 4: it may be more than one row can hold.
    """

    through: int = 0
    waiting: list[Signal] = []  # msgspec makes a fresh one for each
    watched: int = 0
    later: list[tuple[int, int]] = []
    signals: int = 0

    def advance(self, end: int) -> None:
        """Count the series as of `end`."""
        while self.later and self.later[0][0] <= end:
            self.watched = self.later.pop(0)[1]


class Inbox:
    """Joins the series partitions of one metric; a step is complete when all have passed it.

    `waiting` has what is not due, by the end of its step. `changed` names the partitions that told
    something, `came` and `gone` the signals that began and ceased to wait, until they are cleared.
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self.lanes: dict[int, Lane] = {}
        self.waiting: dict[int, dict[Ticket, Signal]] = {}
        self.changed: set[int] = set()
        self.came: dict[Ticket, Signal] = {}
        self.gone: set[Ticket] = set()

    def take(self, signals: Signals) -> bool:
        """Take one message; False where it tells nothing new."""
        lane = self.lanes.setdefault(signals.partition, Lane())
        if signals.through <= lane.through:
            return False
        lane.through = signals.through
        lane.later.extend(signals.watched)
        for signal in signals.signals:
            self._admit(lane, signals.partition, signal)
        self.changed.add(signals.partition)
        return True

    def restore(self, partition: int, lane: Lane) -> None:
        """Take over what is known of a partition."""
        self.lanes[partition] = lane
        for signal in lane.waiting:
            self._admit(lane, partition, signal)
            self.changed.add(partition)
        lane.waiting = []

    def wait(self, ticket: Ticket, signal: Signal) -> None:
        """Let a signal wait for its step."""
        self.waiting.setdefault(signal.reading.end, {})[ticket] = signal

    def _admit(self, lane: Lane, partition: int, signal: Signal) -> None:
        ticket = partition, lane.signals
        lane.signals += 1
        self.came[ticket] = signal
        self.wait(ticket, signal)

    @property
    def through(self) -> int:
        """The event time that every partition has passed (0: not all were heard of)."""
        if len(self.lanes) < self._partitions:
            return 0
        return min(lane.through for lane in self.lanes.values())

    def first(self) -> int | None:
        """Give the end of the first complete step in which something was said, if there is one."""
        end = min(self.waiting, default=None)
        return end if end is not None and end <= self.through else None

    def pop(self, end: int) -> Iterator[Step]:
        """Take out what was said of buckets that end at `end`: the shortest first."""
        due = self.waiting.pop(end)
        for ticket in due:
            if self.came.pop(ticket, None) is None:
                self.gone.add(ticket)
        for partition, lane in self.lanes.items():
            if lane.later and lane.later[0][0] <= end:
                lane.advance(end)
                self.changed.add(partition)
        watched = sum(lane.watched for lane in self.lanes.values())
        found = [due[ticket] for ticket in sorted(due)]
        for grain in sorted({s.reading.grain for s in found}, key=_ORDER.__getitem__):
            own = [signal for signal in found if signal.reading.grain == grain]
            yield Step(end, sorted(own, key=lambda signal: signal.reading.series), watched)
