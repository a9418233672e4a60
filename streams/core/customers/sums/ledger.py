"""The ledger: that customers and money add up, by counting them twice.

    movements, summed up   opening + new + reactivated + discovered + moved in + merged in
                           - lost - moved out - merged out                  = customers now
    lives, counted         the customers that there are, each asked by itself = customers now

Both are kept by group and by shard of the store, so that one shard can be counted in one go while
events come in. A difference is a bug, and is never 0 by chance: it is reported by unit.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from streams.core.customers.groups.cells import MONTH_GRAIN, TOTAL
from streams.core.customers.lives.movements import COUNTED, VALUED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.customers.groups.cells import Key, Tally

Group = tuple[int, int]
"""Numbers of segment and tier."""

CUSTOMERS: Final = -1
"""The unit of customers, where others are numbers of currencies."""

Level = dict[int, int]
"""How much there is, by unit; nothing is 0."""

Groups = dict[Group, Level]
"""How much there is, by group."""

Levels = list[tuple[int, int, Level]]
"""Segment, tier, and how much there is."""


class Ledger:
    """How many customers and how much recurring value there are, by the movements alone."""

    def __init__(self, shards: int) -> None:
        self.levels: list[dict[Group, Level]] = [{} for _ in range(shards)]
        self._changed: set[int] = set()

    def post(self, shard: int, key: Key, change: Tally, sign: int) -> None:
        """Book what is added to a cell of a month, or taken out (-1); other cells do not count."""
        grain, _, segment, tier, kind, dimension, _ = key
        counted = COUNTED.get(kind)
        if counted is None or grain != MONTH_GRAIN or dimension != TOTAL:
            return
        groups = self.levels[shard]
        group = segment, tier
        level = groups.get(group)
        if level is None:
            level = groups[group] = {}
        if counted:
            _add(level, CUSTOMERS, sign * counted * change.count)
        sign *= VALUED[kind]
        for currency, amount in change.values.items():
            _add(level, currency, sign * amount)
        if not level:
            del groups[group]
        self._changed.add(shard)

    def drain_changed(self) -> Iterator[tuple[int, Levels]]:
        """Hand out the shards that changed since the last call: segment, tier and units each."""
        for shard in self._changed:
            yield shard, [(*group, units) for group, units in self.levels[shard].items()]
        self._changed.clear()

    def restore(self, shard: int, row: Levels) -> None:
        """Take over what `drain_changed` gave of a shard."""
        self.levels[shard] = {(segment, tier): units for segment, tier, units in row}

    def booked(self, shard: int) -> Groups:
        """Give how much there is in a shard by now; it stays as it is."""
        return {group: dict(level) for group, level in self.levels[shard].items()}


def differences(booked: Groups, counted: Groups) -> Groups:
    """Give what the movements say more than the lives that were counted, by group and unit."""
    found: Groups = defaultdict(dict)
    for group in {**booked, **counted}:
        ours, theirs = booked.get(group, {}), counted.get(group, {})
        for unit in {**ours, **theirs}:
            difference = ours.get(unit, 0) - theirs.get(unit, 0)
            if difference:
                found[group][unit] = difference
    return dict(found)


def count(counted: dict[Group, Level], group: Group, values: dict[int, int]) -> None:
    """Count one customer with what is recurring."""
    level = counted.setdefault(group, {})
    _add(level, CUSTOMERS, 1)
    for currency, amount in values.items():
        _add(level, currency, amount)


def _add(level: Level, unit: int, amount: int) -> None:
    total = level.get(unit, 0) + amount
    if total:
        level[unit] = total
    else:
        level.pop(unit, None)
