"""The exchange: what the source partitions tell each other of their customers.

    partition 0, flush 12   --- who was referred, who was merged --->   partition 2
                                                                        partition 5
    alerts stage, flush 7   --- what those who complained are worth?    every partition

A partition keeps the number of the last message of each other one: what comes again changes
nothing. It goes round through a topic of its own, and with it how far the customers of each
partition are: nobody's clock goes much further than the least that was told (`told_clocks.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.customers.exchange.links import Link
from streams.core.ingest.kinds import ASKED, EXCHANGED, Heard
from streams.core.ingest.told_clocks import ToldClock, ToldClocks
from streams.core.messages import EXCHANGE, SIGNALS, Answers, Links, Questions, Source
from streams.core.partitioner import partitions_of
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.customers.exchange.asked import Answer, Question
    from streams.core.customers.lives.merges import Handover
    from streams.core.stage import Record

MAX_LINKS_A_MESSAGE: Final = 2_000
"""Links a message, some 200 kB: below every broker's default limit."""

MAX_ANSWERS_A_MESSAGE: Final = 2_000
"""Answers a message, some 150 kB."""

TOPIC: Final = "customers"

MISPLACED: Final = (
    "events of customer {} come in partition {}, and its key belongs to partition {}: who was "
    "referred by others, or takes them over, is told so in another partition than it lives in, and "
    "that is not counted. Have "
    "producers choose partitions as Java does (docs/topics.md), and start anew"
)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Links | Questions).decode


def _ends(link: Link | Handover) -> tuple[str, str]:
    """Give who tells, and whom."""
    if isinstance(link, Link):
        return link.referrer, link.referred
    return link.giver, link.into


class Exchange:
    """What a source partition sends to others, and how far it has read what they sent."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._partition = partition
        self._partitions = partitions
        self.clocks = ToldClocks(partition, partitions)
        self._read: dict[int, tuple[int, int]] = {}
        self._changed: set[int] = set()
        self._asked = 0, -1
        self._asked_more = False
        self._whole: dict[int, int] = {}
        self._sent: dict[int, int] = {}
        self._fault: str | None = None
        self._said = False

    def read(self, records: Iterable[Record]) -> Iterator[Link | Handover | Question]:
        """Yield what others sent and was not read before: links, handovers and questions."""
        for record in records:
            if record.value is None:
                continue
            message = _decode(record.value)
            if isinstance(message, Questions):
                number = message.flush, message.part
                if number > self._asked:
                    self._asked, self._asked_more = number, True
                    yield from message.questions
                continue
            source = message.source
            number = source.flush, source.part
            if number > self._read.get(source.partition, (0, -1)):
                self._read[source.partition] = number
                self._changed.add(source.partition)
                yield from message.links
                yield from message.handovers
                if message.last:
                    self._whole[source.partition] = source.flush
                    told = ToldClock(source.watermark, source.idle)
                    self.clocks.hear(source.partition, told)

    def messages(
        self, links: Sequence[Link | Handover], number: int, now: ToldClock
    ) -> Iterator[Send]:
        """Yield what is to be sent of flush `number`: to each customer's partition what is told it.

        Customers are where their key puts them, as every producer's own partitioner does. `now` is
        how far the partition is with this flush; if it is due, those are told, too, to whose
        customers there is nothing to say.
        """
        by_target = self._by_target(links) if links else {}
        self._sent |= dict.fromkeys(by_target, number)
        if self.clocks.due(now):
            self.clocks.tell(now)
            by_target |= {one: [] for one in self.clocks.partitions if one not in by_target}
        size = MAX_LINKS_A_MESSAGE
        for target, own in by_target.items():
            for part, start in enumerate(range(0, max(1, len(own)), size)):
                last = start + size >= len(own)
                clock = now if last else ToldClock()
                some = own[start : start + size]
                message = Links(
                    Source(TOPIC, self._partition, number, part, clock.at, clock.idle),
                    [one for one in some if isinstance(one, Link)],
                    last,
                    [one for one in some if not isinstance(one, Link)],
                )
                yield Send(EXCHANGE, target, None, _encode(message))

    def _by_target(self, links: Sequence[Link | Handover]) -> dict[int, list[Link | Handover]]:
        ends = [_ends(link) for link in links]
        targets = partitions_of([whom.encode() for _, whom in ends], self._partitions)
        self._look(ends[0][0])
        by_target: dict[int, list[Link | Handover]] = {}
        for target, link in zip(targets, links, strict=True):
            by_target.setdefault(target, []).append(link)
        return by_target

    def answers(self, answers: Sequence[Answer], number: int) -> Iterator[Send]:
        """Yield what is to be answered to the alerts stage in flush `number`."""
        for start in range(0, len(answers), MAX_ANSWERS_A_MESSAGE):
            chunk = list(answers[start : start + MAX_ANSWERS_A_MESSAGE])
            yield Send(SIGNALS, 0, None, _encode(Answers(self._partition, number, chunk)))

    def drain_sent(self) -> dict[int, int]:
        """Return to which partitions links went since the last call, and in which flush."""
        sent, self._sent = self._sent, {}
        return sent

    def drain_read(self) -> dict[int, int]:
        """Return up to which flush the links of others were read, as far as that changed."""
        read, self._whole = self._whole, {}
        return read

    def _look(self, own: str) -> None:
        """See whether a customer of this partition is where its key would have put it."""
        (meant,) = partitions_of([own.encode()], self._partitions)
        if meant != self._partition and not self._said:
            self._said = True
            self._fault = MISPLACED.format(own, self._partition, meant)

    def drain_faults(self) -> list[str]:
        """Return in words what was found wrong since the last call: said once."""
        fault, self._fault = self._fault, None
        return [] if fault is None else [fault]

    @property
    def pending(self) -> int:
        """How many rows the next flush writes."""
        return len(self._changed) + self._asked_more

    def changed(self) -> Iterator[ChangelogRow]:
        """Yield the rows that changed since the last call."""
        for partition in sorted(self._changed):
            heard = Heard(*self._read[partition], *self.clocks.of(partition))
            yield EXCHANGED.key(partition), EXCHANGED.encode(heard)
        self._changed.clear()
        if self._asked_more:
            self._asked_more = False
            yield ASKED.key("questions"), ASKED.encode(self._asked)

    def restore(self, row: StoredRow) -> None:
        """Take over one row of the changelog."""
        if row.kind is ASKED:
            self._asked = row.value
        else:
            heard, partition = row.value, row.fields[0]
            self._read[partition] = heard.flush, heard.part
            self.clocks.restore(partition, ToldClock(heard.clock, heard.idle))
