"""The headcount: who came and who left, by day and segment, as one source partition has seen it.

Counts are cumulative and told to every series partition: each needs all customers for its rates.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY
from streams.core.series_key import OTHER, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.ingest.decode import Groups
    from streams.core.messages import FlowCount

COUNTED: Final = ("signups", "cancellations")
"""The topics, and their metrics, that make the number of customers."""


CAP: Final = 10_000
"""Days and segments that are told apart; the rest are counted under `other`."""


class CustomerFlow:
    """Events of one topic by day (epoch seconds) and segment, until the day is frozen."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[int, str]] = Counter()
        self.changed: set[tuple[int, str]] = set()
        self.stored: set[tuple[int, str]] = set()  # there is a row of it in the changelog

    def fold(self, groups: Groups) -> None:
        """Add the groups of a batch."""
        for (bucket, metric, labels, _), group in groups.items():
            if metric in COUNTED:
                day = bucket - bucket % DAY
                key = day, labels[0] or UNKNOWN  # the segment comes first
                if key not in self.counts and len(self.counts) >= CAP:
                    key = day, OTHER
                self.counts[key] += group.count
                self.changed.add(key)

    def news(self) -> list[FlowCount]:
        """Give what changed since it was forgotten last: day, segment, count so far."""
        return [(day, segment, self.counts[day, segment]) for day, segment in sorted(self.changed)]

    def forget(self, frozen: int) -> Iterator[tuple[int, str]]:
        """Drop the days that can no longer change; yield those that have rows."""
        self.changed.clear()
        for key in [key for key in self.counts if key[0] + DAY <= frozen]:
            del self.counts[key]
            if key in self.stored:
                self.stored.remove(key)
                yield key
