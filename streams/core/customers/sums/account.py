"""The account of a life: what it comes to at a clock, and how long that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.calendar import FAR
from streams.core.customers.complaints.risk import Risk
from streams.core.customers.groups.cells import MUCH
from streams.core.customers.groups.groups import Groups, statements
from streams.core.customers.groups.referred import Referred
from streams.core.customers.lives import lifecycle as lc
from streams.core.customers.lives.corrections import entries_of, given_of, months_of
from streams.core.customers.lives.life import PAYMENTS
from streams.core.customers.lives.merges import brought
from streams.core.customers.lives.movements import CONTRACTION, LOST, NOBODY
from streams.core.customers.lives.status import status_of
from streams.core.customers.lives.subscriptions import ACTIVE, PAUSED
from streams.core.customers.lives.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.calendar import Months
    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.lives.life import ComplaintNote, Life, Month, Taken, Words
    from streams.core.customers.lives.lifecycle import Entry


_GROUPED: Final = frozenset({LOST, CONTRACTION})
"""Movements that are published with the group of their month."""


class Account:
    """What one life comes to at a clock: the walk over it, and its groups.

    Args:
        life: whose it is.
        clock: epoch seconds; what is later has not happened.
        rules: what turns it into numbers.
        forgotten: whether the customer is to be removed, and is lost at the clock.
        before: what the life came to by an earlier clock, before more was added to it: what is the
            same is taken over, and its walk goes on. It may still be asked for its numbers.
        held: whether the life is as it was settled, so that the group noted in it holds.

    Attributes:
        movements: in order of time.
        spans: what the customer was, in order of time.
        same_groups: whether they are those of `before`.
        same_months: whether nothing was added to them since `before`.
        given: the referrals that hold.
        taken: what others brought who were merged into this customer.
        handed: what this one handed over to those into whom it was merged.
        complaints: those kept that hold, in order of time.
        folded: epoch seconds up to which only the outcome is kept; -1 if all is.
        urgent: what is published at once when it changes.
        shown: what else is published, but for movements, complaints and words.
        corrected: whether anything in it is, so that nothing can be taken over.
    """

    corrected: bool
    months: dict[int, Month]
    groups: Groups
    walk: Walk

    def __init__(  # noqa: PLR0913 (what it is made of)
        self,
        life: Life,
        clock: int,
        rules: Rules,
        *,
        forgotten: bool = False,
        before: Account | None = None,
        held: bool = False,
    ) -> None:
        base = life.base
        corrected = bool(life.corrections) or (before is not None and before.corrected)
        self.corrected = corrected
        self.calendar = rules.calendar
        self.entries: Sequence[Entry] = entries_of(life)
        appended = None
        if before is not None and not corrected and before.taken == life.taken:
            appended = _appended(before.entries, self.entries)
        self.taken: Sequence[Taken] = life.taken
        self._brought = brought(life)
        self.same_months = before is not None and not corrected and before.months is life.months
        self.months = months_of(life)
        self.same_groups = (
            before is not None
            and self.same_months
            and appended is not None
            and before.groups.stays(appended)
        )
        if before is not None and self.same_groups:
            self.groups = before.groups
        else:
            stated = statements(self.entries, 0 if base is None else base.segment)
            noted = None
            if held and life.month:
                noted = range(life.month, life.until), (life.segment, life.tier)
            self.groups = Groups(stated, self.months, rules.tiers, rules.calendar, noted)
        self.risk = Risk(life, rules.definitions) if life.complaints or life.early else None
        self.complaints: Sequence[ComplaintNote] = () if self.risk is None else self.risk.complaints
        self.folded = -1 if base is None else base.at
        self.referred = Referred(life, rules.calendar) if life.referrers else None
        self.given = given_of(life) if life.given else ()
        self.words: Sequence[Words] = life.words
        self._payment = None if base is not None else discovery(self.entries, self.months, rules)
        if before is not None and appended is not None and before.leads_to(appended, self._payment):
            self.walk = before.hand_on()
        else:
            self.walk = Walk(base, rules.definitions)
        self._go(clock, forgotten=forgotten)
        self.entries = self.entries.copy() if self.entries is life.entries else self.entries

    def _go(self, clock: int, *, forgotten: bool = False) -> None:
        """Walk up to the clock."""
        walk = self.walk
        walk.brought = self._brought
        walk.go(self.entries, self._payment, clock)
        if forgotten:
            walk.forget(clock)
        walk.finish()
        self.movements, self.spans, self.handed = walk.movements, walk.spans, walk.handed
        self.urgent = self.shown = None
        if walk.origin != NOBODY:
            segment, tier = self.groups.of(self.calendar.of(clock))
            self.urgent = status_of(walk), tier, walk.values
            there = [
                (one.known, one.plan)
                for one in walk.subscriptions.values()
                if one.status in (ACTIVE, PAUSED)
            ]
            self.shown = segment, walk.since, walk.last, walk.into, there

    def hand_on(self) -> Walk:
        """Give the walk, to go on, and keep what it came to so far."""
        self.movements, self.spans = self.movements.copy(), self.spans.copy()
        self.handed = self.handed.copy()
        self.walk.resume()
        return self.walk

    def later(self, clock: int, life: Life, rules: Rules) -> Account:
        """Give what the same life comes to by a later clock, where nothing was added to it."""
        now = Account.__new__(Account)
        now.__dict__.update(self.__dict__)
        now.same_groups = now.same_months = True
        if self._payment is None or self.walk.discovered:
            now.walk = self.hand_on()
        else:
            now.walk = Walk(life.base, rules.definitions)
        now._go(clock)  # noqa: SLF001 (its own)
        return now

    def stands(self, before: Account, reported: int, clock: int) -> bool:
        """Tell whether what it contributes is what `before` did, where only time went by.

        Args:
            before: what it was made of by `later`.
            reported: the clock then, epoch seconds.
            clock: that of now.
        """
        return (
            self.movements == before.movements
            and self.spans == before.spans
            and self.calendar.of(reported) == self.calendar.of(clock)
            and (self.risk is None or not self.risk.turns_within(reported, clock))
            and (self.referred is None or self.referred.due(reported) > clock)
        )

    def shows(self, before: Account, reported: int, clock: int) -> bool:
        """Tell whether the row of the customer is what it was by `before`.

        Args:
            before: what was published.
            reported: the clock by which that was made, epoch seconds.
            clock: that of now.
        """
        if self.corrected or self.urgent != before.urgent or self.shown != before.shown:
            return False
        if self.movements != before.movements or self.words != before.words:
            return False
        named = self.same_groups or not any(one.kind in _GROUPED for one in self.movements)
        if not named or any(reported < one.at <= clock for one in self.words):
            return False
        if self.risk is None or before.risk is None:
            return self.risk is before.risk
        return self.risk.says(before.risk, reported, clock)

    def leads_to(self, appended: Sequence[Entry], payment: int | None) -> bool:
        """Tell whether the walk can go on with what was appended, instead of beginning anew."""
        if payment != self._payment or (payment is not None and not self.walk.discovered):
            return False
        if self.handed and any(entry.ahead > 0 for entry in appended):
            return False  # an end that was announced by then goes along
        return not appended or appended[0].at > self.walk.walked

    def keep_months(self) -> None:
        """Keep the months as they are: the life's own are about to change."""
        self.months = {number: month.copy() for number, month in self.months.items()}
        self.groups.months = self.months


