"""Counting the customers one by one, to hold the ledger to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.customers.cells import Account, stock
from streams.core.customers.ledger import CUSTOMERS, count
from streams.core.customers.life import due_of, unpack
from streams.core.customers.movements import COUNTED, VALUED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.customers.cells import Rules
    from streams.core.customers.ledger import Group, Level


class Counted(NamedTuple):
    """The customers of a shard by group: all, and those at risk for a complaint."""

    customers: dict[Group, Level]
    at_risk: dict[Group, Level]


def count_shard(lives: Iterable[tuple[bytes, bytes]], clock: int, rules: Rules) -> Counted:
    """Count customers and recurring value, each life by itself, as reported by the clock."""
    counted = Counted({}, {})
    for _, packed in lives:
        life = unpack(packed)
        reported = min(clock, due_of(packed) - 1)
        account = Account(life, reported, rules)
        found = stock(account, reported, rules.calendar)
        if found is not None:
            count(counted.customers, *found)
            if account.risk is not None and account.risk.at(clock):
                count(counted.at_risk, *found)
    return counted


def suspects(lives: Iterable[tuple[bytes, bytes]], clock: int, rules: Rules) -> list[str]:
    """Name the customers whose own movements do not add up to what they are.

    What is folded has to be taken as it is: the sum begins at the base.
    """
    found = []
    for customer, packed in lives:
        reported = min(clock, due_of(packed) - 1)
        account = Account(unpack(packed), reported, rules)
        walk = account.walk
        level: Level = {}
        base = unpack(packed).base
        if base is not None and base.active:
            level = {CUSTOMERS: 1, **base.values}
        for movement in walk.movements:
            sign = VALUED[movement.kind]
            level[CUSTOMERS] = level.get(CUSTOMERS, 0) + COUNTED[movement.kind]
            for currency, amount in movement.values.items():
                level[currency] = level.get(currency, 0) + sign * amount
        now = {CUSTOMERS: int(walk.active), **walk.values}
        if {u: n for u, n in level.items() if n} != {u: n for u, n in now.items() if n}:
            found.append(customer.decode())
    return found
