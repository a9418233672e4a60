"""What one event adds to a month of a life, and to the cells where nothing else follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.groups.cells import (
    COMPLAINTS,
    COST,
    MONTH_GRAIN,
    REFERRED,
    REFERRED_CONVERTED,
    REVENUE,
    TOTAL,
    Tally,
)
from streams.core.customers.lives.life import COUNTS, add_count, there
from streams.core.customers.names import NONE
from streams.core.customers.stored.store import shard_of
from streams.core.customers.sums.account import groups_of
from streams.core.customers.sums.sums import Sums

if TYPE_CHECKING:
    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.intake.settle import OpenLives
    from streams.core.customers.lives.life import Count, Month
    from streams.core.customers.sums.book import Book
    from streams.core.customers.sums.open_life import OpenLife


class MonthCounts:
    """Adds events that are counted by month to open lives.

    Attributes:
        sums: what changed nothing but a counter, since they were brought into the cells last.
    """

    def __init__(self, lives: OpenLives, book: Book, rules: Rules) -> None:
        self._lives = lives
        self._book = book
        self._rules = rules
        self.sums = Sums()

    def count_anonymous(self, month: int) -> None:
        """Count a complaint of nobody known: it belongs to no life, and to the group of unknown."""
        key = MONTH_GRAIN, month, NONE, self._rules.tiers.base, COMPLAINTS, TOTAL, 0
        self._book.add(0, key, Tally(1, 0))

    def row(self, one: OpenLife, month: int) -> Month | None:
        """Give the row of a month to which a complaint or referral is added, and to the cells.

        None where that is left to settling: the group of that month is not known for sure.
        """
        life = one.life
        if one.since is not None or life.corrections or not life.month <= month < life.until:
            return None
        months = one.months()
        row = months.get(month)
        if row is None:
            row = months[month] = [0] * COUNTS
        return None if min(row) < 0 else row

    def add_one(self, one: OpenLife, row: Month, month: int, place: int, kind: int) -> None:
        """Add 1 at a place of the row of a month; the cells get the sums of a batch."""
        row[place] += 1
        life = one.life
        self.sums.count((month, life.segment, life.tier, kind), 1, int(row[place] == 1))

    def add(self, customer: bytes, one: OpenLife, count: Count, group: tuple[int, int]) -> None:
        """Add to a month of a life and to the cells, where nothing else follows from it."""
        months, number, book = one.months(), count.month, self._book
        place = MONTH_GRAIN, number, *group
        shard = shard_of(customer)
        before = there(months.get(number))
        add_count(months, count)
        after = there(months.get(number))
        came = {count.currency: count.revenue} if count.revenue else {}
        spent = {count.currency: count.cost} if count.cost else {}
        for at, (kind, events, values) in enumerate(
            (
                (REVENUE, count.payments, came),
                (COST, 0, spent),
                (REFERRED, count.given, {}),
                (REFERRED_CONVERTED, count.converted, {}),
                (COMPLAINTS, count.complaints, {}),
            )
        ):
            lives = after[at] - before[at]
            if lives or events or values:
                book.add(shard, (*place, kind, TOTAL, 0), Tally(events, lives, values))

    def count(self, customer: bytes, one: OpenLife, count: Count) -> None:
        """Add to a month of a life, and leave the rest to settling.

        What is older than the entries that are kept cannot be settled: it is added to the group
        that the customer would have had by what is left, and settling begins where the base ends.
        """
        life, calendar = one.life, self._rules.calendar
        begin = 0 if life.base is None else calendar.of(life.base.at + 1)
        one.touch(max(count.month, begin), self._lives.clock, self._rules)
        if count.month < begin:
            self.add(customer, one, count, groups_of(life, self._rules).of(count.month))
        else:
            add_count(one.months(), count)
