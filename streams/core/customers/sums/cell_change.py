"""The numbers of cells as they are told: with names and times, in place of what was said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.customers.groups import cells
from streams.core.customers.lives.lifecycle import AVOIDABLE, INITIATIVES

if TYPE_CHECKING:
    from streams.core.customers.groups.cells import Key, Rules, Tally
    from streams.core.customers.names import Names


class CellChange(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The numbers of a cell as they are now; they replace what was said of it before.

    Attributes:
        grain: `1d` or `1mo`.
        start: epoch seconds at which the day or month begins.
        segment: of the customers.
        tier: of the customers; None in a cell of a day.
        kind: of the movement, or what is counted.
        dimension: what `label` is a value of: reason, avoidable, initiative, channel or plan; None
            in the cell of all.
        label: a value, `unknown` where none is given.
        count: movements, or events.
        lives: customers with such a movement or event; they add up over groups and partitions.
        values: minor units by currency.
    """

    grain: str
    start: int
    segment: str
    tier: str | None
    kind: str
    dimension: str | None
    label: str | None
    count: int
    lives: int
    values: dict[str, int]


class CountedGroup(NamedTuple):
    """The customers of a group as counted one by one, and those at risk; values by currency."""

    segment: str
    tier: str
    customers: int
    values: dict[str, int]
    at_risk: int
    at_risk_values: dict[str, int]


_AVOIDABLE: Final = {None: "unknown", True: "true", False: "false"}


def cell_change(cell: Key, tally: Tally, rules: Rules, names: Names) -> CellChange:
    """Write a cell with names and times."""
    grain, start, segment, tier, kind, dimension, number = cell
    label = None
    if dimension == cells.BY_AVOIDABLE:
        label = _AVOIDABLE[AVOIDABLE[number]]
    elif dimension == cells.BY_INITIATIVE:
        label = INITIATIVES[number] or "unknown"
    elif dimension != cells.TOTAL:
        label = names.name(number)
    return CellChange(
        cells.GRAIN_WORDS[grain],
        start if grain == cells.DAY_GRAIN else rules.calendar.starts[start],
        names.name(segment),
        None if tier == cells.NO_TIER else rules.tiers.names[tier],
        cells.KIND_WORDS[kind],
        cells.DIMENSION_WORDS[dimension] or None,
        label,
        tally.count,
        tally.lives,
        {names.name(currency): amount for currency, amount in tally.values.items()},
    )
