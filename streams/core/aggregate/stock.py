"""A stock, from the flows of all source partitions: what there is when a day begins.

    signups        |--day--|--day--|--da..        every series partition is sent all flows:
    cancellations  |--day--|--day--|--d..         stock(D) = opening + came - left before D
    complaints     |--day--|--day--|              a day is judged once both have passed its start

A partition's count of a day replaces the one it sent before. Days that no partition can change are
added up, so the stock depends on event time alone and what is held stays small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.catalogue import TOPIC_OF
from streams.core.detect.exposure import ALL
from streams.core.event_time.buckets import BASE, DAY
from streams.core.event_time.zone import UTC_ZONE, Zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.aggregate.merged_watermark import MergedWatermark
    from streams.core.detect.exposure import Active
    from streams.core.messages import FlowCount, Source
    from streams.core.stock import Stock

QUIET_PARTITION_HOLDS: Final = 400 * DAY
"""A partition that is so far behind the others (seconds) can no longer change a day."""
FOREVER: Final = 1 << 62
"""An event time that is never reached."""

FlowKey = tuple[int, str, int]
"""Day (epoch seconds), segment, source partition."""


class TopicFlows:
    """The flows that one source topic makes."""

    def __init__(self, watermark: MergedWatermark, grace: int, zone: Zone) -> None:
        self._zone = zone
        self._watermark = watermark
        self._grace = grace
        self._parts: dict[FlowKey, int] = {}
        self._settled: dict[str, int] = {}
        """By segment, the events of all days that are closed for good."""
        self._changed: set[FlowKey] = set()
        self._stored: set[FlowKey] = set()
        """Those of which a row stands in the changelog."""

    def merge(self, partition: int, flows: Iterable[FlowCount]) -> None:
        """Replace what one source partition has sent of these days and segments."""
        for day, segment, count in flows:
            self._parts[day, segment, partition] = count
            self._changed.add((day, segment, partition))

    @property
    def reached(self) -> int:
        """The event time before which a day must have begun to be judged."""
        if self._watermark.all_idle():
            return FOREVER
        edge = self._watermark.watermark - self._grace
        return max(0, self._zone.day_after(edge)) if edge >= 0 else 0

    def before(self, day: int) -> dict[str, int]:
        """Count the events before `day` (epoch seconds), by segment."""
        counts = dict(self._settled)
        for (start, segment, _), count in self._parts.items():
            if start < day:
                counts[segment] = counts.get(segment, 0) + count
        return counts

    def drain_changed(self) -> Iterator[tuple[FlowKey, int]]:
        """Yield what changed since the last call, with its count; it is then in the changelog."""
        for part in sorted(self._changed):
            self._stored.add(part)
            yield part, self._parts[part]
        self._changed.clear()

    def settle(self, stepped: int) -> Iterator[tuple[str, int]]:
        """Add up the days before `stepped` (epoch seconds) that no partition can change.

        Yields the segments that got more, with what they have now.
        """
        if not self._watermark.complete:
            return
        frozen = self._watermark.frozen(self._grace).values()
        limit = min(stepped, max(min(frozen) + BASE, max(frozen) - QUIET_PARTITION_HOLDS))
        grown = set()
        day_after = self._zone.day_after
        for part in [part for part in self._parts if day_after(part[0]) <= limit]:
            self._settled[part[1]] = self._settled.get(part[1], 0) + self._parts.pop(part)
            self._changed.discard(part)
            grown.add(part[1])
        for segment in sorted(grown):
            yield segment, self._settled[segment]

    def drain_settled(self) -> Iterator[FlowKey]:
        """Yield what was added up and still has a row of its own in the changelog."""
        for part in sorted(self._stored - self._parts.keys()):
            self._stored.discard(part)
            yield part

    def restore(self, part: FlowKey, count: int) -> None:
        """Restore a count of the changelog."""
        self._parts[part] = count
        self._stored.add(part)

    def restore_settled(self, segment: str, count: int) -> None:
        """Restore the sum of the settled days."""
        self._settled[segment] = count


class StockLevel:
    """A stock by segment, day for day: its opening, and what flowed in and out since."""

    def __init__(
        self,
        stock: Stock,
        opening: Mapping[str, int],
        watermarks: Mapping[str, MergedWatermark],
        grace: int,
        zone: Zone = UTC_ZONE,
    ) -> None:
        self._opening = opening
        self._signs = {TOPIC_OF[metric]: sign for metric, sign in stock.flows.items()}
        self._day: int | None = None
        self._known: Active = {}
        self.flows = {topic: TopicFlows(watermarks[topic], grace, zone) for topic in self._signs}
        """By the source topic that they come from."""

    def merge(self, source: Source, flows: Iterable[FlowCount]) -> None:
        """Merge the flows that a message from `source` brings."""
        if source.topic in self.flows:
            self.flows[source.topic].merge(source.partition, flows)

    @property
    def reached(self) -> int:
        """The event time before which the stock is known, so that buckets can be judged by it."""
        return min(flows.reached for flows in self.flows.values())

    def on(self, day: int) -> Active:
        """Return the stock when `day` (epoch seconds) began, by segment; `ALL` has the total."""
        if day != self._day:
            found: Active = {segment: float(n) for segment, n in self._opening.items()}
            for topic, flows in self.flows.items():
                for segment, count in flows.before(day).items():
                    found[segment] = found.get(segment, 0.0) + self._signs[topic] * count
            found[ALL] = sum(found.values())
            self._day, self._known = day, found
        return self._known
