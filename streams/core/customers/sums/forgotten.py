"""What was never told: openings, and kinds of cells that an older version did not have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from streams.core.customers.calendar import FAR
from streams.core.customers.groups.cells import (
    CANCELLATIONS,
    COMPLAINED_ONCE,
    EXPOSED,
    EXPOSED_AFTER,
    GRAIN_WORDS,
    KIND_WORDS,
    LOST_AFTER,
    LOST_FOUND,
    MONTH_GRAIN,
    TOTAL,
)
from streams.core.customers.lives.movements import COUNTED, OPENING, VALUED
from streams.core.customers.stored.head import NEVER, due_of
from streams.core.customers.stored.packed import unpack
from streams.core.customers.sums.account import Account
from streams.core.customers.sums.cell_change import CellChange
from streams.core.customers.sums.contribution import all_from, contribution
from streams.core.customers.sums.ledger import CUSTOMERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.customers.groups.cells import Key, Rules, Tally
    from streams.core.customers.names import Names
    from streams.core.customers.sums.book import Book
    from streams.core.customers.sums.ledger import Ledger


YOUNGER: Final = frozenset(
    {CANCELLATIONS, EXPOSED, COMPLAINED_ONCE, EXPOSED_AFTER, LOST_AFTER, LOST_FOUND}
)
"""Kinds of cells that lives did not contribute to from the first version that kept them."""


def untold(packed: bytes, clock: int, first: int, rules: Rules) -> Iterator[tuple[Key, Tally]]:
    """Yield what a life contributes to kinds of cells that an older version did not have.

    Args:
        packed: the life.
        clock: the customer clock, epoch seconds.
        first: the number of the first month whose cells are held.
        rules: what turns a life into numbers.
    """
    life, reported = unpack(packed), min(clock, due_of(packed) - 1)
    if life.base is not None:
        first = max(first, rules.calendar.of(life.base.at + 1))
    account = Account(life, reported, rules)
    extent = all_from(first, rules.calendar)._replace(money=NEVER, referred=FAR)
    for key, tally in contribution(account, reported, extent, rules).items():
        if key[4] in YOUNGER:
            yield key, tally


def openings(book: Book, ledger: Ledger, rules: Rules, names: Names) -> Iterator[CellChange]:
    """Yield, by group, what the movements say there is now less those whose cells are held.

    Months that nothing can change any more are forgotten. Where they were never sent, whoever adds
    up what is sent begins with this, in the month before the first one that is held.
    """
    left: dict[tuple[int, int], Counter[int]] = {}
    for groups in ledger.levels:
        for group, units in groups.items():
            left.setdefault(group, Counter()).update(units)
    first = None
    for (grain, start, segment, tier, kind, dimension, _), tally in book.cells.items():
        if grain != MONTH_GRAIN or dimension != TOTAL or kind not in COUNTED:
            continue
        first = start if first is None else min(first, start)
        level = left.setdefault((segment, tier), Counter())
        level[CUSTOMERS] -= COUNTED[kind] * tally.count
        for currency, amount in tally.values.items():
            level[currency] -= VALUED[kind] * amount
    if first is None:
        return
    for (segment, tier), level in left.items():
        count = level.pop(CUSTOMERS, 0)
        values = {names.name(unit): amount for unit, amount in level.items() if amount}
        if count or values:
            yield CellChange(
                GRAIN_WORDS[MONTH_GRAIN],
                rules.calendar.starts[first - 1],
                names.name(segment),
                rules.tiers.names[tier],
                KIND_WORDS[OPENING],
                None,
                None,
                count,
                count,
                values,
            )
