"""It adds up: opening and what came in is what went out and closing, in every group and period."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from streams.simulate.truth.calendar import month_day, month_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.simulate.truth.numbers import Numbers, Row, Sums

IN: Final = ("new", "reactivated", "discovered", "moved_in", "merged_in", "expansion")
OUT: Final = ("lost", "moved_out", "merged_out", "contraction")


class UnbalancedError(AssertionError):
    """The truth does not add up: a bug in it."""


def open_months(numbers: Numbers, first: int, last: int) -> None:
    """Put the opening into each month: the last closing, and who was found before the start.

    Raises:
        UnbalancedError: a group of a month does not add up.
    """
    groups = sorted({group for _, group, _ in numbers.months})
    for group in groups:
        closed: Sums = Counter()
        for month in range(first, last + 1):
            opening = closed + _of(numbers.months, (month, group, "opened"))
            if +opening:
                numbers.months[month, group, "opening"] = opening
            after = Counter(opening)
            for unit in IN:
                after.update(_of(numbers.months, (month, group, unit)))
            for unit in OUT:
                after.subtract(_of(numbers.months, (month, group, unit)))
            closed = _of(numbers.months, (month, group, "closing"))
            if _clean(after) != _clean(closed):
                raise UnbalancedError(f"month {month} {group}: {after} is not {closed}")


def open_days(numbers: Numbers, first: int, last: int) -> None:
    """Put opening and closing into each day, from its flows, and hold them against the months.

    Raises:
        UnbalancedError: the days do not add up to what was counted at the end of a month.
    """
    counted: dict[tuple[int, str], Sums] = {}
    for (month, group, unit), sums in numbers.months.items():
        if unit == "closing":
            counted.setdefault((month, group.segment), Counter()).update(sums)
    for segment in sorted({segment for _, segment, _ in numbers.days}):
        level: Sums = Counter()
        for day in range(first, last + 1):
            level.update(_of(numbers.days, (day, segment, "opened")))
            if any(level.values()):
                numbers.days[day, segment, "opening"] = Counter(level)
            for unit in IN:
                level.update(_of(numbers.days, (day, segment, unit)))
            for unit in OUT:
                level.subtract(_of(numbers.days, (day, segment, unit)))
            if any(level.values()):
                numbers.days[day, segment, "closing"] = Counter(level)
            month = month_of_day(day)
            at_end = day == last or day + 1 == month_day(month + 1)
            if at_end and _clean(level) != _clean(counted.get((month, segment), Counter())):
                raise UnbalancedError(f"day {day} {segment}: {level} is not what was counted")


def check(rows: Iterable[Row]) -> None:
    """Check every published period of every group, and that the groups sum to the total.

    Raises:
        UnbalancedError: one does not add up.
    """
    of: dict[tuple[str, str, str], Counter[tuple[str, str]]] = {}
    groups: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for row in rows:
        of.setdefault((row.grain, row.period, row.group), Counter())[row.unit, row.currency] = (
            row.value
        )
        if row.group != "total":
            groups.setdefault((row.grain, row.period), Counter())[row.unit, row.currency] += (
                row.value
            )
    for (grain, period, group), numbers in of.items():
        for currency in {currency for _, currency in numbers}:
            left = sum(numbers[unit, currency] for unit in ("opening", *IN))
            right = sum(numbers[unit, currency] for unit in ("closing", *OUT))
            if left != right:
                raise UnbalancedError(f"{grain} {period} {group} {currency}: {left} != {right}")
        if group == "total" and +numbers != +groups.get((grain, period), Counter()):
            raise UnbalancedError(f"{grain} {period}: the groups do not sum to the total")


def _of(cells: Mapping[Any, Sums], key: object) -> Sums:
    return cells.get(key, Counter())


def _clean(sums: Sums) -> dict[str, int]:
    return {currency: n for currency, n in sums.items() if n}
