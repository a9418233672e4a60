"""The active customers, from the sign-ups and cancellations of all source partitions.

    signups        |--day--|--day--|--da..        every series partition is told of all of them:
    cancellations  |--day--|--day--|--d..         customers(D) = opening + came - left before D
    complaints     |--day--|--day--|              a day is judged once both have passed its start

A partition's count of a day replaces what it said of it before. Days that no partition can change
are added up, so the number depends on event time alone and what is held stays small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.detect.exposure import ALL
from streams.core.event_time.buckets import BASE, DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.aggregate.merged_watermark import MergedWatermark
    from streams.core.detect.exposure import Active
    from streams.core.messages import FlowCount

SIGN: Final = {"signups": 1, "cancellations": -1}
KEPT: Final = 400 * DAY
"""A partition that says nothing for so long can no longer change a day."""
EVER: Final = 1 << 62

FlowKey = tuple[int, str, int]
"""Day (epoch seconds), segment, source partition."""


class TopicFlows:
    """The counts of one topic. `changed` and `based` (segments) collect until `written`."""

    def __init__(self, progress: MergedWatermark, grace: int) -> None:
        self.progress = progress
        self.grace = grace
        self.parts: dict[FlowKey, int] = {}
        self.base: dict[str, int] = {}  # by segment: the days that are closed for good
        self.changed: set[FlowKey] = set()
        self.stored: set[FlowKey] = set()  # there is a row of it in the changelog

    def take(self, partition: int, flows: list[FlowCount]) -> None:
        """Take over what one source partition tells."""
        for day, segment, count in flows:
            self.parts[day, segment, partition] = count
            self.changed.add((day, segment, partition))

    @property
    def reached(self) -> int:
        """The event time before which a day must have begun to be judged."""
        if self.progress.all_idle():
            return EVER
        edge = self.progress.watermark - self.grace
        return max(0, edge - edge % DAY + DAY) if edge >= 0 else 0

    def before(self, day: int) -> dict[str, int]:
        """Count the events before `day` (epoch seconds), by segment."""
        counts = dict(self.base)
        for (start, segment, _), count in self.parts.items():
            if start < day:
                counts[segment] = counts.get(segment, 0) + count
        return counts

    def settle(self, stepped: int) -> Iterator[str]:
        """Add up the days before `stepped` that cannot change; yield the segments that got more."""
        frozen = self.progress.frozen(self.grace)
        if not self.progress.complete:
            return
        limit = min(stepped, max(min(frozen.values()) + BASE, max(frozen.values()) - KEPT))
        grown = set()
        for part in [part for part in self.parts if part[0] + DAY <= limit]:
            self.base[part[1]] = self.base.get(part[1], 0) + self.parts.pop(part)
            grown.add(part[1])
        yield from sorted(grown)


class CustomerBase:
    """The active customers by segment, day for day."""

    def __init__(self, opening: Mapping[str, int]) -> None:
        self._opening = opening
        self._day: int | None = None
        self._known: Active = {}
        self.flows: dict[str, TopicFlows] = {}

    def add(self, topic: str, progress: MergedWatermark, grace: int) -> TopicFlows:
        """Count the events of a topic, too."""
        flows = self.flows[topic] = TopicFlows(progress, grace)
        return flows

    @property
    def reached(self) -> int:
        """The event time before which every bucket may be judged."""
        return min(flows.reached for flows in self.flows.values())

    def on(self, day: int) -> Active:
        """Give the customers when `day` (epoch seconds) began, by segment; `ALL` has the total."""
        if day != self._day:
            found: Active = {segment: float(n) for segment, n in self._opening.items()}
            for topic, flows in self.flows.items():
                for segment, count in flows.before(day).items():
                    found[segment] = found.get(segment, 0.0) + SIGN[topic] * count
            found[ALL] = sum(found.values())
            self._day, self._known = day, found
        return self._known
