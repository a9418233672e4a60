"""The second read: topics counted before customers were kept, read again for customers alone.

    topic     |------ counted already, read again -----|---- read for the first time ---->
                                                       checkpoint

Which events of a topic were accepted follows from their order in it alone, so a decoder that begins
anew finds the same. Nothing is counted in cells, and nothing is refused or late a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.changelog import UnreadableStateError
from streams.core.customers.clock import TopicTime
from streams.core.ingest.decode import Decoder
from streams.core.ingest.kinds import AGAIN, AGAIN_IDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Tables
    from streams.core.ingest.accepted import AcceptedBatch
    from streams.core.stage import Record

BEGINNING_DELETED: Final = (
    "customers.enabled is true, and this state has read its topics without them, so they have to "
    "be read again; but retention has deleted the beginning of {}, and who was a customer by then "
    "would be counted as discovered. Set customers.start to the time from which on the topics are "
    "whole: who is discovered before it is part of the opening (docs/recovery.md)"
)


def refuse_deleted(topics: Iterable[str]) -> None:
    """Refuse to read topics again whose beginnings are not there, if there are any.

    Raises:
        UnreadableStateError: there are.
    """
    if gone := sorted(topics):
        raise UnreadableStateError(BEGINNING_DELETED.format(", ".join(gone)))


class SecondRead:
    """The topics of one partition that are read again, and how far that is.

    It is part of the state until the last topic is complete; then its rows are deleted. `lead` is
    by how many seconds the customer clock may be ahead of a topic of which more is to come.
    """

    def __init__(self, topics: Collection[str], partition: int, tables: Tables, lead: int) -> None:
        self._decoders = {
            topic: Decoder(topic, partition, tables, keeps_records=True) for topic in topics
        }
        self._lead = lead
        self._left = set(topics)
        self._changed = set(topics)
        self._rows: dict[str, dict[int, list[bytes]]] = {topic: {} for topic in topics}
        """The rows of event ids that stand in the changelog, by topic and slot."""

    @property
    def pending(self) -> int:
        """How many topics have changed since the last flush."""
        return len(self._changed)

    def accept(self, topic: str, records: Sequence[Record], wall: float) -> AcceptedBatch:
        """Give what the cells accepted of a batch, and what was late to them."""
        decoder = self._decoders[topic]
        self._changed.add(topic)
        batch = decoder.accept(records, wall)
        decoder.side.drain()  # it went there when it was read first
        return batch

    def behind(self, topics: Collection[str]) -> str:
        """Name the one of these topics that is furthest behind in event time."""
        return min(topics, key=lambda topic: (self._decoders[topic].watermark.at, topic))

    def complete(self, topic: str) -> bool:
        """Note that a topic is read up to where the state is; True after the last."""
        self._left.discard(topic)
        return not self._left

    def times(self) -> list[TopicTime]:
        """Give how far the topics are, for the customer clock.

        What comes of a topic that is complete is not known, and it may have had nothing for years:
        so the clock goes on without it, as far as what may come can still be told exactly.
        """
        return [
            TopicTime(at, False)  # noqa: FBT003 (as the field)
            if topic in self._left
            else TopicTime(at + self._lead if at else at, not at)
            for topic, at in ((t, decoder.watermark.at) for t, decoder in self._decoders.items())
        ]

    def watermark(self, topic: str) -> int:
        """Give how far a topic is, epoch seconds."""
        return self._decoders[topic].watermark.at

    # -- state ------------------------------------------------------------------------------------

    def changed(self, number: int) -> Iterator[ChangelogRow]:
        """Yield rows of what changed since the last flush; `number` is of this one."""
        for topic in sorted(self._changed):
            decoder, stored = self._decoders[topic], self._rows[topic]
            for slot, ids in decoder.seen.fresh.items():
                row = AGAIN_IDS.key(topic, slot, number)
                stored.setdefault(slot, []).append(row)
                yield row, AGAIN_IDS.encode(ids)
            for slot in decoder.seen.drain_forgotten():
                for row in stored.pop(slot, ()):
                    yield row, None
            yield AGAIN.key(topic), AGAIN.encode(decoder.progress())
        self._changed.clear()

    def deleted(self) -> Iterator[ChangelogRow]:
        """Yield the deletion of all rows that stand."""
        for topic, slots in self._rows.items():
            for rows in slots.values():
                for row in rows:
                    yield row, None
            yield AGAIN.key(topic), None

    def restore(self, row: StoredRow) -> None:
        """Take over one row of the changelog."""
        topic, *key = row.fields
        decoder = self._decoders[topic]
        if row.kind is AGAIN:
            decoder.restore(row.value)
            self._changed.discard(topic)
            return
        slot, flush = key
        decoder.seen.restore(slot, row.value)
        self._rows[topic].setdefault(slot, []).append(AGAIN_IDS.key(topic, slot, flush))
