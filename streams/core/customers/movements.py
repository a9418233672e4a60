"""Movements: what the lifecycle events of one customer come to, up to a clock.

    signup            cancelled  signup                  cancelled
    |--- a customer ------|........|----- a customer ---------|
    new                   |<- 30 d                            lost
                          taken back: the return came within the window

The walk goes over the entries once, in order of time. A loss is reported at once, at its date, and
taken back by a return within `return_window` of it. So movements are a function of the entries and
the clock: the walk is made anew for a life that changed, and what it gave before is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers import lifecycle as lc
from streams.core.customers.calendar import FAR
from streams.core.customers.life import Base
from streams.core.customers.lifecycle import Entry
from streams.core.customers.subscriptions import (
    ACTIVE,
    ENDED,
    KNOWN_ACTIVE,
    PAUSED,
    TRIAL,
    Subscription,
    restored,
)
from streams.core.event_time.buckets import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.definitions import Definitions

(
    NOBODY,
    NEW,
    REACTIVATED,
    DISCOVERED,
    OPENING,
    LOST,
    EXPANSION,
    CONTRACTION,
    MOVED_IN,
    MOVED_OUT,
    MERGED_IN,
    MERGED_OUT,
) = range(12)
"""Kinds of movements; a customer of whom nothing is known is NOBODY."""

COUNTED: Final[dict[int, int]] = {
    NEW: 1,
    REACTIVATED: 1,
    DISCOVERED: 1,
    OPENING: 1,
    MOVED_IN: 1,
    MERGED_IN: 1,
    LOST: -1,
    MOVED_OUT: -1,
    MERGED_OUT: -1,
    EXPANSION: 0,
    CONTRACTION: 0,
}
"""By kind: what it adds to the number of customers."""
VALUED: Final[dict[int, int]] = {**COUNTED, EXPANSION: 1, CONTRACTION: -1}
"""By kind: whether its value is added to the recurring value or taken off."""

Values = dict[int, int]
"""Recurring value in minor units, by the number of the currency."""


class Movement(NamedTuple):
    """A change of the customer base: when, what, how much, by which event, and of which plan."""

    at: int
    kind: int
    values: Values
    cause: Entry
    plan: int
    reason: int


class Span(NamedTuple):
    """From `at` on: whether the customer is one, and what is recurring."""

    at: int
    active: bool
    values: Values


def _inner(at: int, kind: int) -> Entry:
    """Make an entry of something that no event says."""
    return Entry(at, kind, b"", 0, 0, lc.UNSTATED, 0, 0, 0, 0, 0, 0)


class Walk:
    """One customer at a time, and all that came about until then.

    Attributes:
        movements: in order of time.
        spans: what the customer was, in order of time.
        subscriptions: by number.
        origin: NEW or DISCOVERED, as the first activation is called; NOBODY before the first event.
        since: epoch seconds of the first activation; 0 if there was none.
        due: epoch seconds of what happens next; FAR if nothing does.
    """

    def __init__(self, base: Base | None, definitions: Definitions) -> None:
        self._window = definitions.return_window
        self._unpaid = definitions.past_due_days * DAY
        self._free = definitions.count_free
        self._start = definitions.start or 0
        self.movements: list[Movement] = []
        self.spans: list[Span] = []
        self.subscriptions: dict[int, Subscription] = {}
        self.origin = NOBODY
        self.since = 0
        self.active = False
        self.values: Values = {}
        self.away: Entry | None = None
        self.away_at = 0
        self.away_plan = 0
        self.last: tuple[int, int, int] | None = None
        self.due = FAR
        self._now: tuple[bool, Values] = (False, {})
        if base is not None:
            self._continue(base)

    def _continue(self, base: Base) -> None:
        self.subscriptions = {one.number: restored(one) for one in base.subscriptions}
        self.origin = base.origin
        self.since = base.since
        self.active, self.values = base.active, base.values
        self.away, self.away_at, self.away_plan = base.away, base.away_at, base.away_plan
        self.last = base.last
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
            self.away_at,
            self.away_plan,
            segment,
            self.last,
        )

    def go(self, entries: Sequence[Entry], payment: int | None, clock: int) -> None:
        """Walk over all entries up to the clock.

        Args:
            entries: those that hold, in order, none before the base.
            payment: when a payment discovers the customer, epoch seconds, if one does.
            clock: epoch seconds; what is later has not happened yet.
        """
        if payment is not None:
            if payment > clock:
                self.due = payment
                return
            self._discover_by_payment(payment)
        at, count = 0, len(entries)
        while True:
            unpaid = self._next_unpaid()
            when = entries[at].at if at < count else FAR
            self.due = min(when, unpaid)
            if self.due > clock or self.due == FAR:
                return
            if unpaid <= when:
                self._end_unpaid(unpaid)
                continue
            first = at
            at += 1
            while at < count and entries[at].at == when:
                at += 1
            if at - first == 1:
                self._take(entries[first], annulled=self._annulled(entries[first]))
            else:
                self._take_all(entries[first:at])

    def finish(self) -> None:
        """Report the loss that a return may still take back."""
        if self.away is not None:
            self._leave()

    def forget(self, at: int) -> None:
        """End every subscription, as the customer is to be removed."""
        for one in self.subscriptions.values():
            one.end()
        self._note(at, _inner(at, lc.FORGOTTEN), 0)

    # -- events ---------------------------------------------------------------------------------

    def _take_all(self, second: Sequence[Entry]) -> None:
        """Let the events of one second happen: ends first if there is something to end."""
        annulled = {entry.own for entry in second if self._annulled(entry)}
        if any(one.status in (ACTIVE, PAUSED) for one in self.subscriptions.values()):
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
        one = self._addressed(entry)
        if self.origin == NOBODY:
            starts = entry.kind in lc.STARTS or entry.kind == lc.TRIAL_CONVERTED
            self.origin = NEW if starts else DISCOVERED
            if entry.kind in KNOWN_ACTIVE:
                one.status = ACTIVE
            elif entry.kind == lc.TRIAL_CONVERTED:
                one.status = TRIAL
        one.take(entry)
        self._note(entry.at, entry, one.plan)

    def _addressed(self, entry: Entry) -> Subscription:
        """Find the subscription that an event is about: without an id, the only one there is."""
        number = entry.subscription
        if not number and entry.kind not in lc.STARTS:
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
        if self.origin == NOBODY and kind in lc.LEAVES:
            self.origin = DISCOVERED
            one = self.subscriptions[number] = Subscription()
            one.status, one.value, one.currency = ACTIVE, entry.value, entry.currency
            self._note(entry.at, entry, 0)
        whole = not number or kind in (lc.MERGED, lc.FORGOTTEN)
        plan = 0
        for own, one in self.subscriptions.items():
            if (whole or own == number) and one.status != ENDED:
                before = one.status
                one.take(entry)
                if before != one.status:
                    plan = plan or one.plan
        self._note(entry.at, entry, plan)

    def _discover_by_payment(self, at: int) -> None:
        self.origin = DISCOVERED
        one = self.subscriptions[0] = Subscription()
        one.status = ACTIVE
        self._note(at, _inner(at, lc.PAID), 0)

    def _next_unpaid(self) -> int:
        """Give when the next subscription is lost for want of payment."""
        due = FAR
        for one in self.subscriptions.values():
            if one.unpaid_since:
                due = min(due, one.unpaid_since + self._unpaid)
        return due

    def _end_unpaid(self, at: int) -> None:
        plan = 0
        for one in self.subscriptions.values():
            if one.unpaid_since and one.unpaid_since + self._unpaid == at:
                one.end()
                plan = plan or one.plan
        self._note(at, _inner(at, lc.PAST_DUE), plan)

    # -- what comes of them -----------------------------------------------------------------------

    def _look(self) -> tuple[bool, Values]:
        """Tell whether the customer is one now, and what is recurring."""
        active = False
        values: Values = {}
        for one in self.subscriptions.values():
            if one.status == ACTIVE:
                value = one.value
                if value > 0:
                    values[one.currency] = values.get(one.currency, 0) + value
                elif value == 0 and not self._free:
                    continue
                active = True
            elif one.status == PAUSED:
                active = True
        return active, values

    def _note(self, at: int, cause: Entry, plan: int) -> None:
        """Take notice of what the customer is after an event."""
        now = self._look()
        if now == self._now:
            return
        self._now = active, values = now
        if not active:
            self.away, self.away_at, self.away_plan = cause, at, plan
        elif self.away is not None and at >= self.away_at + self._window:
            self._leave()
            self._enter(at, values, cause, plan)
        elif self.active:
            self.away = None
            self._revalue(at, values, cause, plan)
        else:
            self._enter(at, values, cause, plan)

    def _enter(self, at: int, values: Values, cause: Entry, plan: int) -> None:
        kind = REACTIVATED if self.since else self.origin
        if kind == DISCOVERED and at < self._start:
            kind = OPENING
        self.since = self.since or max(at, 1)
        self.active, self.values = True, values
        self._move(Movement(at, kind, values, cause, plan, cause.reason))
        self.spans.append(Span(at, True, values))  # noqa: FBT003 (as the field)

    def _leave(self) -> None:
        cause = self.away
        assert cause is not None  # noqa: S101 (who leaves is away)
        kind = MERGED_OUT if cause.kind == lc.MERGED else LOST
        silent = cause.kind in (lc.PAST_DUE, lc.FORGOTTEN)
        reason = cause.reason or (~cause.kind if silent else 0)
        values = self.values
        self.away, self.active, self.values = None, False, {}
        self._move(Movement(self.away_at, kind, values, cause, self.away_plan, reason))
        self.spans.append(Span(self.away_at, False, {}))  # noqa: FBT003 (as the field)

    def _revalue(self, at: int, values: Values, cause: Entry, plan: int) -> None:
        before = self.values
        if values == before:
            return
        self.values = values
        self.spans.append(Span(at, True, values))  # noqa: FBT003 (as the field)
        more: Values = {}
        less: Values = {}
        for currency in {**before, **values}:
            change = values.get(currency, 0) - before.get(currency, 0)
            if change > 0:
                more[currency] = change
            elif change < 0:
                less[currency] = -change
        reason = ~lc.CURRENCY if more and less else cause.reason or ~cause.kind
        if more:
            self._move(Movement(at, EXPANSION, more, cause, plan, reason))
        if less:
            self._move(Movement(at, CONTRACTION, less, cause, plan, reason))

    def _move(self, movement: Movement) -> None:
        self.movements.append(movement)
        self.last = movement.kind, movement.at, movement.reason
