"""The account of a life: what it comes to at a clock, and how long that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers import lifecycle as lc
from streams.core.customers.calendar import FAR
from streams.core.customers.cells import MUCH
from streams.core.customers.corrections import entries_of, months_of
from streams.core.customers.groups import Groups, statements
from streams.core.customers.life import PAYMENTS
from streams.core.customers.risk import Risk
from streams.core.customers.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.calendar import Months
    from streams.core.customers.cells import Rules
    from streams.core.customers.life import Life, Month
    from streams.core.customers.lifecycle import Entry


class Account:
    """What one life comes to at a clock: the walk over it, and its groups.

    Args:
        life: whose it is.
        clock: epoch seconds; what is later has not happened.
        rules: what turns it into numbers.
        forgotten: whether the customer is to be removed, and is lost at the clock.
        same: an account of the same life at another clock: only the walk differs.
    """

    def __init__(
        self,
        life: Life,
        clock: int,
        rules: Rules,
        *,
        forgotten: bool = False,
        same: Account | None = None,
    ) -> None:
        base = life.base
        if same is None:
            self.entries: Sequence[Entry] = entries_of(life)
            self.months = months_of(life)
            stated = statements(self.entries, 0 if base is None else base.segment)
            self.groups = Groups(stated, self.months, rules.tiers, rules.calendar)
        else:
            self.entries, self.months, self.groups = same.entries, same.months, same.groups
        self.risk = Risk(life, rules.definitions) if life.complaints else None
        self.walk = Walk(base, rules.definitions)
        payment = None if base is not None else discovery(self.entries, self.months, rules)
        self.walk.go(self.entries, payment, clock)
        if forgotten:
            self.walk.forget(clock)
        self.walk.finish()


def discovery(entries: Sequence[Entry], months: dict[int, Month], rules: Rules) -> int | None:
    """Give when a payment discovers the customer, epoch seconds: where its month begins.

    None where nothing was paid, where an event was there by then, or where a signup or a trial that
    comes within `found_window` makes the customer new.
    """
    paid = [number for number, month in months.items() if month[PAYMENTS] > 0]
    if not paid:
        return None
    begin = rules.calendar.starts[min(paid)]
    if entries:
        first = entries[0]
        if first.at <= begin:
            return None
        if first.kind in lc.STARTS and first.at < begin + rules.definitions.found_window:
            return None
    return begin


def stock(
    account: Account, at: int, calendar: Months
) -> tuple[tuple[int, int], dict[int, int]] | None:
    """Give the group and the recurring value of a customer at a time; None for no customer.

    It is read off the spans, and so by another way than the movements are added up.
    """
    now = None
    for span in account.walk.spans:
        if span.at <= at:
            now = span
    if now is None or not now.active:
        return None
    return account.groups.of(calendar.of(at)), now.values


def look_ahead(life: Life, groups: Groups, clock: int, calendar: Months) -> int:
    """Note in a life what its group is and how long that holds; give when it ends, epoch seconds.

    FAR is given where it does not end.
    """
    month = life.month = calendar.of(clock)
    life.segment, life.tier = groups.of(month)
    life.until, floor, ceiling = groups.outlook(month)
    life.floor, life.ceiling = max(floor, -MUCH), min(ceiling, MUCH)
    life.currency = groups.currency
    return calendar.starts[life.until] if life.until < len(calendar.starts) else FAR
