"""The walk: what the lifecycle events of one customer come to, up to a clock.

    signup            cancelled  signup                  cancelled
    |--- a customer ------|........|----- a customer ---------|
    new                   |<- 30 d                            lost
                          taken back: the return came within the window

The walk goes over the entries once, in order of time. A loss is reported at once, at its date, and
taken back by a return within `return_window` of it. So movements are a function of the entries and
the clock: the walk is made anew for a life that changed, and what it gave before is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.calendar import FAR
from streams.core.customers.lives import lifecycle as lc
from streams.core.customers.lives.life import Away, Base
from streams.core.customers.lives.merges import NOTHING, Handed, going_on, take_over
from streams.core.customers.lives.movements import DISCOVERED, NEW, NOBODY, Span
from streams.core.customers.lives.reported import Reported
from streams.core.customers.lives.subscriptions import (
    ACTIVE,
    ENDED,
    KNOWN_ACTIVE,
    PAUSED,
    TRIAL,
    Subscription,
    restored,
)
from streams.core.customers.names import CURRENCY, GONE, UNPAID
from streams.core.event_time.buckets import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.definitions import Definitions
    from streams.core.customers.lives.lifecycle import Entry
    from streams.core.customers.lives.merges import Brought
    from streams.core.customers.lives.movements import Values

ARRIVES: Final = frozenset({lc.SIGNUP, lc.TRIAL_BEGAN, lc.TRIAL_CONVERTED})
"""What says by which channel a customer came."""
BY_PAYMENT: Final = lc.mark(None, "payment")


class Walk(Reported):
    """One customer at a time, and all that came about until then.

    Attributes:
        subscriptions: by number.
        brought: what the entries of merges mean.
        handed: what was handed over to those into whom the customer was merged.
        due: epoch seconds of what happens next; FAR if nothing does.
        walked: epoch seconds of what happened last; discovered: by a payment.
    """

    def __init__(self, base: Base | None, definitions: Definitions) -> None:
        super().__init__(definitions)
        self._unpaid = definitions.past_due_days * DAY
        self._free = definitions.count_free
        self.subscriptions: dict[int, Subscription] = {}
        self.brought: Brought = NOTHING
        self.handed: list[Handed] = []
        self.into = ""
        self.due = FAR
        self.walked, self.discovered = -1, False
        self._at = 0
        self._entries: Sequence[Entry] = ()
        if base is not None:
            self._continue(base)

    def _continue(self, base: Base) -> None:
        self.subscriptions = {one.number: restored(one) for one in base.subscriptions}
        self.origin = base.origin
        self.since = base.since
        self.active, self.values = base.active, base.values
        self.away, self.channel = base.away, base.channel
        self.last, self.into = base.last, base.into
        self._now = self._look()
        if self.active:
            self.spans.append(Span(base.at, True, self.values))  # noqa: FBT003 (as the field)

    def store(self, at: int, segment: int) -> Base:
        """Write down what the customer is after a walk that `finish` has not ended."""
        return Base(
            at,
            [one.store(number) for number, one in self.subscriptions.items()],
            self.origin,
            self.active,
            self.values,
            self.since,
            self.away,
            self.channel,
            segment,
            self.last,
            self.into,
        )

    def go(self, entries: Sequence[Entry], payment: int | None, clock: int) -> None:
        """Walk over all entries up to the clock; a walk that was resumed goes on from where it was.

        Args:
            entries: those that hold, in order, none before the base; none is new that is not later
                than all that the walk has been over.
            payment: when a payment discovers the customer, epoch seconds, if one does.
            clock: epoch seconds; what is later has not happened yet.
        """
        if payment is not None and not self.discovered:
            if payment > clock:
                self.due = payment
                return
            self._discover_by_payment(payment)
        self._entries = entries
        at, count = self._at, len(entries)
        while True:
            self._at = at
            ends = self._next_end()
            when = entries[at].at if at < count else FAR
            self.due = min(when, ends)
            if self.due > clock or self.due == FAR:
                return
            self.walked = self.due
            if ends <= when:
                self._end_unpaid(ends)
                self._end_announced(ends)
                continue
            first = at
            at += 1
            while at < count and entries[at].at == when:
                at += 1
            if at - first == 1:
                self._take(entries[first], annulled=self._annulled(entries[first]))
            else:
                self._take_all(entries[first:at])

    def forget(self, at: int) -> None:
        """End every subscription, as the customer is to be removed."""
        for one in self.subscriptions.values():
            one.end()
        self._note(Away(at, lc.FORGOTTEN, GONE, 0, 0))

    # -- events ---------------------------------------------------------------------------------

    def _take_all(self, second: Sequence[Entry]) -> None:
        """Let the events of one second happen: ends first if there is something to end."""
        annulled = {entry.own for entry in second if self._annulled(entry)}
        if self._now[0]:
            second = sorted(second, key=lambda entry: entry.kind not in lc.ENDS)  # stable
        for entry in second:
            self._take(entry, annulled=entry.own in annulled)

    def _annulled(self, entry: Entry) -> bool:
        """Tell whether a signup or renewal came after an end was announced and before it came."""
        if entry.ahead <= 0:
            return False
        said = entry.at - entry.ahead
        if entry.subscription:
            one = self.subscriptions.get(entry.subscription)
            return one is not None and one.renewed_at > said
        return any(one.renewed_at > said for one in self.subscriptions.values())

    def _take(self, entry: Entry, *, annulled: bool) -> None:
        if entry.kind in lc.ENDS:
            if not annulled:
                self._take_end(entry)
            return
        if entry.kind == lc.TAKEN:
            self._take_over(entry)
            return
        one = self._addressed(entry)
        if self.origin == NOBODY:
            starts = entry.kind in lc.STARTS or entry.kind == lc.TRIAL_CONVERTED
            self.origin = NEW if starts else DISCOVERED
            if entry.kind in KNOWN_ACTIVE:
                one.status = ACTIVE
            elif entry.kind == lc.TRIAL_CONVERTED:
                one.status = TRIAL
        if entry.channel and entry.kind in ARRIVES:
            self.channel = entry.channel
        currency = one.currency
        one.apply(entry)
        exchanged = currency and currency != one.currency
        reason = CURRENCY if exchanged else entry.reason
        self._note(Away(entry.at, entry.kind, reason, 0, one.plan))

    def _addressed(self, entry: Entry) -> Subscription:
        """Find the subscription that an event is about: without an id, the only one there is."""
        number = entry.subscription
        if not number:
            one = self.subscriptions.get(0)
            if one is not None and len(self.subscriptions) == 1:
                return one
            there = [one for one in self.subscriptions.values() if one.status != ENDED]
            if len(there) == 1:
                return there[0]
        one = self.subscriptions.get(number)
        if one is None:
            one = self.subscriptions[number] = Subscription()
        return one

    def _take_end(self, entry: Entry) -> None:
        """End one subscription, or all if the event names none or the customer is gone."""
        kind, number = entry.kind, entry.subscription
        into = self.brought.into.get(entry.own) if kind == lc.MERGED else None
        if into is not None:
            going = going_on(self.subscriptions, self._announced(entry.at))
            given = self.origin, self.since, self.channel, entry.reason, going
            self.handed.append(Handed(entry.own, entry.at, into, *given))
            self.into = into
        elif self.origin == NOBODY and kind != lc.TRIAL_ENDED:
            self.origin = DISCOVERED
            one = self.subscriptions[number] = Subscription()
            one.status = ACTIVE
            if entry.term:
                one.value, one.currency = entry.worth(), entry.currency
            self._note(Away(entry.at, kind, 0, 0, entry.plan))
        whole = not number or kind == lc.MERGED
        plan = entry.plan
        for own, one in self.subscriptions.items():
            if (
                (whole or own == number)
                and one.status != ENDED
                and (kind != lc.TRIAL_ENDED or one.status == TRIAL)
            ):
                plan = entry.plan or one.plan
                one.apply(entry)
        self._note(Away(entry.at, kind, entry.reason, entry.mark, plan), for_good=into is not None)

    def _take_over(self, entry: Entry) -> None:
        """Go on with what another customer had that was merged into this one."""
        taken = self.brought.taken[entry.own]
        if taken.since:
            self.since = min(self.since or taken.since, taken.since)
        if taken.subscriptions:
            self.origin = self.origin or taken.origin
            self.channel = self.channel or taken.channel
        take_over(self.subscriptions, taken.subscriptions)
        self._note(Away(entry.at, lc.TAKEN, entry.reason, 0, 0))

    def _discover_by_payment(self, at: int) -> None:
        self.discovered, self.walked = True, at
        self.origin = DISCOVERED
        one = self.subscriptions[0] = Subscription()
        one.status = ACTIVE
        self._note(Away(at, lc.PAID, 0, 0, 0))

    def _next_end(self) -> int:
        """Give when the next subscription ends by itself: it is unpaid, or was to end then."""
        due = FAR
        for one in self.subscriptions.values():
            if one.unpaid_since:
                due = min(due, one.unpaid_since + self._unpaid)
            if one.leaves is not None:
                due = min(due, one.leaves.at)
        return due

    def _announced(self, at: int) -> list[Entry]:
        """Give the ends that are announced by a time, for later, and that nothing has annulled."""
        return [
            entry
            for entry in self._entries
            if entry.kind in lc.LEAVES
            and entry.at - entry.ahead <= at < entry.at
            and not self._annulled(entry)
        ]

    def _end_announced(self, at: int) -> None:
        """End what was to end at a time when somebody brought it in a merge."""
        ending = [one for one in self.subscriptions.values() if one.leaves and one.leaves.at == at]
        for cause in dict.fromkeys(one.leaves for one in ending):
            plan = 0
            for one in ending:
                if cause is not None and one.leaves == cause:
                    one.end()
                    plan = one.plan
            if cause is not None:
                self._note(Away(at, cause.kind, cause.reason, cause.mark, plan))

    def _end_unpaid(self, at: int) -> None:
        plan = 0
        for one in self.subscriptions.values():
            if one.unpaid_since and one.unpaid_since + self._unpaid == at:
                one.end()
                plan = one.plan
        self._note(Away(at, lc.PAST_DUE, UNPAID, BY_PAYMENT, plan))

    def _look(self) -> tuple[bool, Values]:
        """Tell whether the customer is one now, and what is recurring."""
        active = False
        values: Values = {}
        for one in self.subscriptions.values():
            if one.status == ACTIVE:
                value = one.value
                if value > 0:
                    values[one.currency] = values.get(one.currency, 0) + value
                elif one.stated and not self._free:
                    continue
                active = True
            elif one.status == PAUSED and (self._free or one.value or not one.stated):
                active = True
        return active, values

    def _note(self, cause: Away, *, for_good: bool = False) -> None:
        """Take notice of what the customer is after an event."""
        self._report(cause, self._look(), for_good=for_good)
