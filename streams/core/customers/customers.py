"""The customers of one source partition: events in, changed numbers out.

    process(topic, events)  ->  lives change                     (any order across topics)
    advance(clock), work()  ->  lives whose time has come are settled, some hundred at a time
    changes(wall)           ->  cells, rows of customers and rows of the changelog, each once

All numbers are a function of the events accepted and the clock: neither the order of the events,
nor how they were parted into batches, nor a restore in between changes any.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from streams.core.customers.calendar import months_of
from streams.core.customers.changes import Changes, cell_row
from streams.core.customers.clock import Agenda
from streams.core.customers.exchange.asked import Question
from streams.core.customers.exchange.incoming import take
from streams.core.customers.exchange.links import Link
from streams.core.customers.exchange.questions import answer
from streams.core.customers.exchange.takeover import take_in
from streams.core.customers.groups.cells import Rules, Tally
from streams.core.customers.groups.tiers import Tiers
from streams.core.customers.intake.intake import Intake
from streams.core.customers.intake.settle import OpenLives
from streams.core.customers.kinds import (
    ADDED,
    CUSTOMER_CELL,
    CUSTOMER_PROGRESS,
    GONE,
    LEVEL,
    LIFE,
    NAME,
    QUESTION,
    TAIL,
    Progress,
)
from streams.core.customers.names import Names
from streams.core.customers.stored.head import is_unshown
from streams.core.customers.stored.packed import unpack
from streams.core.customers.stored.store import SHARDS, DictStore, LifeStore
from streams.core.customers.sums.book import Book
from streams.core.customers.sums.cell_change import cell_change
from streams.core.customers.sums.census import Census
from streams.core.customers.sums.folding import months_folded
from streams.core.customers.sums.forgotten import openings, untold
from streams.core.customers.sums.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.catalogue import Aliases
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.customers.changes import Refused
    from streams.core.customers.definitions import Definitions
    from streams.core.customers.groups.cells import Key
    from streams.core.customers.lives.life import Life
    from streams.core.customers.lives.merges import Handover
    from streams.core.customers.sums.cell_change import CellChange
    from streams.core.customers.sums.row import CustomerRow

TOPICS: Final = (
    "signups",
    "changes",
    "renewals",
    "cancellations",
    "corrections",
    "revenue",
    "complaints",
    "referrals",
    "complaint_updates",
)
"""The source topics that make lives, and whose watermarks make the customer clock."""

PIECE: Final = 100
"""Lives that are settled in one go."""
SHOWN: Final = 250
"""Rows held back before a take-over that one flush hands out."""
SHOWN_EVERY: Final = 10.0
"""Wall seconds between rows of a customer whose status, tier and value stay."""


class Customers:
    """The lives of the customers of one source partition, and the numbers that follow from them.

    Args:
        definitions: what the numbers mean.
        store: where the packed lives are kept; empty.
        durable: whether rows for the changelog are wanted.
        shown_every: wall seconds between rows of a customer whose status, tier and value stay.
        aliases: spellings of labels that stand for another name, by label.
    """

    def __init__(
        self,
        definitions: Definitions,
        store: LifeStore | None = None,
        *,
        durable: bool = True,
        shown_every: float = SHOWN_EVERY,
        aliases: Aliases = MappingProxyType({}),
    ) -> None:
        self._durable = durable
        self._shown_every = shown_every
        self.store: LifeStore = DictStore() if store is None else store
        self.names = Names(aliases)
        calendar = months_of(definitions.zone)
        self.rules = Rules(definitions, Tiers(definitions, self.names), calendar)
        self.ledger = Ledger(SHARDS)
        self._book = Book(self.ledger)
        self._agenda = Agenda(self.store, calendar)
        self.lives = OpenLives(self.store, self._book, self.rules, self.names, self._agenda)
        self._intake = Intake(self.lives, self._book, self.rules, self.names, self._agenda)
        self._moved = self._behind = False
        self._shown_at: float | None = None
        self.census = Census(self.store, self.ledger, self.rules, self.names)
        self._restored: dict[int, str] = {}
        self._unshown: list[bytes] = []
        self._openings: list[CellChange] = []

    @property
    def clock(self) -> int:
        """The event time, in epoch seconds, up to which movements are reported."""
        return self.lives.clock

    @property
    def counted_to(self) -> int:
        """The event time up to which all that was due is in the cells, once `changes` was asked."""
        return 0 if self._behind else self.lives.clock

    def __len__(self) -> int:
        """Count the lives, without those that only began since the last settling."""
        return len(self.store)

    def life(self, customer: str) -> Life | None:
        """Read what is known of a customer, as of the last settling; None for nothing."""
        packed = self.lives.stored(customer.encode())
        return None if packed is None else unpack(packed)

    def counts(self) -> dict[str, int]:
        """Give what is counted besides.

        lives_overflowed: lives that had too many entries; corrections_blind: corrections in force
        whose original is not known; months_only: amendments that came too late for their day.
        """
        own = {name: self.lives.counts[name] for name in ("lives_overflowed", "corrections_blind")}
        return {**own, "months_only": self._book.months_only}

    # -- events -----------------------------------------------------------------------------------

    def process(self, topic: str, events: list[Any]) -> list[Refused]:
        """Let the events of a batch happen to the lives of their customers.

        Args:
            topic: one of TOPICS.
            events: what the decoder of the topic gave. Of revenue, complaints and referrals those
                that the cells have accepted; of the others every one, also if it is late to the
                cells or came before.

        Returns:
            The events that are too old for the lives, by their place in the batch.
        """
        refused = self._intake.process(topic, events)
        self._intake.post()
        return refused

    def hear(self, told: Link | Handover | Question) -> None:
        """Let a customer know who referred it, or was merged into it; or take a question."""
        tools = self.clock, self.rules, self.names
        if isinstance(told, Question):
            self.lives.questions.ask(told)
        elif isinstance(told, Link):
            take(self.lives.get(told.referred.encode()), told, *tools)
        elif not self.lives.gone.was(told.into, told.at):
            take_in(self.lives.get(told.into.encode()), told, *tools)

    # -- time -------------------------------------------------------------------------------------

    def advance(self, clock: int) -> None:
        """Move the clock forward (epoch seconds), and leave the lives that are due to `work`."""
        if clock > self.lives.clock:
            self.lives.advance(clock)
            self._move()

    def _move(self) -> None:
        self._moved, self._behind = True, True
        self._intake.move()

    def work(self, most: int = PIECE) -> bool:
        """Settle the next `most` lives that are due, or of those open for longest, if too many are.

        And look some lives through for what is asked. False where nothing was left to do.
        """
        lives, agenda = self.lives, self._agenda
        # Also while lives are due: where a history is read, some always are.
        asked = lives.questions.work(lives.clock)
        if agenda.scan(lives.clock):
            return True
        settled = 0
        while settled < most:
            due = agenda.pop(lives.clock)
            if due is None:
                self._behind = settled > 0
                if self._behind or lives.settle_some(most):
                    return True
                return asked
            settled += lives.settle_due(due[1], due[0])
        return True

    def settle(self) -> None:
        """Do all that is due, and settle every life that was changed."""
        while self.work():
            pass
        self.lives.settle_all()
        while self.work():
            pass

    # -- what must add up -------------------------------------------------------------------------

    def check(self) -> list[str]:
        """Count the customers of the next shard, and hold the ledger to it (`sums/census.py`).

        Returns:
            Where the two differ, the customers whose own movements do not add up.
        """
        return self.census.check(self.clock)

    def check_some(self, most: int) -> list[str]:
        """Go on counting, `most` lives in one go and no more than there are; returns as `check`."""
        return self.census.check_some(self.clock, most)

    # -- what comes out ---------------------------------------------------------------------------

    def pending(self) -> int:
        """Count roughly what the next changes would hold."""
        return self.lives.pending + len(self._unshown) + self._book.pending

    def changes(self, wall: float) -> Changes:
        """Hand out all that changed since the last call; `wall` is epoch seconds.

        Rows of customers whose status, tier and value are as they were go out every ten seconds.
        """
        self.lives.settle_all()
        rows: list[ChangelogRow] = []
        cells, self._openings = self._openings, []
        for cell in self._book.drain_changed():
            cells.append(cell_change(cell.key, cell.tally, self.rules, self.names))
            if self._durable and (cell.tally or cell.stood):
                rows.append(cell_row(cell))
        customers = self._customer_rows(wall)
        state = list(self._state_rows())
        answers = []
        for name, one, answered in self.lives.questions.drain(self.clock, whole=not self._behind):
            state.append((QUESTION.key(name), None if one is None else QUESTION.encode(one)))
            if one is not None and answered:
                answers.append(answer(one))
        rows = rows + state if self._durable else []
        return Changes(cells, customers, rows, self.lives.drain_links(), answers)

    def show(self, wall: float) -> None:
        """Let the rows go out that were held back, if their time has come; `wall` as above."""
        if self._shown_at is None or not 0 <= wall - self._shown_at < self._shown_every:
            self._shown_at = wall
            self.lives.release()

    def _customer_rows(self, wall: float) -> list[tuple[str, CustomerRow | None]]:
        self.show(wall)
        for customer in self._unshown[:SHOWN]:
            self.lives.show(customer)
        del self._unshown[:SHOWN]
        return self.lives.drain_rows()

    # -- state ------------------------------------------------------------------------------------

    def _state_rows(self) -> Iterable[ChangelogRow]:
        for number, name in self.names.drain_fresh():
            yield NAME.key(number), NAME.encode(name)
        self.lives.added.tidy()
        written = self.lives.written.drain()
        written += self.lives.added.drain()
        yield from written
        yield from self.lives.gone.rows(self.clock)
        for shard, levels in self.ledger.drain_changed():
            yield LEVEL.key(shard), LEVEL.encode(levels) if levels else None
        if self._moved or written:
            self._moved = False
            for key in self._closed_cells():
                yield CUSTOMER_CELL.key(*key), None
            progress = Progress(self.clock, self.counts())
            yield CUSTOMER_PROGRESS.key("clock"), CUSTOMER_PROGRESS.encode(progress)

    def _closed_cells(self) -> Iterable[Key]:
        """Forget cells that nothing can change any more, once nothing is left to settle."""
        if self._behind:
            return ()
        first = self.rules.calendar.of(self.clock) - months_folded(self.rules.definitions)
        return self._book.forget(self.clock, min(first, self._intake.first_month))

    def restore_life(self, customer: bytes, packed: bytes) -> None:
        """Take over one life of the changelog."""
        self.store.put(customer, packed)
        if is_unshown(packed):
            self._unshown.append(customer)

    def restore(self, row: StoredRow) -> None:
        """Take over one row of the changelog; `restored` follows the last."""
        kind, fields, value = row
        if kind is LIFE:
            self.restore_life(fields[0].encode(), value)
        elif kind is TAIL:
            self.lives.written.restore(fields[0].encode(), value)
        elif kind is ADDED:
            self.lives.added.restore(fields[0], value)
        elif kind is NAME:
            self._restored[fields[0]] = value
        elif kind is CUSTOMER_CELL:
            self._book.restore(fields, Tally(*value))
        elif kind is QUESTION:
            self.lives.questions.restore(value)
        elif kind is GONE:
            self.lives.gone.restore(fields[0], value)
        elif kind is LEVEL:
            self.ledger.restore(fields[0], value)
        else:
            self.lives.restore(value.clock, value.counts)
            self._book.restore_counts(value.counts["months_only"])

    def add_untold(self) -> None:
        """Add to the cells what lives of an older version did not contribute yet."""
        for shard in range(SHARDS):
            for _, packed in self.store.shard(shard):
                for key, tally in untold(packed, self.clock, self._intake.first_month, self.rules):
                    self._book.add(shard, key, tally)

    def send_all(self) -> None:
        """Let every cell be handed out as one that changed, and what came before them once."""
        self._book.change_all()
        self._openings = list(openings(self._book, self.ledger, self.rules, self.names))

    def restored(self) -> None:
        """Go on from the rows that were taken over."""
        self.lives.written.join()
        self.lives.added.join()
        self.names.restore(self._restored)
        self.rules.tiers.number(self.names)
        self._restored = {}
        self._move()
