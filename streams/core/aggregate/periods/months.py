"""The month of the clock so far and the last one, for those who look on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.aggregate.periods.calendar import Period
from streams.core.aggregate.periods.cells import Amount
from streams.core.aggregate.periods.report import CLOSING, OPENING, TOTAL, report
from streams.core.views import MonthValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.aggregate.periods.cells import Slots
    from streams.core.aggregate.periods.levels import Levels

CURRENT, LAST = "current", "last"

UNITS: Final = (
    OPENING,
    "new",
    "reactivated",
    "discovered",
    "moved_in",
    "merged_in",
    "expansion",
    "lost",
    "moved_out",
    "merged_out",
    "contraction",
    CLOSING,
    "at_risk",
)
"""What is shown; none is left out where it is 0."""

_NONE: Final = Amount()


def months_shown(month: int, months: Slots, levels: Levels) -> list[MonthValue]:
    """Give the numbers of a month (its number) and of the one before, in all and by segment."""
    found: list[MonthValue] = []
    for name, number in ((CURRENT, month), (LAST, month - 1)):
        by_segment: dict[str | None, dict[str, Amount]] = {None: {}}
        for group, one in report(Period("month", number), months, levels).items():
            numbers = by_segment.setdefault(None if group == TOTAL else group[0], {})
            for unit in UNITS:
                if unit in one.numbers:
                    amount = numbers.get(unit)
                    if amount is None:
                        amount = numbers[unit] = Amount()
                    amount.add(one.numbers[unit].part())
        currencies = sorted({c for n in by_segment[None].values() for c in n.values})
        for segment, numbers in by_segment.items():
            found += _values(name, segment, numbers, currencies)
    return found


def largest(shown: list[MonthValue], segments: int) -> Iterator[MonthValue]:
    """Yield the numbers of all, and of the segments with the most customers now."""
    size = {
        value.segment: value.customers
        for value in shown
        if value.month == CURRENT and value.unit == CLOSING and value.segment is not None
    }
    kept = set(sorted(size, key=lambda name: (-size[name], name))[:segments])
    return (value for value in shown if value.segment is None or value.segment in kept)


def _values(
    month: str, segment: str | None, numbers: dict[str, Amount], currencies: list[str]
) -> Iterator[MonthValue]:
    for unit in UNITS:
        amount = numbers.get(unit, _NONE)
        values = {currency: amount.values.get(currency, 0) for currency in currencies}
        yield MonthValue(month, segment, unit, amount.count, values)
