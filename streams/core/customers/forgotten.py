"""What there was before the months whose cells are still held, told as an opening."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from streams.core.customers.cells import GRAIN_WORDS, KIND_WORDS, MONTH_GRAIN, TOTAL
from streams.core.customers.changes import CellChange
from streams.core.customers.ledger import CUSTOMERS
from streams.core.customers.movements import COUNTED, OPENING, VALUED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.customers.book import Book
    from streams.core.customers.cells import Rules
    from streams.core.customers.ledger import Ledger
    from streams.core.customers.names import Names


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
