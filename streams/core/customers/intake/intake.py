"""Intake: what an accepted event does to the open life of its customer.

Most events are payments of known customers, in a month whose group is known and stays: they are
added to the life and to the cells at once. Whatever can change more is left to settling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from streams.core.customers.calendar import FAR
from streams.core.customers.changes import Refused, TooLate
from streams.core.customers.complaints.complaints import (
    add_complaint,
    add_step,
    earliest,
    is_full,
)
from streams.core.customers.exchange.links import add_referral
from streams.core.customers.groups.cells import (
    COMPLAINTS,
    REFERRED,
    REFERRED_CONVERTED,
)
from streams.core.customers.intake.accept import (
    CORRECTIONS,
    add_entry,
    correct,
    count_of,
    is_simple,
    step_of,
    times,
    waits,
)
from streams.core.customers.intake.complaint_rows import complaint_rows
from streams.core.customers.intake.month_counts import MonthCounts
from streams.core.customers.intake.unread import UnreadComplaints
from streams.core.customers.lives.life import (
    COMPLAINED,
    CONVERTED,
    COUNTS,
    GIVEN,
    PAYMENTS,
    Count,
    add_money,
    there,
)
from streams.core.customers.lives.lifecycle import ENTRY_OF, hashed, seconds
from streams.core.customers.lives.prints import SIZE as PRINT
from streams.core.customers.lives.prints import month_of, print_of
from streams.core.customers.lives.words import hear
from streams.core.customers.stored.bare import note_of
from streams.core.customers.stored.packed import add_payment
from streams.core.customers.sums.account import groups_of, look_ahead
from streams.core.customers.sums.contribution import SAID
from streams.core.customers.sums.folding import ACCEPTED, MONEY_KEPT, edge_of, reach

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.core.customers.clock import Agenda
    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.intake.complaint_rows import ComplaintRows
    from streams.core.customers.intake.settle import OpenLives
    from streams.core.customers.lives.life import Life
    from streams.core.customers.names import Names
    from streams.core.customers.sums.book import Book
    from streams.core.customers.sums.open_life import OpenLife


class Intake:
    """Takes the events of all topics into the lives of their customers.

    A handler gives why an event is too late, or None.
    """

    def __init__(
        self, lives: OpenLives, book: Book, rules: Rules, names: Names, agenda: Agenda
    ) -> None:
        self._lives = lives
        self._book = book
        self._rules = rules
        self._names = names
        self._agenda = agenda
        self._reach = reach(rules.definitions)
        self._found = rules.definitions.found_window
        self._margin = rules.definitions.tier_by == "margin"
        self._accepted = self._accepted_month = 0
        self._counts = MonthCounts(lives, book, rules)
        self._unread = UnreadComplaints(lives, self._counts.sums, rules)
        self.first_month = 0
        self._clock_month = 0
        self.move()
        self._handlers: dict[str, Callable[[bytes, Any], TooLate | None]] = {
            "revenue": self._revenue,
            "referrals": self._referral,
            "complaint_updates": self._complaint_update,
            CORRECTIONS: self._correction,
        }
        self._handlers |= {topic: self._lifecycle(topic) for topic in ENTRY_OF}

    def move(self) -> None:
        """Take notice of the clock."""
        clock, calendar = self._lives.clock, self._rules.calendar
        self._clock_month = calendar.of(clock)
        self._accepted = edge_of(clock, ACCEPTED, self._rules)
        self._accepted_month = calendar.of(self._accepted)
        self.first_month = self._clock_month - MONEY_KEPT

    def process(self, topic: str, events: list[Any]) -> list[Refused]:
        """Let the events of a batch happen; returns those that are too late, by their place."""
        if topic == "complaints":
            return self._complaints(events) if events else []
        handle, refused = self._handlers[topic], []
        for place, event in enumerate(events):
            reason = handle(event.customer_id.encode(), event)
            if reason is not None:
                refused.append(Refused(place, reason))
        return refused

    # -- lifecycle --------------------------------------------------------------------------------

    def _lifecycle(self, topic: str) -> Callable[[bytes, Any], TooLate | None]:
        make, names = ENTRY_OF[topic], self._names

        def handle(customer: bytes, event: Any) -> TooLate | None:  # noqa: ANN401
            one = self._lives.get(customer)
            life = one.life
            own = hashed(topic, event.event_id)
            entry = make(event, own, 0, names)
            first = min(entry.at, entry.at - entry.ahead)
            if self._is_before(life, first):
                return TooLate.BEFORE_BASE
            if life.knows(own):
                return None
            if (named := event.subscription_id) is not None:
                entry = msgspec.structs.replace(entry, subscription=life.subscription(named))
            later = one.since is None and first > self._lives.clock
            alone = not one.known and entry.kind not in SAID  # nothing was added for it so far
            if later and (alone or waits(life, entry)):
                self._wait(customer, one, entry.at)
            else:
                one.touch(self._reached(first), self._lives.clock, self._rules)
            add_entry(life, entry, event)
            hear(life, topic, event, own)
            return None

        return handle

    def _wait(self, customer: bytes, one: OpenLife, at: int) -> None:
        """Leave what happens later than the clock until the clock has come to it."""
        if at < one.due:
            self._agenda.note(customer, at)
        one.note(at)

    def _correction(self, customer: bytes, event: Any) -> TooLate | None:  # noqa: ANN401
        one = self._lives.get(customer)
        first = min(times(CORRECTIONS, event))
        if self._is_before(one.life, first):
            return TooLate.BEFORE_BASE
        since = self._reached(min(first, earliest(one.life, first)))
        one.touch(since, self._lives.clock, self._rules)
        correct(one.life, event, self._names, self._rules.calendar)
        return None

    def _is_before(self, life: Life, time: int) -> bool:
        """Tell whether a time belongs to what is folded, or might be."""
        return time < self._accepted or (life.base is not None and time <= life.base.at)

    def _reached(self, time: int) -> int:
        return self._rules.calendar.of(max(time - self._reach, 0))

    # -- what is counted by month -----------------------------------------------------------------

    def _revenue(self, customer: bytes, event: Any) -> TooLate | None:  # noqa: ANN401
        month = self._rules.calendar.of(seconds(event.occurred_at))
        if month < self.first_month:
            return TooLate.BEFORE_HORIZON
        packed = self._lives.packed(customer) if month >= self._clock_month else None
        printed = print_of("revenue", month, event.event_id)
        if packed is not None and self._pay_unread(customer, packed, printed, event):
            return None
        one = self._lives.get(customer)
        self._print(one, printed)
        self._pay_read(customer, one, month, event)
        return None

    def _pay_read(self, customer: bytes, one: OpenLife, month: int, event: Any) -> None:  # noqa: ANN401
        """Add money to an open life."""
        life, names, calendar = one.life, self._names, self._rules.calendar
        if one.since is None and self._is_simple(life, month, event.amount):
            amount = event.amount - (event.cost_to_serve if self._margin else 0)
            currency = names.number(event.currency)
            noted = life.month <= month < life.until
            stays = (life.currency == currency or not self._rules.tiers.base) and (
                life.floor <= amount <= life.ceiling
            )
            if not noted:
                self._pay(customer, one, count_of("revenue", event, names, calendar))
                return
            self._pay_simply(one, month, currency, (event.amount, event.cost_to_serve))
            if not stays:
                self._look_ahead(customer, one)
            elif amount > 0:
                life.ceiling -= amount
            else:
                life.floor -= amount
            return
        count = count_of("revenue", event, names, calendar)
        if month < self._accepted_month:
            count = msgspec.structs.replace(count, payments=0)  # it discovers nobody any more
        self._counts.count(customer, one, count)

    def _pay_unread(self, customer: bytes, packed: bytes, printed: bytes, event: Any) -> bool:  # noqa: ANN401
        """Add money to a life that is not read for it; False if more than its sum may follow."""
        amount, cost = event.amount, event.cost_to_serve
        currency = self._names.number(event.currency)
        money = amount, cost, amount - cost if self._margin else amount
        tiered = self._rules.tiers.base > 0
        added = add_payment(packed, printed, currency, money, tiered=tiered)
        if added is None:
            return False
        self._lives.replace(customer, added.packed)
        key = month_of(printed), added.segment, added.tier, currency
        self._counts.sums.add(key, (amount, cost), added.payers, added.costly)
        return True

    def _pay_simply(self, one: OpenLife, month: int, currency: int, money: tuple[int, int]) -> None:
        """Add revenue and cost of which nothing follows; the cells get the sums of a batch."""
        life, months = one.life, one.months()
        row = months.get(month)
        if row is None:
            row = months[month] = [0] * COUNTS
        before = there(row)
        row[PAYMENTS] += money[0] > 0
        add_money(row, currency, *money)
        after = there(row)
        key = month, life.segment, life.tier, currency
        self._counts.sums.add(key, money, after[0] - before[0], after[1] - before[1])

    def post(self) -> None:
        """Bring the sums of a batch into the cells."""
        self._counts.sums.post(self._book)

    def _is_simple(self, life: Life, month: int, amount: int) -> bool:
        """Tell whether money of a month changes no number that is reported but its own."""
        if month < self._clock_month:
            return False
        return is_simple(life, month, self._rules.calendar, self._found, paid=amount > 0)

    def _pay(self, customer: bytes, one: OpenLife, count: Count) -> None:
        """Add money of a month whose group is not noted, and that changes those to come at most."""
        group = groups_of(one.life, self._rules).of(count.month)
        self._counts.add(customer, one, count, group)
        self._look_ahead(customer, one)

    def _look_ahead(self, customer: bytes, one: OpenLife) -> None:
        """Note how long the group of a life holds, now that money was added to it."""
        life, rules = one.life, self._rules
        due = look_ahead(life, groups_of(life, rules), self._lives.clock, rules.calendar)
        if due < one.due:
            self._agenda.note(customer, due)
        one.note(due)

    # -- counting ---------------------------------------------------------------------------------

    def _print(self, one: OpenLife, printed: bytes) -> None:
        """Note that an event is counted; corrections that came before it hold from now on."""
        life, starts = one.life, self._rules.calendar.starts
        for waiting in life.corrections:
            if waiting.print == printed:
                brought = waiting.root if waiting.instead is None else starts[waiting.instead.month]
                first = min(waiting.root, brought)
                since = self._reached(min(first, earliest(life, first)))
                one.touch(since, self._lives.clock, self._rules)
        life.prints += printed

    def _complaints(self, events: list[Any]) -> list[Refused]:
        batch = complaint_rows(events, self._names, self._rules.calendar)
        months, refused = batch.months, []
        told: Sequence[int] = range(len(events))
        if None in batch.customers:
            for place in [one for one in told if batch.customers[one] is None]:
                self._counts.count_anonymous(int(months[place]))
            told = [one for one in told if batch.customers[one] is not None]
        if months.min() < self.first_month:
            late = [place for place in told if months[place] < self.first_month]
            refused = [Refused(place, TooLate.BEFORE_HORIZON) for place in late]
            told = [one for one in told if months[one] >= self.first_month]
        left = self._unread.add(batch, told)
        more = self._unread.begin(batch, left)
        for place in self._unread.add(batch, more) if len(more) < len(left) else more:
            self._complaint(batch, place, events[place])
        return refused

    def _complaint(self, batch: ComplaintRows, place: int, event: Any) -> None:  # noqa: ANN401
        """Add a complaint to an open life."""
        customer, month = event.customer_id.encode(), int(batch.months[place])
        note = note_of(row := batch.rows[place].tobytes())
        one = self._lives.get(customer)
        self._print(one, row[:PRINT])
        if (counted := self._counts.row(one, month)) is not None:
            self._counts.add_one(one, counted, month, COMPLAINED, COMPLAINTS)
        else:
            self._counts.count(customer, one, Count(month, complaints=1))
        self._risk(customer, one, note.at)
        self._lives.counts["lives_overflowed"] += add_complaint(one.life, note)
        hear(one.life, "complaints", event, note.own)

    def _risk(self, customer: bytes, one: OpenLife, at: int) -> None:
        """Leave to settling whether a customer becomes one at risk, or ceases to be."""
        life = one.life
        if life.entries or life.base is not None or any(m[PAYMENTS] for m in life.months.values()):
            later = one.since is None and at > self._lives.clock and not life.corrections
            if later and not is_full(life):
                self._wait(customer, one, at)
                return
            since = self._rules.calendar.of(earliest(life, at))
            one.touch(since, self._lives.clock, self._rules)

    def _referral(self, customer: bytes, event: Any) -> TooLate | None:  # noqa: ANN401
        at = seconds(event.occurred_at)
        month = self._rules.calendar.of(at)
        if month < self.first_month:
            return TooLate.BEFORE_HORIZON
        one, converted = self._lives.get(customer), event.converted
        self._print(one, print_of("referrals", month, event.event_id))
        if (row := self._counts.row(one, month)) is not None:
            self._counts.add_one(one, row, month, GIVEN, REFERRED)
            if converted:
                self._counts.add_one(one, row, month, CONVERTED, REFERRED_CONVERTED)
        else:
            self._counts.count(customer, one, Count(month, given=1, converted=int(converted)))
        if event.referred_customer_id is not None:
            one.touch(month, self._lives.clock, self._rules)
            own = hashed("referrals", event.event_id)
            add_referral(one.life, at, own, event.referred_customer_id)
        return None

    def _complaint_update(self, customer: bytes, event: Any) -> TooLate | None:  # noqa: ANN401
        one = self._lives.get(customer)
        step = step_of(event, hashed("complaint_updates", event.event_id))
        if self._rules.calendar.of(step.at) < self.first_month:
            return TooLate.BEFORE_HORIZON
        self._risk(customer, one, step.at)
        add_step(one.life, step)
        one.note(FAR)
        return None
