"""How many customers were lost in a period, and how long they were at risk of it.

    time at risk up to T = customers at the beginning x (T - beginning)
                         + for each who came or left: +1 or -1 x (T - when)

once for all customers, and once for those who had complained before (`customers/exposure.py`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streams.core.aggregate.periods.calendar import slots
from streams.core.aggregate.periods.levels import COMPLAINED, CUSTOMERS, FLOWS
from streams.core.aggregate.periods.report import TOTAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.aggregate.periods.calendar import Calendar, Period
    from streams.core.aggregate.periods.cells import Amount, Cell, Slots
    from streams.core.aggregate.periods.levels import Group, Level, Levels


class Losses(NamedTuple):
    """Losses, and customer-seconds at risk, before and after the first complaint of each."""

    lost_before: int
    seconds_before: int
    lost_after: int
    seconds_after: int

    def published(self, until: int) -> dict[str, Any]:
        """Write them as they are published; `until`: epoch seconds up to which they are."""
        return {
            "until": until,
            "before": {"lost": self.lost_before, "seconds": self.seconds_before},
            "after": {"lost": self.lost_after, "seconds": self.seconds_after},
        }


NO_LOSSES: Final = Losses(0, 0, 0, 0)


def losses(
    period: Period, cells: Slots, levels: Levels, calendar: Calendar, clock: int
) -> dict[Group, Losses]:
    """Give the losses of a period of months up to a clock, by group and in total."""
    found: dict[Group, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    starts = calendar.months.starts
    for month in slots(period):
        start, until = starts[month], min(clock, starts[month + 1])
        if until <= start:
            break
        level = levels.before_month(month)
        for group, numbers in _of_month(level, cells.sums.get(month, {}), until - start).items():
            for whose in (group, TOTAL):
                total = found[whose]
                for place, number in enumerate(numbers):
                    total[place] += number
    return {group: Losses(*numbers) for group, numbers in found.items() if any(numbers)}


def _of_month(
    level: Level, cells: Mapping[Cell, Amount], length: int
) -> dict[Group, tuple[int, int, int, int]]:
    """Give losses and time at risk in the first `length` seconds of a month, by group."""
    there: dict[Group, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    told: dict[Group, dict[str, int]] = defaultdict(lambda: dict.fromkeys(TOLD, 0))
    for (group, stock), amount in level.items():
        if stock in STATES:
            there[group][stock] += amount.count
    for cell, amount in cells.items():
        if cell.dimension is not None:
            continue
        group = cell.segment, cell.tier
        flow = FLOWS.get(cell.kind)
        if flow is not None and flow.stock in STATES:
            there[group][flow.stock] += flow.counted * amount.count
        if cell.kind in TOLD:
            told[group][cell.kind] += amount.count
    found = {}
    for group in {**there, **told}:
        states, numbers = there[group], told[group]
        everybody = states[CUSTOMERS] * length - numbers["exposed"]
        after = states[COMPLAINED] * length - numbers["exposed_after"]
        lost = numbers["lost"] - numbers["lost_found"] - numbers["lost_after"]
        found[group] = lost, everybody - after, numbers["lost_after"], after
    return found


STATES: Final = (CUSTOMERS, COMPLAINED)
"""Stocks of those who are at risk of being lost, and of those who complained before."""
TOLD: Final = ("exposed", "exposed_after", "lost", "lost_after", "lost_found")
"""Kinds of cells that tell of it."""
