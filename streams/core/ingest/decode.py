"""Decoding, checking and admitting: a fetched batch of a source topic becomes an accepted batch.

    fetched record --> decode --> time range --> duplicate --> late --> accepted, watermark moves
                         |            |              |           |
                     deadletter   deadletter      dropped    topic `late`

Nothing is counted here, and nowhere else is an event checked.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from schemas import wire
from schemas.topics import CORRECTIONS
from streams.core.catalogue import labels_of
from streams.core.event_time.buckets import BASE
from streams.core.event_time.watermark import Watermark
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.ingest.accepted import AcceptedBatch
from streams.core.ingest.deduplicate import Deduplicator
from streams.core.ingest.kinds import Progress
from streams.core.ingest.lateness import LateDays
from streams.core.ingest.side_topics import SideTopics
from streams.core.ingest.time_range import out_of_range
from streams.core.series_key import OTHER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.config import Tables
    from streams.core.stage import Record


MENDED = 100
"""Words and faults of optional fields counted apart; those of a field beyond them count as one."""


class Decoder:
    """Decodes one source topic of one partition, and knows what became of each event received.

    Attributes:
        watermark: how far the partition is in event time.
        seen: the ids of the events accepted.
        outcomes: events by what became of them: folded (accepted), refused, late or duplicate.
            They add up to what was received.
        reasons: refused events by reason.
        mended: optional fields put right or dropped, as `severity: urgent`.
        late_days: late events by day of `zone`.
        side: messages to the side topics that wait for the next flush.
        keeps_records: whether accepted batches have the records of their events.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        tables: Tables,
        zone: Zone = UTC_ZONE,
        *,
        keeps_records: bool = False,
    ) -> None:
        self.topic = topic
        self.keeps_records = keeps_records
        self.watermark = Watermark(tables.jump)
        self.seen = Deduplicator(max(tables.grace + BASE, tables.duplicate_horizon))
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.mended: Counter[str] = Counter()
        self.late_days = LateDays(zone)
        self.side = SideTopics(topic, partition)
        self._labels = labels_of(topic, tables.aliases)
        self._grace = tables.grace
        self._tolerance = tables.future_tolerance
        self._decode = wire.decoder(topic, self._note_mended)

    @property
    def frozen(self) -> int:
        """The start of the latest bucket that this partition can no longer change."""
        return self.watermark.at - self._grace - BASE

    def accept(self, records: Sequence[Record], wall: float) -> AcceptedBatch:
        """Decode and check one fetched batch, and admit what counts; `wall` is epoch seconds."""
        batch = AcceptedBatch(self.topic, self._labels)
        add_event, add_time, add_bucket = (
            batch.events.append,
            batch.times.append,
            batch.buckets.append,
        )
        decode, watermark, ids, remember = (
            self._decode,
            self.watermark,
            self.seen.ids,
            self.seen.add,
        )
        frozen, latest = self.frozen, wall + self._tolerance
        nested = self.topic == CORRECTIONS
        keeps_records = self.keeps_records
        duplicates = 0
        for record in records:
            try:
                event = decode(record.value)
            except wire.REFUSED:
                self._refuse(record, wire.refusal(self.topic, record.value), wall)
                continue
            time = int(event.occurred_at.timestamp())
            if nested or not 0 <= time <= latest:
                untimely = out_of_range(event, latest)
                if untimely is not None:
                    self._refuse(record, untimely, wall)
                    continue
            event_id = event.event_id
            if event_id in ids:
                duplicates += 1
                continue
            bucket = time - time % BASE
            if bucket <= frozen:
                self._note_late(record, time)
                batch.late.append(event)
                if keeps_records:
                    batch.late_records.append(record)
                continue
            remember(event_id, time)
            if time > watermark.at or watermark.ahead:
                watermark.see(time)
                frozen = self.frozen
                if watermark.at >= self.seen.due:
                    self.seen.forget(watermark.at)
            add_event(event)
            add_time(time)
            add_bucket(bucket)
            if keeps_records:
                batch.records.append(record)
        self.outcomes["folded"] += len(batch)
        self.outcomes["duplicate"] += duplicates
        return batch

    def progress(self) -> Progress:
        """Return how far the topic is, and what became of its events, to be written down."""
        return Progress(
            self.watermark.at,
            self.watermark.ahead,
            dict(self.outcomes),
            dict(self.reasons),
            dict(self.late_days.counts),
            dict(self.mended),
        )

    def restore(self, stored: Progress) -> None:
        """Go on from stored progress."""
        self.watermark.restore(stored.watermark, stored.ahead)
        self.outcomes.update(stored.outcomes)
        self.reasons.update(stored.reasons)
        self.late_days.restore(stored.late_days)
        self.mended.update(stored.mended)

    def _refuse(self, record: Record, refusal: wire.Refusal, wall: float) -> None:
        self.outcomes["refused"] += 1
        self.reasons[refusal.reason] += 1
        self.side.refuse(record, refusal, wall)

    def _note_mended(self, mended: str) -> None:
        """Count an optional field that was put right or dropped; words beyond a bound as one."""
        if mended not in self.mended and len(self.mended) >= MENDED:
            mended = f"{mended.partition(':')[0]}: {OTHER}"
        self.mended[mended] += 1

    def _note_late(self, record: Record, time: int) -> None:
        self.outcomes["late"] += 1
        self.late_days.add(time)
        self.side.note_late(record, time, self.watermark.at)
