"""The ingest stage where customers are kept: lives beside the cells, in the same transaction.

What is decoded once goes two ways:

    accepted batch --+--> cells, details, flows, as in `IngestStage`
                     +--> lives of customers --> rows of the topic `customers`
                           ^                 --> movements, to the periods of the aggregate stage
                           +-- links <-------+-> links, to the customers of other partitions
    too late for the cells --> lives, unless they are counted exactly as the cells count them
    too late for the lives --> topic `late`

A state that was written without customers is read a second time for them (`second_read.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.deadletter import LateReason
from streams.core.changelog import UnreadableStateError
from streams.core.customers.clock import TopicTime, customer_clock
from streams.core.customers.customers import SHOWN_EVERY, TOPICS, Customers
from streams.core.customers.intake.accept import COUNTED
from streams.core.customers.restored_lives import take_lives
from streams.core.customers.sums.book import DAYS_AMENDED
from streams.core.customers.sums.folding import reach
from streams.core.event_time.buckets import DAY
from streams.core.ingest.customer_rows import customer_rows
from streams.core.ingest.exchange import Exchange
from streams.core.ingest.held_clock import HeldClock
from streams.core.ingest.kinds import (
    AGAIN,
    AGAIN_IDS,
    ASKED,
    DEFINITIONS,
    EXCHANGED,
    MARKS,
    MOVEMENTS_SENT,
)
from streams.core.ingest.movements import MovementPublisher
from streams.core.ingest.running_check import RunningCheck
from streams.core.ingest.second_read import SecondRead, refuse_deleted
from streams.core.ingest.stage import IngestStage
from streams.core.ingest.told_clocks import ToldClock
from streams.core.messages import EXCHANGE
from streams.core.stage import Flush

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from schemas.wire import Event
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Config
    from streams.core.customers.exchange.links import Link
    from streams.core.customers.lives.merges import Handover
    from streams.core.customers.sums.cell_change import CellChange
    from streams.core.ingest.accepted import AcceptedBatch
    from streams.core.stage import Record

DAYS_TO_SPARE: Final = DAYS_AMENDED - 60
"""Days by which a topic may be behind the clock, less how far its events reach back; they may be
backdated by another two months then, and no day is closed that they change."""

DEFINED_OTHERWISE: Final = (
    "stage 'fold': this state counts customers by the definitions {}, and those of the settings "
    "are {}: numbers of both kinds would be mixed. Set customers.* as they were; or start anew "
    "from the history, as docs/recovery.md says"
)


def ingest_stage(
    partition: int, series_partitions: int, settings: Config, *, durable: bool = True
) -> IngestStage:
    """Make the ingest stage that the settings ask for: with customers or without."""
    if settings.customers.enabled:
        return IngestStageWithCustomers(partition, series_partitions, settings, durable=durable)
    return IngestStage(partition, series_partitions, settings, durable=durable)


class IngestStageWithCustomers(IngestStage):
    """Counts the events of one source partition, and keeps the lives of its customers.

    What the clock makes due is settled in pieces (`InPieces`). A stage that is not `durable` hands
    out the rows of customers whenever they change, as its wall clock may stand still.
    """

    keeps_records = True
    takes_more = True

    def __init__(
        self, partition: int, series_partitions: int, settings: Config, *, durable: bool = True
    ) -> None:
        super().__init__(partition, series_partitions, settings, durable=durable)
        definitions = settings.customers.definitions
        shown_every = SHOWN_EVERY if durable else 0.0
        self.customers = Customers(
            definitions,
            durable=durable,
            shown_every=shown_every,
            aliases=settings.tables.aliases,
        )
        self._stamp = definitions.stamp
        self._stored_stamp: str | None = None
        self._start = definitions.start
        self._lead = max(0, DAYS_TO_SPARE * DAY - reach(definitions))
        self._tables = settings.tables
        self._second: SecondRead | None = None
        self._deleted: list[ChangelogRow] = []
        """Rows of a second read that is complete, to be deleted with the next flush."""
        self._movements = MovementPublisher(partition, series_partitions, definitions.stamp)
        self._exchange = Exchange(partition, series_partitions)
        self._sent_once: set[str] = set()  # of MARKS
        self._grace = settings.tables.grace
        self.clock = HeldClock(self.customers, self._exchange.clocks)
        self._check = RunningCheck(self.customers)
        self._waits: list[str] = []

    # -- events and time --------------------------------------------------------------------------

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Decode one fetched batch, and do all that it makes due."""
        self.admit(topic, records, wall)
        self._work_off()

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Mark topics idle, and do all that is due by the clock."""
        self.remind(wall, caught_up)
        self._work_off()

    def admit(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Decode one fetched batch; what it makes due is left to `work`."""
        if topic == EXCHANGE:
            for told in self._exchange.read(records):
                self.customers.hear(told)
            self._advance()
            return
        ingest = self._topics[topic]
        batch = ingest.accept(records, wall)
        ingest.count(batch)
        self._keep(batch, ingest.decoder.watermark.at)

    def remind(self, wall: float, caught_up: Collection[str]) -> None:
        """Mark topics idle; what the clock makes due then is left to `work`."""
        super().tick(wall, caught_up)
        self._advance()
        self.customers.show(wall)
        self._check.remind(wall)
        self._waits += self.clock.faults(wall)

    def work(self) -> bool:
        """Check some lives if it is time to, and settle some that are due; False where none was."""
        self._check.work()
        return self.customers.work() or self._check.left > 0

    def _work_off(self) -> None:
        while self.work():
            pass

    def _keep(self, batch: AcceptedBatch, watermark: int) -> None:
        """Let a batch happen to the lives; `watermark` is how far its topic is, epoch seconds."""
        self._change_lives(batch.topic, watermark, batch.events, batch.records)
        if batch.topic not in COUNTED:
            self._change_lives(batch.topic, watermark, batch.late, batch.late_records)
        self._advance()

    def _change_lives(
        self, topic: str, watermark: int, events: list[Event], records: Sequence[Record]
    ) -> None:
        for place, reason in self.customers.process(topic, events):
            time = int(events[place].occurred_at.timestamp())
            why = LateReason(reason.value)
            self._topics[topic].note_late(records[place], time, watermark, why)

    def _advance(self) -> None:
        if self._second is not None:
            times = self._second.times()
        else:
            times = [
                TopicTime(self._topics[name].decoder.watermark.at, self._topics[name].idle)
                for name in TOPICS
            ]
        self.clock.advance(customer_clock(times, self._grace, self.customers.clock))

    # -- the second read --------------------------------------------------------------------------

    @property
    def reads_again(self) -> bool:
        """Whether the state has read topics without customers, or has begun to read them again."""
        return self._second is not None

    def begin_again(self, starts: Mapping[str, int]) -> None:
        """Begin to read again; `starts` has the first offset that is still there of each topic.

        Raises:
            UnreadableStateError: beginnings are not there, and nothing says what they would be.
        """
        if self._start is None:
            refuse_deleted(name for name, at in starts.items() if at > 0 and name in TOPICS)

    def behind(self, topics: Collection[str]) -> str:
        """Name the one of these topics that is furthest behind in event time."""
        return self._again.behind(topics)

    def admit_again(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Read one batch again, for the lives alone; what it makes due is left to `work`."""
        batch = self._again.accept(topic, records, wall)
        self._keep(batch, self._again.watermark(topic))

    def complete_again(self, topic: str) -> None:
        """Note that a topic is read up to where the state is; after the last, all is whole."""
        if topic in TOPICS and self._again.complete(topic):
            self._deleted = list(self._again.deleted())
            self._second = None

    @property
    def _again(self) -> SecondRead:
        if self._second is None:
            raise RuntimeError("nothing is read again")
        return self._second

    # -- what comes out ---------------------------------------------------------------------------

    def pending(self) -> int:
        """Count what the next flush would write."""
        again = self._second.pending if self._second is not None else len(self._deleted)
        own = self.customers.pending() + self._exchange.pending
        tells = self._exchange.clocks.due(self._now())
        return super().pending() + own + self.clock.moved + tells + again

    def flush(self, number: int, wall: float) -> Flush:
        """Encode everything that changed."""
        dirty = any(topic.dirty for topic in self._topics.values())
        rows, sends = super().flush(number, wall)
        customers = self.customers
        cells: list[CellChange] = []
        links: list[Link | Handover] = []
        moved = customers.pending() > 0 or self.clock.moved
        if moved:
            changes = customers.changes(wall)
            rows += changes.rows
            sends.extend(customer_rows(changes.customers, self._partition, self._stamp))
            links = changes.links
            sends.extend(self._exchange.answers(changes.answers, number))
            cells = changes.cells
            self.clock.write()
        sends.extend(self._exchange.messages(links, number, self._now()))
        if self._second is not None:
            rows += self._second.changed(number)
        rows += self._deleted
        read = self._exchange.pending > 0
        rows += self._exchange.changed()
        self._deleted = []
        if moved or dirty or read:
            counted_to, idle = customers.counted_to, self._is_idle()
            exchange = self._exchange
            sends.extend(self._movements.messages(cells, number, counted_to, exchange, idle=idle))
            if self._durable and len(self._sent_once) < len(MARKS):
                rows += [(MOVEMENTS_SENT.key(mark), b"") for mark in MARKS]
                self._sent_once.update(MARKS)
        if rows and self._stored_stamp is None:
            rows.append((DEFINITIONS.key("definitions"), DEFINITIONS.encode(self._stamp)))
            self._stored_stamp = self._stamp
        return Flush(rows, sends)

    def _now(self) -> ToldClock:
        """Give how far the customers are, as others may be told."""
        return ToldClock(self.clock.sure(), self._is_idle())

    def _is_idle(self) -> bool:
        customers = self.customers
        waits = self._second is not None or self.clock.held
        counted = customers.counted_to == customers.clock
        return counted and not waits and all(topic.idle for topic in self._topics.values())

    # -- state ------------------------------------------------------------------------------------

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over from the changelog.

        Raises:
            UnreadableStateError: besides, where customers were kept by other definitions.
        """
        super().restore(take_lives(rows, self.customers.restore_life))
        if self._stored_stamp is None:
            if rows:
                self._begin_second()
            return
        if self._stored_stamp != self._stamp:
            raise UnreadableStateError(DEFINED_OTHERWISE.format(self._stored_stamp, self._stamp))
        self.customers.restored()
        if "exposure" not in self._sent_once:
            self.customers.add_untold()
        if "movements" not in self._sent_once:
            self.customers.send_all()
        self.clock.write()

    def _restore_of_customers(self, row: StoredRow) -> None:
        if row.kind is DEFINITIONS:
            self._stored_stamp = row.value
        elif row.kind in {AGAIN, AGAIN_IDS}:
            self._begin_second().restore(row)
        elif row.kind is MOVEMENTS_SENT:
            self._sent_once.add(row.fields[0])
        elif row.kind in {EXCHANGED, ASKED}:
            self._exchange.restore(row)
        else:
            self.customers.restore(row)

    def _begin_second(self) -> SecondRead:
        if self._second is None:
            self._second = SecondRead(TOPICS, self._partition, self._tables, self._lead)
        return self._second

    # -- what is shown ----------------------------------------------------------------------------

    def drain_faults(self) -> list[str]:
        """Return in words what was found wrong since the last call."""
        waits, self._waits = self._waits, []
        return self._check.drain_faults() + waits + self._exchange.drain_faults()

    def customers_by_status(self) -> Mapping[str, int]:
        """Count the customers by status; nothing until all were counted once."""
        return self.customers.census.statuses()

    def conservation_error(self) -> Mapping[str, int]:
        """Give by how much the customers counted differ from the movements, by unit."""
        return self.customers.census.conservation_error()

    def sizes(self) -> Mapping[str, int]:
        """Count what the state holds."""
        return {**super().sizes(), "customers": len(self.customers), **self.customers.counts()}
