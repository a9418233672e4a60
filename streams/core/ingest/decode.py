"""Decoding, checking and admitting: a fetched batch of a source topic becomes an accepted batch.

    fetched record --> decode --> time range --> duplicate --> late --> accepted, watermark moves
                         |            |              |           |
                     deadletter   deadletter      dropped    topic `late`

Nothing is counted here, and nowhere else is an event checked.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import numpy as np

from schemas import wire
from schemas.topics import CORRECTIONS
from streams.compiled import instead_of
from streams.core.catalogue import labels_of
from streams.core.event_fields import fields
from streams.core.event_time.buckets import BASE
from streams.core.event_time.occurred import epoch_seconds
from streams.core.event_time.watermark import NEVER, Watermark
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

    from schemas.wire import Event
    from streams.core.config import Tables
    from streams.core.stage import Record


MENDED = 100
"""Words and faults of optional fields counted apart; those of a field beyond them count as one."""

are_plain: Final = instead_of(wire.are_plain, "payloads")


class _Read(NamedTuple):
    """Events decoded and in range, when they occurred (epoch seconds), and their records."""

    events: list[Event]
    times: list[int]
    records: list[Record]

    def chosen(self, places: Sequence[int]) -> _Read:
        """Return some of them."""
        events, times, records = self
        return _Read(
            [events[place] for place in places],
            [times[place] for place in places],
            [records[place] for place in places],
        )


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
        taken_bytes: how large the values of the last batch were.
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
        self.taken_bytes = 0
        self.watermark = Watermark(tables.jump)
        self.seen = Deduplicator(
            max(tables.grace + BASE, tables.duplicate_horizon), open_for=tables.grace
        )
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.mended: Counter[str] = Counter()
        self.late_days = LateDays(zone)
        self.side = SideTopics(topic, partition)
        self._labels = labels_of(topic, tables.aliases)
        self._grace = tables.grace
        self._tolerance = tables.future_tolerance
        self._decode = wire.decoder(topic, self._note_mended)
        self._decode_plain = wire.plain_decoder(topic)

    @property
    def frozen(self) -> int:
        """The start of the latest bucket that this partition can no longer change."""
        return self.watermark.at - self._grace - BASE

    def accept(self, records: Sequence[Record], wall: float) -> AcceptedBatch:
        """Decode and check one fetched batch, and admit what counts; `wall` is epoch seconds."""
        read = self._in_range(self._decoded(records, wall), wall)
        batch = AcceptedBatch(self.topic, self._labels)
        self._admit(read, batch)
        return batch

    def _decoded(self, records: Sequence[Record], wall: float) -> _Read:
        """Decode a batch; what is no event is refused."""
        payloads = [record.value for record in records]
        self.taken_bytes = sum(map(len, filter(None, payloads)))
        events = self._plain(payloads)
        left = list(records)
        values = iter(payloads[len(events) :])
        while len(events) < len(left):
            try:
                events.extend(map(self._decode, values))
            except wire.REFUSED:  # of the first that is not among the events
                record = left.pop(len(events))
                self._refuse(record, wire.refusal(self.topic, record.value), wall)
        return _Read(events, epoch_seconds(events), left)

    def _plain(self, payloads: Sequence[bytes | None]) -> list[Event]:
        """Decode the first of them, as far as they are good, without a look at each by itself."""
        events: list[Event] = []
        if self._decode_plain is not None and are_plain(payloads):
            with suppress(*wire.REFUSED):  # of the first that is not among the events
                events.extend(map(self._decode_plain, cast("Sequence[bytes]", payloads)))
        return events

    def _in_range(self, read: _Read, wall: float) -> _Read:
        """Refuse what is before 1970 or ahead of the clock, in what stands inside an event, too."""
        latest, times = wall + self._tolerance, read.times
        if self.topic != CORRECTIONS and (not times or (min(times) >= 0 and max(times) <= latest)):
            return read
        untimely = [out_of_range(event, latest) for event in read.events]
        for record, refusal in zip(read.records, untimely, strict=True):
            if refusal is not None:
                self._refuse(record, refusal, wall)
        return read.chosen([place for place, refusal in enumerate(untimely) if refusal is None])

    def _admit(self, read: _Read, batch: AcceptedBatch) -> None:
        """Admit the events that are neither duplicates nor late; the watermark moves with them."""
        (ids,) = fields(read.events, ("event_id",))
        admit = self._admit_all if self._distinct(ids, read.times) else self._admit_each
        admitted = admit(ids, read, batch)
        if len(admitted) < len(ids):
            read = read.chosen(admitted)
        batch.events, batch.times = read.events, read.times
        if self.keeps_records:
            batch.records = read.records
        self.outcomes["folded"] += len(batch)
        self.outcomes["duplicate"] += len(ids) - len(batch) - len(batch.late)

    def _distinct(self, ids: list[str], times: list[int]) -> bool:
        """Tell whether there are no duplicates, and no jump: each event can be judged by itself."""
        if not ids:
            return False
        watermark = self.watermark
        ahead = max(times) - (times[0] if watermark.at == NEVER else watermark.at)
        calm = not watermark.ahead and ahead <= watermark.jump
        return calm and len(set(ids)) == len(ids) and self.seen.knows_none(ids)

    def _admit_all(self, ids: list[str], read: _Read, batch: AcceptedBatch) -> Sequence[int]:
        """Admit what is not late, all at once; return the places of it."""
        times = np.array(read.times)
        reached = np.empty(times.size + 1, np.int64)
        reached[0], reached[1:] = self.watermark.at, times
        np.maximum.accumulate(reached, out=reached)
        late = times - times % BASE <= reached[:-1] - self._grace - BASE
        admitted: Sequence[int] = range(len(ids))
        if late.any():
            for place in np.flatnonzero(late).tolist():
                self._note_late(read, place, int(reached[place]), batch)
            admitted = np.flatnonzero(~late).tolist()
            ids, times = [ids[place] for place in admitted], times[~late]
        self.seen.add(ids, times)
        self.watermark.at = int(reached[-1])
        if self.watermark.at >= self.seen.due:
            self.seen.forget(self.watermark.at)
        return admitted

    def _admit_each(self, ids: list[str], read: _Read, batch: AcceptedBatch) -> Sequence[int]:
        """Admit one after the other; return the places of those that are."""
        watermark, seen = self.watermark, self.seen
        frozen, packed = self.frozen, seen.among_packed(ids)
        admitted = []
        for place, (event_id, time) in enumerate(zip(ids, read.times, strict=True)):
            if event_id in seen.ids or event_id in packed:
                continue
            if time - time % BASE <= frozen:
                self._note_late(read, place, watermark.at, batch)
                continue
            seen.add_one(event_id, time)
            if time > watermark.at or watermark.ahead:
                watermark.see(time)
                frozen = self.frozen
                if watermark.at >= seen.due:
                    seen.forget(watermark.at)
                    packed = seen.among_packed(ids)
            admitted.append(place)
        return admitted

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

    def _note_late(self, read: _Read, place: int, watermark: int, batch: AcceptedBatch) -> None:
        """Report the event at `place` as late, for which the watermark was at `watermark`."""
        record, time = read.records[place], read.times[place]
        self.outcomes["late"] += 1
        self.late_days.add(time)
        self.side.note_late(record, time, watermark)
        batch.late.append(read.events[place])
        if self.keeps_records:
            batch.late_records.append(record)
