"""How far a family of metrics is: one watermark for each source topic that it depends on.

    signups         ----- 100 ----- 200 ----- 300 ------ 400 -    active
    changes         ----- 150 - idle -------------- 160 ------    idle, and awake again
    the family            100       200       300        300      never back

Each of the watermarks is merged from all partitions of its topic (`merged_watermark.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.event_time.buckets import BASE
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.aggregate.merged_watermark import MergedWatermark
    from streams.core.messages import Source


class WatermarkVector:
    """The merged watermarks of the topics that a family depends on, and the family's own.

    The family is as far as the slowest of its topics that is not idle; where all are idle,
    everything was read, so the latest one speaks for all. When the first of them wakes, the others
    count as idle only once all their partitions have reported so, for their next events may be
    on the way; so it is after a take-over. The family's watermark never goes back.

    With one topic it is that topic's watermark. `topics` are shared with other families; whoever
    keeps them passes each message to them first, and then calls `advance`.
    """

    def __init__(self, topics: Mapping[str, MergedWatermark]) -> None:
        self.topics = topics
        self.watermark = NEVER
        self._confirmed: set[tuple[str, int]] = set()
        """Topics and partitions that have reported since the first one woke."""
        self._at_rest = False

    def advance(self, source: Source) -> None:
        """Move on, as far as a message from `source` allows."""
        if self._at_rest and not source.idle:
            self._confirmed.clear()
        self._confirmed.add((source.topic, source.partition))
        self._move()

    def restore(self, watermark: int) -> None:
        """Restore the family's own watermark."""
        self.watermark = watermark

    def restored(self) -> None:
        """Go on from restored watermarks: its own, if it had one, and those of its topics."""
        self._move()

    @property
    def clock(self) -> int:
        """Event time now: it goes on with the wall clock while every topic is idle."""
        known = [t.elapsed for t in self.topics.values() if t.watermark != NEVER]
        return self.watermark + min(known, default=0)

    def passed(self) -> int:
        """Return the event time that every partition of every topic has passed, idle or not."""
        return min(topic.passed() for topic in self.topics.values())

    def frozen(self, grace: int) -> dict[int, int]:
        """Return the start of the last 5 minutes that can no longer change, by source partition."""
        several = [topic.frozen(grace) for topic in self.topics.values()]
        partitions = set().union(*several)
        never = NEVER - grace - BASE
        return {p: min(frozen.get(p, never) for frozen in several) for p in partitions}

    def frozen_by(self, source: Source, grace: int) -> int:
        """Return what `frozen` will say of the partition of a message that is not merged yet."""
        watermark = source.watermark
        for name, topic in self.topics.items():
            if name != source.topic:
                watermark = min(watermark, topic.watermark_of(source.partition))
        return watermark - grace - BASE

    def late(self, day: int) -> int:
        """Count the events of a day (its start in epoch seconds) that came too late."""
        return sum(topic.late(day) for topic in self.topics.values())

    def _move(self) -> None:
        topics = self.topics
        active = [t.watermark for name, t in topics.items() if not self._is_idle(name)]
        reached = min(active) if active else max(t.watermark for t in topics.values())
        self.watermark = max(self.watermark, reached)
        self._at_rest = all(topic.all_idle() for topic in topics.values())

    def _is_idle(self, name: str) -> bool:
        topic = self.topics[name]
        return topic.all_idle() and all((name, p) in self._confirmed for p in topic.sources)
