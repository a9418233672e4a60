"""The inbox: what the detectors of all series partitions published, in the order of event time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.alerts.kinds import LANE, WAITING
from streams.core.alerts.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.messages import Signal, Signals

_ORDER: Final = {"5m": 0, "1h": 1, "1d": 2}

Ticket = tuple[int, int]
"""A signal that waits: its series partition, and its number among all signals of that."""


class Step(NamedTuple):
    """The signals of the buckets of one grain that end at `end`, by series.

    `watched` is the number of series that were tested.
    """

    end: int
    signals: list[Signal]
    watched: int


class Inbox:
    """Joins the series partitions of one metric; a step is complete when all have passed it."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._lanes: dict[int, Lane] = {}
        self._waiting: dict[int, dict[Ticket, Signal]] = {}  # by the end of their step
        self._moved: set[int] = set()  # partitions whose lane changed
        self._came: dict[Ticket, Signal] = {}  # signals that began to wait
        self._gone: set[Ticket] = set()  # signals that ceased to

    def admit(self, signals: Signals) -> bool:
        """Keep the signals of one message until their step; False where they came before."""
        lane = self._lanes.setdefault(signals.partition, Lane())
        if not lane.admit(signals):
            return False
        for signal in signals.signals:
            self._admit(lane, signals.partition, signal)
        self._moved.add(signals.partition)
        return True

    def _admit(self, lane: Lane, partition: int, signal: Signal) -> None:
        ticket = partition, lane.number()
        self._came[ticket] = signal
        self._wait(ticket, signal)

    def _wait(self, ticket: Ticket, signal: Signal) -> None:
        self._waiting.setdefault(signal.reading.end, {})[ticket] = signal

    @property
    def through(self) -> int:
        """The event time that every partition has passed (0: not all have published)."""
        if len(self._lanes) < self._partitions:
            return 0
        return min(lane.through for lane in self._lanes.values())

    def first(self) -> int | None:
        """Return the end of the first complete step that has signals; None where there is none."""
        end = min(self._waiting, default=None)
        return end if end is not None and end <= self.through else None

    def pop(self, end: int) -> list[Step]:
        """Remove the signals of buckets that end at `end`: the shortest buckets first."""
        due = self._waiting.pop(end)
        for ticket in due:
            if self._came.pop(ticket, None) is None:
                self._gone.add(ticket)
        for partition, lane in self._lanes.items():
            if lane.advance(end):
                self._moved.add(partition)
        watched = sum(lane.watched for lane in self._lanes.values())
        found = [due[ticket] for ticket in sorted(due)]
        return [
            Step(
                end,
                sorted(
                    (signal for signal in found if signal.reading.grain == grain),
                    key=lambda signal: signal.reading.series,
                ),
                watched,
            )
            for grain in sorted({s.reading.grain for s in found}, key=_ORDER.__getitem__)
        ]

    def pending(self) -> int:
        """Count the rows that the next flush would write."""
        return len(self._moved) + len(self._came) + len(self._gone)

    def flush(self, metric: str, *, durable: bool) -> list[ChangelogRow]:
        """Return the rows of what changed (none if not `durable`), and forget that it did."""
        moved, self._moved = self._moved, set()
        came, self._came = self._came, {}
        gone, self._gone = self._gone, set()
        return list(self._rows(metric, moved, came, gone)) if durable else []

    def _rows(
        self, metric: str, moved: set[int], came: dict[Ticket, Signal], gone: set[Ticket]
    ) -> Iterator[ChangelogRow]:
        for partition in moved:
            yield LANE.key(metric, partition), LANE.encode(self._lanes[partition])
        for (partition, number), signal in came.items():
            yield WAITING.key(metric, partition, number), WAITING.encode(signal)
        for partition, number in gone:
            yield WAITING.key(metric, partition, number), None

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        kind, (_, *key), value = row
        if kind is WAITING:
            partition, number = key
            self._wait((partition, number), value)
            return
        (partition,) = key
        self._lanes[partition] = value
        for signal in value.pop_waiting():
            self._admit(value, partition, signal)
            self._moved.add(partition)
