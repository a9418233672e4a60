"""The numbers of a period: what came and went in each group, what there was before and after."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.aggregate.periods.calendar import slots
from streams.core.aggregate.periods.cells import Amount
from streams.core.aggregate.periods.levels import COMPLAINED, CUSTOMERS
from streams.core.series_key import OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.aggregate.periods.calendar import Period
    from streams.core.aggregate.periods.cells import Cell, Slots
    from streams.core.aggregate.periods.levels import Group, Level, Levels

TOTAL: Final[Group] = ("", None)
"""In place of a group: everybody. No segment is named so."""

OPENING, CLOSING, OPENED, MARGIN = "opening", "closing", "opened", "margin"

UNITS: Final[Mapping[str, str]] = {
    "new": "new",
    "reactivated": "reactivated",
    "discovered": "discovered",
    "opening": OPENED,
    "lost": "lost",
    "expansion": "expansion",
    "contraction": "contraction",
    "moved_in": "moved_in",
    "moved_out": "moved_out",
    "merged_in": "merged_in",
    "merged_out": "merged_out",
    "renewals": "renewals",
    "refusals": "refusals",
    "revenue": "revenue",
    "cost_to_serve": "cost_to_serve",
    "referrals": "referrals",
    "converted": "referrals_converted",
    "complaints": "complaints",
    "cancellations": "cancellations",
}
"""By the kind of a cell: what its sum over a period is called."""

MONEY_ONLY: Final = frozenset({"revenue", "cost_to_serve"})
"""Kinds of which only the money is told: of refunds and costs nobody keeps how many there were."""

MOST_LABELS: Final = 20
"""Values of a dimension that a row names; the rest of them are `other`."""


class Report(NamedTuple):
    """The numbers of one group in one period.

    Attributes:
        numbers: by unit; none is nothing.
        parts: the same in parts, by unit, dimension and label.
    """

    numbers: dict[str, Amount]
    parts: dict[str, dict[str, dict[str, Amount]]]


def report(period: Period, cells: Slots, levels: Levels) -> dict[Group, Report]:
    """Work out the numbers of a period, of the groups that have any, and the total.

    Lives are counted where they add up: in a day or a month.
    """
    found: dict[Group, Report] = defaultdict(lambda: Report({}, {}))
    exact = period.grain in ("day", "month")
    for slot in slots(period):
        for cell, amount in cells.sums.get(slot, {}).items():
            unit = UNITS.get(cell.kind)
            if unit is None or not amount:
                continue
            part = amount.count, amount.lives if exact else 0, amount.values
            if cell.kind in MONEY_ONLY:
                part = 0, 0, amount.values
            for group in ((cell.segment, cell.tier), TOTAL):
                _add(found[group], cell, unit, part)
    before, after = _edges(period, levels)
    for group, stock in {**before, **after}:
        for whose in (group, TOTAL):
            numbers = found[whose].numbers
            if stock == CUSTOMERS:
                _put(numbers, OPENING, before.get((group, stock)))
                _put(numbers, CLOSING, after.get((group, stock)))
            elif stock != COMPLAINED:
                _put(numbers, stock, after.get((group, stock)))
    for one in found.values():
        _finish(one)
    return {group: one for group, one in found.items() if one.numbers}


def _edges(period: Period, levels: Levels) -> tuple[Level, Level]:
    span = slots(period)
    if period.of_days:
        return levels.before_day(span.start), levels.before_day(span.stop)
    return levels.before_month(span.start), levels.before_month(span.stop)


def _add(one: Report, cell: Cell, unit: str, part: tuple[int, int, dict[str, int]]) -> None:
    if cell.dimension is None:
        amounts, name = one.numbers, unit
    else:
        amounts = one.parts.setdefault(unit, {}).setdefault(cell.dimension, {})
        name = cell.label or ""
    amount = amounts.get(name)
    if amount is None:
        amount = amounts[name] = Amount()
    amount.add(part)


def _put(numbers: dict[str, Amount], unit: str, level: Amount | None) -> None:
    if level:
        amount = numbers.get(unit)
        if amount is None:
            amount = numbers[unit] = Amount()
        amount.add(level.part())


def _finish(one: Report) -> None:
    """Add what follows from the rest, and drop what came to nothing."""
    numbers = one.numbers
    if opened := numbers.get(OPENED):
        _put(numbers, OPENING, Amount(opened.count, 0, opened.values))
    margin = Amount()
    for unit, sign in (("revenue", 1), ("cost_to_serve", -1)):
        if unit in numbers:
            margin.add(numbers[unit].part(), sign, sign)
    numbers[MARGIN] = margin
    for unit in [unit for unit, amount in numbers.items() if not amount]:
        del numbers[unit]
    for unit, dimensions in list(one.parts.items()):
        for dimension, labels in list(dimensions.items()):
            dimensions[dimension] = _bounded({k: v for k, v in labels.items() if v})
            if not dimensions[dimension]:
                del dimensions[dimension]
        if not dimensions:
            del one.parts[unit]


def _bounded(labels: dict[str, Amount]) -> dict[str, Amount]:
    """Keep the largest by count, and sum up the rest."""
    ranked = sorted(labels.items(), key=lambda item: (-item[1].count, item[0]))
    kept = dict(ranked[:MOST_LABELS])
    for _, amount in ranked[MOST_LABELS:]:
        other = kept.get(OTHER)
        if other is None:
            other = kept[OTHER] = Amount()
        other.add(amount.part())
    return kept
