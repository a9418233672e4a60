"""The numbers of all days and months, summed up customer by customer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.simulate.truth.calendar import Calendar, day_names, month_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streams.simulate.truth.calendar import Grain
    from streams.simulate.truth.groups import Group
    from streams.simulate.truth.life import Values

COUNT: Final = ""
"""In place of a currency: customers (or events) are counted, not money."""

TOTAL: Final = "total"
STOCKS: Final = frozenset({"closing", "at_risk", "referred"})
"""Units that are counted at the end of a period; all others are summed over it."""

Sums = Counter[str]
"""Numbers by currency, the count among them."""


class Row(NamedTuple):
    """One number of a period: of customers where `currency` is empty, else minor units of it."""

    grain: Grain
    period: str
    group: str
    unit: str
    currency: str
    value: int


BY_THEMSELVES: Final = frozenset(
    {
        "renewals",
        "refusals",
        "cancellations",
        "revenue",
        "cost_to_serve",
        "margin",
        "complaints",
        "referrals",
        "referrals_converted",
    }
)
"""Units that are events, also those that come after the clock: no end of a period is by them."""


class Numbers:
    """Sums by month and group, and by day and segment.

    Stocks of days are not counted here: they follow from the flows (`balance.py`).
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.months: dict[tuple[int, Group, str], Sums] = {}
        self.days: dict[tuple[int, str, str], Sums] = {}

    def add(
        self, at: int, group_of: Callable[[int], Group], unit: str, count: int, values: Values = ()
    ) -> None:
        """Add to the day and the month of a time what a customer brings there."""
        month = self.calendar.month(at)
        group = group_of(month)
        self.add_month(month, group, unit, count, values)
        self.add_day(self.calendar.day(at), group.segment, unit, count, values)

    def add_month(
        self, month: int, group: Group, unit: str, count: int, values: Values = ()
    ) -> None:
        """Add to a month and a group."""
        _add(self.months.setdefault((month, group, unit), Counter()), count, values)

    def add_day(self, day: int, segment: str, unit: str, count: int, values: Values = ()) -> None:
        """Add to a day and a segment."""
        _add(self.days.setdefault((day, segment, unit), Counter()), count, values)

    def rows(self) -> Iterator[Row]:
        """Yield every number that is not 0: days, weeks, months, quarters and years."""
        months = (
            (month, f"segment={group.segment},tier={group.tier}", unit, sums)
            for (month, group, unit), sums in self.months.items()
        )
        yield from _rows(months, month_names)
        days = (
            (day, f"segment={segment}", unit, sums)
            for (day, segment, unit), sums in self.days.items()
        )
        yield from _rows(days, day_names)


def _add(sums: Sums, count: int, values: Values) -> None:
    sums[COUNT] += count
    for currency, amount in values:
        sums[currency] += amount


def _rows(
    cells: Iterable[tuple[int, str, str, Sums]],
    names: Callable[[int], Iterable[tuple[Grain, str]]],
) -> Iterator[Row]:
    """Sum small periods up to larger ones, and groups to the total; stocks are those of the end."""
    sums: dict[tuple[Grain, str, str, str], Sums] = {}
    by_time = sorted(cells, key=lambda cell: cell[:3])
    ends: dict[tuple[Grain, str], int] = {}
    begins: dict[tuple[Grain, str], int] = {}
    for time, _, unit, _ in by_time:
        told = unit.partition("[")[0] not in BY_THEMSELVES  # those go on after the clock
        for name in names(time):
            ends[name] = time if told else ends.get(name, time)
            begins.setdefault(name, time)
    for time, group, unit, cell in by_time:
        for name in names(time):
            if unit in STOCKS and time != ends[name]:
                continue
            if unit == "opening" and time != begins[name]:
                continue
            for whose in (group, TOTAL):
                sums.setdefault((*name, whose, unit), Counter()).update(cell)
                if unit == "opened" and time != begins[name]:  # in the opening of its own time
                    sums.setdefault((*name, whose, "opening"), Counter()).update(cell)
    for (grain, period, group, unit), cell in sums.items():
        for currency, value in sorted(cell.items()):
            if value:
                yield Row(grain, period, group, unit, currency, value)
