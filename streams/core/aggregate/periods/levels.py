"""Stocks: what there is when a day or a month begins, from the movements before it.

    base                 what all months come to that are no longer kept
    months, by group     added up from there: the stock when each month begins
    days, by segment     added up from the beginning of their month

Source partitions tell flows only, so a movement that is told late touches its own cells alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.aggregate.periods.cells import Amount
from streams.core.customers.groups.cells import KIND_WORDS
from streams.core.customers.lives.movements import COUNTED, VALUED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.aggregate.periods.calendar import Calendar
    from streams.core.aggregate.periods.cells import Cell, Slots

CUSTOMERS: Final = "customers"
AT_RISK: Final = "at_risk"
REFERRED: Final = "referred"
COMPLAINED: Final = "complained"
STOCKS: Final = (CUSTOMERS, AT_RISK, REFERRED, COMPLAINED)
"""What is kept as a stock; a cell kind of the name of one but the first is a change of it."""


class Flow(NamedTuple):
    """What a kind of cells changes: a stock, how it counts, and its money (1, 0 or -1)."""

    stock: str
    counted: int
    valued: int


FLOWS: Final[Mapping[str, Flow]] = {
    **{KIND_WORDS[kind]: Flow(CUSTOMERS, COUNTED[kind], VALUED[kind]) for kind in COUNTED},
    AT_RISK: Flow(AT_RISK, 1, 1),
    REFERRED: Flow(REFERRED, 1, 1),
    COMPLAINED: Flow(COMPLAINED, 1, 1),
}

Group = tuple[str, str | None]
"""Segment and tier; of days the tier is None."""

Level = dict[tuple[Group, str], Amount]
"""How much there is, by group and stock. Those that stand in two levels are one object."""

_NONE: Final = Amount()


class Levels:
    """The stocks of all groups at the beginning of days and months.

    Attributes:
        base: before the first month that is kept.
        first_day: the first day that is kept; 0 if none was dropped.
    """

    def __init__(self, days: Slots, months: Slots, calendar: Calendar) -> None:
        self.base: Level = {}
        self.first_day = 0
        self._days = days
        self._months = months
        self._calendar = calendar
        self._before_month: dict[int, Level] = {}
        self._before_day: dict[int, list[Level]] = {}

    def changed(self, month: int) -> None:
        """Take notice that cells of a month, or of a day in it, have changed."""
        for later in [known for known in self._before_month if known > month]:
            del self._before_month[later]
        for later in [known for known in self._before_day if known >= month]:
            del self._before_day[later]

    def before_month(self, month: int) -> Level:
        """Give the stocks by segment and tier when a month begins."""
        first = min(self._months.sums, default=month)
        if month <= first:
            return self.base
        known = self._before_month.get(month)
        if known is None:
            at = max([m for m in self._before_month if m < month], default=first)
            level = self._before_month[at] if at > first else self.base
            for number in range(at, month):
                level = _after(level, self._months.sums.get(number, {}))
                self._before_month[number + 1] = level
            known = level
        return known

    def before_day(self, day: int) -> Level:
        """Give the stocks by segment when a day begins.

        Of a month whose first days are no longer kept they are worked out from its end.
        """
        month = self._calendar.month_of_day(day)
        first = self._calendar.first_day(month)
        known = self._before_day.get(month)
        if known is None:
            days = range(first, self._calendar.first_day(month + 1))
            whole = first >= self.first_day
            level = _by_segment(self.before_month(month if whole else month + 1))
            known = [level]
            for number in days if whole else reversed(days):
                level = _after(level, self._days.sums.get(number, {}), 1 if whole else -1)
                known.append(level)
            if not whole:
                known.reverse()
            self._before_day[month] = known
        return known[day - first]

    def fold(self, month: int) -> list[tuple[Group, str]]:
        """Add a month to the base, before its cells are dropped; give what that changed."""
        before, self.base = self.base, _after(self.base, self._months.sums.get(month, {}))
        self.changed(month - 1)
        return [key for key, amount in self.base.items() if before.get(key) is not amount]

    def correct(self, cell: Cell, change: Amount) -> tuple[Group, str] | None:
        """Add to the base what changes in a month that is no longer kept; give what that is."""
        flow = FLOWS.get(cell.kind)
        if flow is None or cell.dimension is not None:
            return None
        key = (cell.segment, cell.tier), flow.stock
        self.base = {**self.base, key: _sum(self.base.get(key, _NONE), flow, change)}
        self._before_month.clear()
        self._before_day.clear()
        return key


def _after(level: Level, cells: Mapping[Cell, Amount], sign: int = 1) -> Level:
    """Give the level after the flows of some cells, or before them (-1)."""
    after = dict(level)
    for (segment, tier, kind, dimension, _), amount in cells.items():
        flow = FLOWS.get(kind)
        if flow is None or dimension is not None:
            continue
        key = (segment, tier), flow.stock
        after[key] = _sum(after.get(key, _NONE), flow, amount, sign)
    return after


def _sum(level: Amount, flow: Flow, change: Amount, sign: int = 1) -> Amount:
    total = Amount(level.count, 0, level.values)
    total.add((change.count, 0, change.values), sign * flow.counted, sign * flow.valued)
    return total


def _by_segment(level: Level) -> Level:
    sums: Level = {}
    for ((segment, _), stock), amount in level.items():
        key = (segment, None), stock
        total = sums.get(key)
        if total is None:
            total = sums[key] = Amount()
        total.add(amount.part())
    return sums
