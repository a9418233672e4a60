"""The door: a fetched batch of one source topic is decoded, checked and grouped in one loop."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from zlib import crc32

from schemas import wire
from schemas.metrics import Metric
from schemas.topics import CORRECTIONS
from streams.core.catalogue import TOPICS, Labels, labels_of
from streams.core.event_time.buckets import BASE, DAY
from streams.core.event_time.watermark import Watermark
from streams.core.ingest.deduplicate import Deduplicator
from streams.core.ingest.time_range import out_of_range
from streams.core.sketches import fingerprints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.config import Tables
    from streams.core.stage import Record

LATE_DAYS = 400
"""So many days with late events are told apart; on an older day they are only counted."""


class Group:
    """Events of a batch that count for the same bucket, metric, labels and currency."""

    __slots__ = ("amount", "count", "customers", "prints", "texts")

    def __init__(self) -> None:
        self.count = 0
        self.amount = 0
        self.customers: list[str] = []
        self.prints: list[bytes] = []
        self.texts: list[tuple[int, str]] = []


Groups = dict[tuple[int, Metric, Labels, str | None], Group]


class Decoder:
    """One source topic of one partition: what was read of it, and what came of it.

    Every event received is folded, refused, late or a duplicate: `outcomes` adds up to what was
    received. `refusals` and `late` hold messages for the side topics until they are taken. A print
    is made of each event of a `detailed` topic.
    """

    def __init__(
        self, topic: str, partition: int, tables: Tables, *, detailed: bool = False
    ) -> None:
        self.topic = topic
        self._detailed = detailed
        self.partition = partition
        self.grace = tables.grace
        self.tolerance = tables.future_tolerance
        self.watermark = Watermark(tables.jump)
        self.seen = Deduplicator(max(tables.grace + BASE, tables.duplicate_horizon))
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.late_days: Counter[int] = Counter()
        self.late_changed: set[int] = set()
        self.refusals: list[tuple[bytes, bytes]] = []
        self.late: list[tuple[bytes, bytes]] = []
        self.waiting_bytes = 0
        self._decode = wire.decoders[topic]
        self._labels = labels_of(topic)
        self._measure = TOPICS[topic].measure

    @property
    def frozen(self) -> int:
        """The start of the latest bucket that this partition can no longer change."""
        return self.watermark.at - self.grace - BASE

    def take(  # noqa: C901, PLR0912 - the hot loop: a call for each event would cost more
        self, records: Sequence[Record], wall: float
    ) -> Groups:
        """Decode, check and group one batch; `wall` is epoch seconds."""
        groups: Groups = {}
        decode, labels_of_event, measure = self._decode, self._labels, self._measure
        watermark, ids, add = self.watermark, self.seen.ids, self.seen.add
        detailed, make = self._detailed, fingerprints.make
        frozen, latest = self.frozen, wall + self.tolerance
        nested = self.topic == CORRECTIONS
        folded = duplicates = 0
        for record in records:
            try:
                event = decode(record.value)
            except wire.REFUSED:
                self._refuse(record, wall)
                continue
            time = int(event.occurred_at.timestamp())
            if nested or not 0 <= time <= latest:
                untimely = out_of_range(event, latest)
                if untimely is not None:
                    self._refuse(record, wall, untimely)
                    continue
            event_id = event.event_id
            if event_id in ids:
                duplicates += 1
                continue
            bucket = time - time % BASE
            if bucket <= frozen:
                self._note_late(record, time)
                continue
            add(event_id, time)
            if time > watermark.at or watermark.ahead:
                watermark.see(time)
                frozen = self.frozen
                if watermark.at >= self.seen.due:
                    self.seen.forget(watermark.at)
            folded += 1
            labels = labels_of_event(event)
            for metric, amount, currency in measure(event):
                key = (bucket, metric, labels, currency)
                group = groups.get(key)
                if group is None:
                    group = groups[key] = Group()
                group.count += 1
                group.amount += amount
                if event.customer_id is not None:
                    group.customers.append(event.customer_id)
                text = getattr(event, "text", None)
                if text:
                    group.texts.append((crc32(event_id.encode()), text))
                if detailed:
                    group.prints.append(make(event_id, event.customer_id, text, time))
        self.outcomes["folded"] += folded
        self.outcomes["duplicate"] += duplicates
        return groups

    def _refuse(self, record: Record, wall: float, known: wire.Refusal | None = None) -> None:
        refusal = known or wire.refusal(self.topic, record.value)
        self.outcomes["refused"] += 1
        self.reasons[refusal.reason] += 1
        letter = wire.encode_deadletter(
            reason=refusal.reason,
            detail=refusal.detail,
            topic=self.topic,
            partition=self.partition,
            offset=record.offset,
            key=record.key,
            payload=record.value,
            at=int(wall),
        )
        self.refusals.append((self._origin(record), letter))
        self.waiting_bytes += len(letter)

    def _note_late(self, record: Record, time: int) -> None:
        self.outcomes["late"] += 1
        day = time - time % DAY
        self.late_days[day] += 1
        self.late_changed.add(day)
        if len(self.late_days) > LATE_DAYS:
            del self.late_days[min(self.late_days)]
        late = wire.encode_late(
            topic=self.topic,
            partition=self.partition,
            offset=record.offset,
            payload=record.value or b"",
            occurred_at=time,
            watermark=self.watermark.at,
        )
        self.late.append((self._origin(record), late))
        self.waiting_bytes += len(late)

    def _origin(self, record: Record) -> bytes:
        return wire.origin_key(self.topic, self.partition, record.offset)
