"""The changelog of what belongs to no table: how far topics and families are, and what flowed.

The kinds of rows are declared in `streams.core.aggregate.kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.aggregate.kinds import CUSTOMER_FLOW, PROGRESS, SETTLED_FLOW, SOURCE
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from streams.core.aggregate.family import FamilyTables
    from streams.core.aggregate.merged_watermark import MergedWatermark
    from streams.core.aggregate.stock import StockLevel, TopicFlows
    from streams.core.changelog import ChangelogRow, StoredRow

ALL_SETTLED_DAYS: Final = "base"
"""Stands in a key for all the days of a flow that were added up."""


class ProgressRows:
    """Writes and reads how far source topics and families are, and the flows of the stock.

    A family and a source topic of one name share a row: they have the same watermark.
    """

    def __init__(
        self,
        topics: Mapping[str, MergedWatermark],
        families: Mapping[str, FamilyTables],
        stock: StockLevel | None,
    ) -> None:
        self._topics = topics
        self._families = families
        self._flows: Mapping[str, TopicFlows] = {} if stock is None else stock.flows

    def changed(self, topics: Collection[str], families: Collection[str]) -> Iterator[ChangelogRow]:
        """Yield the rows of some topics and families."""
        for topic in topics:
            for partition, state in self._topics[topic].sources.items():
                yield SOURCE.key(topic, partition), SOURCE.encode(state)
            if topic in self._flows:
                for (day, segment, partition), count in self._flows[topic].drain_changed():
                    key = CUSTOMER_FLOW.key(topic, day, segment, partition)
                    yield key, CUSTOMER_FLOW.encode(count)
        for name in dict.fromkeys((*topics, *families)):
            yield PROGRESS.key(name), PROGRESS.encode(self._progress(name))

    def forget(self, topics: Collection[str], stepped: int) -> Iterator[ChangelogRow]:
        """Add up the days of flows that can no longer change, with their rows.

        `stepped` is the event time that every detector of the stage has passed.
        """
        for topic in topics:
            if topic in self._flows:
                flows = self._flows[topic]
                for segment, count in flows.settle(stepped):
                    key = SETTLED_FLOW.key(topic, ALL_SETTLED_DAYS, segment)
                    yield key, SETTLED_FLOW.encode(count)
                for part in flows.drain_settled():
                    yield CUSTOMER_FLOW.key(topic, *part), None

    def restore(self, row: StoredRow) -> None:
        """Restore what one row has; after the last row comes `restored`."""
        kind, (name, *key), value = row
        if kind is SOURCE:
            self._topics[name].restore_source(key[0], value)
        elif kind is PROGRESS:
            watermark, stepped = value
            if name in self._topics:
                self._topics[name].restore(watermark)
            if name in self._families:
                self._families[name].restore_progress(watermark, stepped)
        elif name not in self._flows:
            return  # it was written when the stock was kept
        elif kind is SETTLED_FLOW:
            self._flows[name].restore_settled(key[1], value)
        elif kind is CUSTOMER_FLOW:
            day, segment, partition = key
            self._flows[name].restore((day, segment, partition), value)

    def restored(self) -> None:
        """Let the families that are new here begin where their topics are."""
        for tables in self._families.values():
            tables.progress.restored()

    def _progress(self, name: str) -> tuple[int, int]:
        """Return watermark and last step of the family and the topic of a name."""
        if name not in self._families:
            return self._topics[name].watermark, NEVER
        tables = self._families[name]
        return tables.progress.watermark, tables.detection.stepped