def _appended(before: Sequence[Entry], now: Sequence[Entry]) -> Sequence[Entry] | None:
    """Give what stands behind the entries of before; None where something came in between."""
    count = len(before)
    if len(now) < count or (count and now[count - 1] is not before[-1]):
        return None
    return now[count:]


def discovery(entries: Sequence[Entry], months: dict[int, Month], rules: Rules) -> int | None:
    """Give when a payment discovers the customer, epoch seconds: where its month begins.

    None where nothing was paid, where an event was there by then, or where a signup or a trial that
    comes within `found_window` makes the customer new.
    """
    if not months:
        return None
    starts, known = rules.calendar.starts, FAR
    first = lc.first_known(entries)
    if first is not None:
        known = first.at
        if first.kind in lc.COMES:
            known -= rules.definitions.found_window - 1
        if known <= starts[min(months)]:  # and so before the first that was paid for
            return None
    paid = [number for number, month in months.items() if month[PAYMENTS] > 0]
    if not paid or known <= starts[min(paid)]:
        return None
    return starts[min(paid)]


def stock(
    account: Account, at: int, calendar: Months
) -> tuple[tuple[int, int], dict[int, int]] | None:
    """Give the group and the recurring value of a customer at a time; None for no customer.

    It is read off the spans, and so by another way than the movements are added up.
    """
    now = None
    for span in account.spans:
        if span.at <= at:
            now = span
    if now is None or not now.active:
        return None
    return account.groups.of(calendar.of(at)), now.values


def groups_of(life: Life, rules: Rules) -> Groups:
    """Give the groups of a life by month."""
    stated = statements(entries_of(life), 0 if life.base is None else life.base.segment)
    return Groups(stated, months_of(life), rules.tiers, rules.calendar)


def look_ahead(life: Life, groups: Groups, clock: int, calendar: Months) -> int:
    """Note in a life what its group is and how long that holds; give when it ends, epoch seconds.

    FAR is given where it does not end.
    """
    month = life.month = calendar.of(clock)
    life.segment, life.tier = groups.of(month)
    life.until, floor, ceiling = groups.outlook(month)
    life.floor, life.ceiling = max(floor, -MUCH), min(ceiling, MUCH)
    life.currency = groups.currency
    return end_of(life, calendar)


def end_of(life: Life, calendar: Months) -> int:
    """Give when the group noted in a life ends, epoch seconds; FAR where it does not."""
    return calendar.starts[life.until] if life.until < len(calendar.starts) else FAR
