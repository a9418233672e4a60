"""Open lives: those that are being changed, and how the numbers follow.

    stored bytes --unpack--> before the change --> what it contributed   -+
                                                                          |-> the difference
    the open life ---------------------------> what it contributes now   -+   goes into the cells
         `--pack--> stored bytes

What a life contributed is never kept: it follows from its bytes, and from the time up to which they
were reported. Between two due times the clock changes nothing, so that time is the clock, or the
second before the life was due if its turn has not come yet.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from streams.core.customers.exchange import handovers
from streams.core.customers.exchange.handovers import told_of
from streams.core.customers.exchange.links import changed, next_told
from streams.core.customers.exchange.questions import Questions
from streams.core.customers.intake.added import AddedComplaints
from streams.core.customers.intake.gone import Gone
from streams.core.customers.intake.parting import first_changed, forget, forgotten_at, is_empty
from streams.core.customers.intake.written import Written
from streams.core.customers.lives.corrections import blind
from streams.core.customers.lives.movements import NOBODY
from streams.core.customers.lives.prints import MOST, SIZE, forget_prints
from streams.core.customers.lives.words import newest
from streams.core.customers.stored.bare import read_rows
from streams.core.customers.stored.behind import put_behind
from streams.core.customers.stored.head import UNSHOWN, due_of, flags_of, is_tailed
from streams.core.customers.stored.packed import pack, simple_from, unpack
from streams.core.customers.stored.store import shard_of
from streams.core.customers.stored.words import put_words
from streams.core.customers.sums.account import Account, end_of, look_ahead
from streams.core.customers.sums.contribution import contribution, extent_of
from streams.core.customers.sums.folding import tidy
from streams.core.customers.sums.open_life import OpenLife
from streams.core.customers.sums.row import row_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.customers.clock import Agenda
    from streams.core.customers.exchange.handovers import Told
    from streams.core.customers.exchange.links import Link
    from streams.core.customers.groups.cells import Contribution, Rules
    from streams.core.customers.lives.life import Life, Words
    from streams.core.customers.lives.merges import Handover
    from streams.core.customers.names import Names
    from streams.core.customers.stored.store import LifeStore
    from streams.core.customers.sums.book import Book
    from streams.core.customers.sums.row import CustomerRow


ROW: Final = 3
"""Changed keys that take as long to write as the row of a customer: so a flush is as short."""
UNSETTLED: Final = 10
"""Changed keys that take as long to write as a life to settle: the same."""
MOST_UNSETTLED: Final = 400
"""Lives that may be left to be settled between two pieces of work: a flush settles them."""
MOST_OPEN: Final = 2_000
"""Lives that may be open then, most of which are only to be written."""


MOST_PRINTS: Final = MOST * SIZE
"""Bytes of prints with which a life is written at the most."""


class OpenLives:
    """The lives that are open, and what came of those that were settled.

    Attributes:
        open: by customer.
        gone: who was forgotten lately.
        written: those that are to be written.
        added: what stands beside lives that nobody has read for it.
        questions: those about complaints; lives that are settled answer them.
        counts: what is counted besides: lives_overflowed, corrections_blind.
        clock: the customer clock, epoch seconds.
    """

    def __init__(
        self, store: LifeStore, book: Book, rules: Rules, names: Names, agenda: Agenda
    ) -> None:
        self._store = store
        self._book = book
        self._rules = rules
        self._tools = rules, names
        self._agenda = agenda
        self.open: dict[bytes, OpenLife] = {}
        self._unsettled: dict[bytes, None] = {}
        self.written = Written(store)
        self.added = AddedComplaints(store, self._put_in)
        self._rows: dict[bytes, CustomerRow | None] = {}
        self._waiting: dict[bytes, CustomerRow] = {}
        self._links: list[Link | Handover] = []
        self.gone = Gone()
        self.questions = Questions(store, rules, names)
        self.counts: Counter[str] = Counter()
        self.clock = 0

    def get(self, customer: bytes) -> OpenLife:
        """Open a life, or begin one."""
        one = self.open.get(customer)
        if one is None:
            one = self._open(customer, self.stored(customer))
        return one

    def _open(self, customer: bytes, stored: bytes | None) -> OpenLife:
        touched = partial(self._unsettled.__setitem__, customer, None)
        one = self.open[customer] = OpenLife(stored, touched)
        return one

    def settle_due(self, customer: bytes, due: int) -> bool:
        """Settle a life whose time has come; False if it was settled since it was noted."""
        one = self.open.get(customer)
        if one is None:
            stored = self.stored(customer)
            if stored is None or due_of(stored) != due:
                return False
            one = self._open(customer, stored)
        elif one.due != due:
            return False
        one.changed = True
        self.settle(customer)
        return True

    def settle(self, customer: bytes) -> None:
        """Let the cells follow what changed in an open life, and close it."""
        one = self.open.pop(customer)
        if not one.changed:
            return
        waited = one.since is None and one.due <= self.clock  # nothing but time went on
        if waited:
            one.touch(self._reached(one.due), self.clock, self._rules)
        if one.since is not None:
            del self._unsettled[customer]
            self._follow(customer, one, waited=waited)
            if is_empty(one.life):
                self._store.remove(customer)
                self._waiting.pop(customer, None)
                self.written.note(customer, tailed=one.tailed)
                self.added.forget()
                return
        self._put(customer, one.life, one.due, one.flags)
        self._agenda.note(customer, one.due)
        self.written.note(customer, tailed=one.tailed)

    def _put(self, customer: bytes, life: Life, due: int, flags: int) -> bytes:
        if len(life.prints) > MOST_PRINTS:
            forget_prints(life, 0)
        simple = simple_from(life, self._rules.calendar, self._rules.definitions.found_window)
        packed = pack(life, due, flags, simple)
        self._store.put(customer, packed)
        return packed

    def settle_some(self, most: int) -> bool:
        """Settle of those that are too many the first, `most` at the most; False where none are."""
        surplus = len(self._unsettled) - MOST_UNSETTLED
        few = list(islice(self._unsettled, max(0, min(surplus, most))))
        if surplus <= 0:
            surplus = len(self.open) - MOST_OPEN
            few = list(islice(self.open, max(0, min(surplus, most))))
        for customer in few:
            self.settle(customer)
        return surplus > 0

    def settle_all(self) -> None:
        """Settle every open life."""
        for customer in list(self.open):
            self.settle(customer)

    def begin(self, customer: bytes, packed: bytes) -> None:
        """Put a life where there is none; nothing follows from it."""
        self._store.put(customer, packed)
        self.written.note(customer, tailed=False)

    def replace(self, customer: bytes, packed: bytes) -> None:
        """Put a life that is not open in place of the one before; nothing follows from it."""
        self._store.put(customer, packed)
        self.written.note_added(customer)

    def stored(self, customer: bytes) -> bytes | None:
        """Give the bytes of a life with all that was added to it; None if there is none."""
        self.added.put_in(customer)
        return self._store.get(customer)

    def _put_in(self, customer: bytes, rows: bytes, words: list[Words]) -> None:
        """Put complaints and words that stand beside a life into it; nothing follows from them."""
        packed = self._store.get(customer)
        assert packed is not None  # noqa: S101 (to be removed, a life is opened first)
        whole = put_behind(packed, rows) if rows else packed
        if whole is not None and words:
            whole = put_words(whole, words)
        if whole is not None:
            self._store.put(customer, whole)
        else:
            life = unpack(packed)
            read_rows(life, rows)
            for said in words:
                life.words = newest(life.words, said)
            self._put(customer, life, due_of(packed), flags_of(packed))
        self.written.note(customer, tailed=is_tailed(packed))

    def packed(self, customer: bytes) -> bytes | None:
        """Give the bytes of a life that is not open; None where it is, or is none."""
        return None if customer in self.open else self._store.get(customer)

    @property
    def pending(self) -> int:
        """How many keys the lives and rows come to that are to be handed out."""
        rows = ROW * len(self._rows) + UNSETTLED * len(self._unsettled)
        own = len(self.open) + len(self.written) + self.added.pending + len(self._links)
        return rows + own + self.questions.pending

    def advance(self, clock: int) -> None:
        """Move the clock; epoch seconds."""
        self.clock = clock

    def restore(self, clock: int, counts: Mapping[str, int]) -> None:
        """Take over the clock and what was counted besides."""
        self.clock = clock
        self.counts.update(counts)

    def drain_links(self) -> list[Link | Handover]:
        """Return the links and handovers that changed since the last call."""
        links, self._links = self._links, []
        return links

    def release(self) -> None:
        """Let the rows be handed out that have changed in what is not urgent."""
        self._rows.update(self._waiting)
        self._waiting.clear()

    def show(self, customer: bytes) -> None:
        """Let the row of a customer be handed out, unless one waits already."""
        if customer not in self._rows and customer not in self._waiting:
            self._rows[customer] = self._row(customer)

    def drain_rows(self) -> list[tuple[str, CustomerRow | None]]:
        """Return what is to be published of customers."""
        rows, self._rows = self._rows, {}
        return [(customer.decode(), row) for customer, row in rows.items()]

    def _row(self, customer: bytes) -> CustomerRow | None:
        """Make the row of a customer as of the clock."""
        stored = self.stored(customer)
        if stored is None:
            return None
        life, reported = unpack(stored), min(self.clock, due_of(stored) - 1)
        account = Account(life, reported, self._rules)
        return row_of(customer.decode(), life, account, reported, self._tools)

    def _reached(self, time: int) -> int:
        """Give the first month whose numbers something can change that happens at a time."""
        return self._rules.calendar.of(max(time - self._rules.definitions.return_window, 0))

    def _link(self, customer: bytes, one: OpenLife, account: Account) -> None:
        """Tell others whom the customer referred, as far as it is not as it was told."""
        before = None if one.added is None else (one.added, one.reported)
        rules, names = self._tools
        now = account, self.clock
        self._links += changed(customer.decode(), before, now, rules, names)
        one.due = min(one.due, next_told(one.life, self.clock))

    def _hand_over(
        self, customer: bytes, before: list[Told], now: list[Told], ids: list[str]
    ) -> None:
        """Tell those into whom the customer was merged, as far as it is not as it was told.

        `ids`: of its subscriptions.
        """
        if before or now:
            names = self._tools[1]
            self._links += handovers.changed(customer.decode(), before, now, ids, names)

    def _follow(self, customer: bytes, one: OpenLife, *, waited: bool) -> None:
        life, clock, rules = one.life, self.clock, self._rules
        since = one.since
        assert since is not None  # noqa: S101 (it was touched)
        if one.due <= clock:
            since = min(since, self._reached(one.due))
        begin = 0 if life.base is None else rules.calendar.of(life.base.at + 1)
        since = max(since, begin)
        earlier, ids = one.added, life.subscriptions
        former = None
        if (at := forgotten_at(life, clock)) is not None:
            since = min(since, max(self._reached(first_changed(life, at)), begin))
            life, former = forget(life, clock, since, rules)
            one.life = life
            self.gone.note(customer.decode(), former.at)
        known = earlier if former is None else None
        account = (
            known.later(clock, life, rules)
            if waited and known is not None
            else Account(life, clock, rules, before=known)
        )
        if not (waited and known is not None and account.stands(known, one.reported, clock)):
            extent = extent_of(known, account, since, (one.reported, clock))
            if former is not None and earlier is not None and earlier.referred is not None:
                begin = max(begin, rules.calendar.of(earlier.referred.since))
                extent = extent._replace(referred=rules.calendar.starts[min(since, begin)])
            before: Contribution = {}
            if earlier is not None:
                before = contribution(earlier, one.reported, extent, rules)
            after = contribution(account, clock, extent, rules)
            if former is not None:
                former.add_to(after)
            self._book.replace(shard_of(customer), before, after, one.reported)
        if self.questions:
            self.questions.follow(customer, (earlier, one.reported), (account, clock))
        self.counts["corrections_blind"] += blind(life) - one.blind
        month = rules.calendar.of(clock)
        if account.same_groups and life.month and life.month <= month < life.until:
            ends = end_of(life, rules.calendar)
        else:
            ends = look_ahead(life, account.groups, clock, rules.calendar)
        one.due = min(account.walk.due, ends)
        for stock in (account.risk, account.referred):
            if stock is not None and account.walk.origin != NOBODY:
                one.due = min(one.due, stock.due(clock))
        if life.given or (earlier is not None and earlier.given):
            self._link(customer, one, account)
        handed = told_of(account) if former is None else former.handed + told_of(account)
        self._hand_over(customer, told_of(earlier), handed, ids)
        self._wait_to_show(customer, one, account)
        self.counts["lives_overflowed"] += tidy(life, clock, rules)

    def _wait_to_show(self, customer: bytes, one: OpenLife, account: Account) -> None:
        """Let the row of a life be handed out, if it has changed: what is urgent in it at once."""
        earlier = one.added
        if earlier is not None and account.shows(earlier, one.reported, self.clock):
            return
        row = row_of(customer.decode(), one.life, account, self.clock, self._tools)
        if account.urgent != (None if earlier is None else earlier.urgent):
            self._rows[customer] = row
            self._waiting.pop(customer, None)
            one.flags &= ~UNSHOWN
        elif row is not None:
            self._waiting[customer] = row
            one.flags |= UNSHOWN
