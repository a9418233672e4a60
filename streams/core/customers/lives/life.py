"""A life: all that is known of one customer.

What a life holds is a set: nothing in it depends on the order in which its events came, but for the
numbers of names and subscriptions, which decide nothing. `stored/packed.py` writes it down.
"""

from __future__ import annotations

from bisect import insort
from typing import Final

import msgspec

from streams.core.customers.lives.lifecycle import Entry

# One month: counts, and then three numbers for each currency.
PAYMENTS, GIVEN, CONVERTED, COMPLAINED = range(4)
"""Places in a month: payments, referrals given, those converted, complaints."""
COUNTS: Final = 4
MONEY: Final = 3
"""Numbers a currency: its own, revenue, cost to serve."""

Month = list[int]


class Count(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What one event of revenue, referrals or complaints adds to a month."""

    month: int
    payments: int = 0
    given: int = 0
    converted: int = 0
    complaints: int = 0
    currency: int = 0
    revenue: int = 0
    cost: int = 0


class Correction(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """A correction: what it is aimed at, and what holds instead.

    Attributes:
        at: epoch seconds at which it was made; the newest that is alive holds.
        own: its hash, which is also that of the entry that it brings.
        target: the hash of the event, or of the correction, that it replaces.
        root: when the event that is corrected in the end happened, epoch seconds.
        brings: whether something stands in the life under its hash that holds only if this does.
        counted: what the original added to a month, if it was no lifecycle event.
        instead: what the replacement adds to a month.
        print: that of the original, if it is counted by month (`prints`): then the correction holds
            once the life has counted it. Older versions wrote none, and believed it.
    """

    at: int
    own: bytes
    target: bytes
    root: int
    brings: bool = False
    counted: Count | None = None
    instead: Count | None = None
    print: bytes = b""


class ComplaintNote(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """A complaint of the customer.

    Attributes:
        at: epoch seconds.
        own: its hash, or that of the correction that brought it.
        labels: by number.
        named: the hash by which updates name it, where that is not `own`.
    """

    at: int
    own: bytes
    labels: tuple[int, ...] = ()
    named: bytes = b""


class ComplaintStep(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """What became of a complaint: when, the place of the status, its hash, the complaint's hash."""

    at: int
    status: int
    own: bytes
    complaint: bytes


class Referral(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """A referral that names somebody: when, its hash or that of the correction, and whom."""

    at: int
    own: bytes
    referred: str


class Words(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """What the customer wrote: of which topic by number, when, the event's hash, masked text."""

    of: int
    at: int
    own: bytes
    text: str


Step = tuple[int, int, int]
"""From a month on (its number): segment and tier, by number."""


class Referrer(msgspec.Struct, array_like=True, frozen=True, order=True):
    """Who referred this customer (`streams.core.customers.exchange.links`); the first one counts.

    Attributes:
        at: epoch seconds.
        own: the hash of the referral.
        referrer: who did.
        steps: from which month on (its number) that one has had which segment and tier.
    """

    at: int
    own: bytes
    referrer: str
    steps: list[Step]


class Merge(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Into whom the customer was merged: the hash of the event, or of the correction, and whom."""

    own: bytes
    into: str


class Away(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The end of a subscription, or of the last one: when, by what, why, and of which plan."""

    at: int
    kind: int
    reason: int
    mark: int
    plan: int


class StoredSubscription(msgspec.Struct, array_like=True):
    """A subscription as of a time (`streams.core.customers.lives.subscriptions`)."""

    number: int
    status: int
    value: int
    stated: bool
    currency: int
    plan: int
    unpaid_since: int
    renewed_at: int
    leaves: Away | None = None


class Taken(msgspec.Struct, array_like=True, frozen=True):
    """What another customer brought that was merged into this one (`merges`).

    Attributes:
        own: the hash of the entry that stands for it.
        origin: how the other one's first activation is named; 0 if nothing is known of it.
        since: when the other one first became a customer, epoch seconds; 0 if never.
        channel: by which it came.
        subscriptions: those that went on, in the order in which they came up.
    """

    own: bytes
    origin: int
    since: int
    channel: int
    subscriptions: list[StoredSubscription]


class Base(msgspec.Struct, array_like=True):
    """What a life was at a time, in place of its entries until then.

    Attributes:
        at: epoch seconds; every entry at or before it is in here.
        subscriptions: those known, in the order in which they came up.
        origin: how the first activation is to be named (`movements.Origin`); 0 if nothing is known.
        active: whether the customer was one, as reported.
        values: recurring value by currency, as reported.
        since: when the customer first became one; 0 if never.
        away: the loss that a return may still take back.
        channel: by which the customer came.
        segment: the segment stated last; 0 if none was.
        last: kind, time and reason of the last movement.
        into: whom the customer was merged into last; empty if it was not.
    """

    at: int
    subscriptions: list[StoredSubscription]
    origin: int
    active: bool
    values: dict[int, int]
    since: int
    away: Away | None
    channel: int
    segment: int
    last: tuple[int, int, int] | None
    into: str = ""


class Life(msgspec.Struct, array_like=True):
    """All that is known of one customer.

    Attributes:
        subscriptions: the ids that its events gave; entries have the place in it plus one.
        entries: lifecycle events, in order.
        corrections: in order.
        months: what came in and was said, by month.
        base: what is older.
        complaints: those that can still change a number, and the newest.
        steps: what became of them, the newest.
        month: from this month on `segment` and `tier` hold; 0: nothing is known of them.
        until: and before this month, as far as money does not change that.
        segment: the customer's segment in those months.
        tier: the customer's value tier in those months.
        currency: the one currency of all money; 0 if there is none or several.
        floor: by so much money may fall (0 or less), in minor units of that currency, without
            making `until` an earlier month,
        ceiling: and by so much it may rise.
        early: the earliest of the complaints that are kept no longer.
        given: the earliest referrals that name somebody.
        referrers: who referred this customer, in order.
        words: what the customer wrote last (`streams.core.customers.lives.words`).
        merges: into whom it was merged, for each entry that says so.
        taken: what others brought who were merged into it, for each entry that stands for one.
        prints: of the events that its months count (`prints`).
        unprinted: what is of this month or an earlier one may have been counted without a print.
    """

    subscriptions: list[str] = []
    entries: list[Entry] = []
    corrections: list[Correction] = []
    months: dict[int, Month] = {}
    base: Base | None = None
    complaints: list[ComplaintNote] = []
    steps: list[ComplaintStep] = []
    month: int = 0
    until: int = 0
    segment: int = 0
    tier: int = 0
    currency: int = 0
    floor: int = 0
    ceiling: int = 0
    early: list[ComplaintNote] = []
    given: list[Referral] = []
    referrers: list[Referrer] = []
    words: list[Words] = []
    merges: list[Merge] = []
    taken: list[Taken] = []
    prints: bytes = b""
    unprinted: int = 0

    def subscription(self, name: str | None) -> int:
        """Give the number of a subscription id; 0 for none."""
        if name is None:
            return 0
        if name not in self.subscriptions:
            self.subscriptions.append(name)
        return self.subscriptions.index(name) + 1

    def knows(self, own: bytes) -> bool:
        """Tell whether a lifecycle event or correction is here already."""
        for entry in self.entries:
            if entry.own == own:
                return True
        return any(correction.own == own for correction in self.corrections)

    def add_entry(self, entry: Entry) -> None:
        """Put an entry where it belongs."""
        entries = self.entries
        if entries and entry < entries[-1]:
            insort(entries, entry)
        else:
            entries.append(entry)

    def add_correction(self, correction: Correction) -> None:
        """Put a correction where it belongs."""
        insort(self.corrections, correction)

    def drop_said(self, gone: set[bytes]) -> None:
        """Drop complaints, their updates, referrals and words by the hashes of their events."""
        self.complaints = [note for note in self.complaints if note.own not in gone]
        self.early = [note for note in self.early if note.own not in gone]
        self.steps = [step for step in self.steps if step.own not in gone]
        self.given = [one for one in self.given if one.own not in gone]
        self.words = [one for one in self.words if one.own not in gone]

    def add_count(self, count: Count, sign: int = 1) -> None:
        """Add what an event says to its month, or take it out (-1)."""
        add_count(self.months, count, sign)


def add_count(months: dict[int, Month], count: Count, sign: int = 1) -> None:
    """Add what an event says to the months, or take it out (-1). No empty month stays."""
    month = months.get(count.month)
    if month is None:
        month = months[count.month] = [0] * COUNTS
    month[PAYMENTS] += sign * count.payments
    month[GIVEN] += sign * count.given
    month[CONVERTED] += sign * count.converted
    month[COMPLAINED] += sign * count.complaints
    if count.currency:
        add_money(month, count.currency, sign * count.revenue, sign * count.cost)
    if not any(month[:COUNTS]) and not any(
        month[at + 1] or month[at + 2] for at in range(COUNTS, len(month), MONEY)
    ):
        del months[count.month]


def add_money(month: Month, currency: int, revenue: int, cost: int) -> None:
    """Add revenue and cost in minor units of a currency."""
    for at in range(COUNTS, len(month), MONEY):
        if month[at] == currency:
            month[at + 1] += revenue
            month[at + 2] += cost
            return
    month += (currency, revenue, cost)


def there(month: Month | None) -> tuple[bool, bool, bool, bool, bool]:
    """Tell whether a month has revenue, cost, referrals, converted ones and complaints."""
    if month is None:
        return False, False, False, False, False
    if len(month) == COUNTS + MONEY:
        payments, given, converted, complaints, _, revenue, cost = month
        came, spent = revenue != 0, cost != 0
    else:
        payments, given, converted, complaints = month[:COUNTS]
        came = any(month[COUNTS + 1 :: MONEY])
        spent = any(month[COUNTS + 2 :: MONEY])
    return came or payments != 0, spent, given != 0, converted != 0, complaints != 0
