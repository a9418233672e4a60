"""Counting the customers one by one, to hold the ledger to it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers.lives.movements import COUNTED, NOBODY, VALUED
from streams.core.customers.lives.status import STATUSES, status_of
from streams.core.customers.stored.head import due_of, is_bare
from streams.core.customers.stored.packed import unpack
from streams.core.customers.stored.store import SHARDS
from streams.core.customers.sums.account import Account, stock
from streams.core.customers.sums.cell_change import CountedGroup
from streams.core.customers.sums.ledger import CUSTOMERS, count, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.names import Names
    from streams.core.customers.stored.store import LifeStore
    from streams.core.customers.sums.ledger import Group, Groups, Ledger, Level


NAMED: Final = 20
"""Customers that are named where something does not add up; the others are counted."""


def in_words(errors: Mapping[str, int], suspects: list[str]) -> str:
    """Say by how much customers and movements do not add up, by unit, and whose do not."""
    more = f", and {len(suspects) - NAMED:,} more" if len(suspects) > NAMED else ""
    whose = (", ".join(suspects[:NAMED]) or "none, it was booked wrong") + more
    by = ", ".join(f"{unit} {error:,}" for unit, error in sorted(errors.items()))
    return (
        f"customers and their movements do not add up, by {by}; customers whose own movements "
        f"do not: {whose}"
    )


class Counted(NamedTuple):
    """The customers of a shard by group: all, and those at risk for a complaint; and by status."""

    customers: dict[Group, Level]
    at_risk: dict[Group, Level]
    statuses: Counter[str]


class Shard:
    """A shard that is being counted, as it was when that began: lives are bytes, and stay."""

    def __init__(self, lives: Iterable[tuple[bytes, bytes]], clock: int, booked: Groups) -> None:
        self.lives = list(lives)
        self.clock = clock
        self.booked = booked
        self.counted = Counted({}, {}, Counter())
        self._next = 0

    @property
    def left(self) -> int:
        """How many lives are not counted yet."""
        return len(self.lives) - self._next

    def count(self, most: int, rules: Rules) -> int:
        """Count so many customers and their recurring value, each life by itself, or all.

        Returns:
            How many lives were looked at.
        """
        counted, clock = self.counted, self.clock
        some = self.lives[self._next : self._next + most]
        for _, packed in some:
            if is_bare(packed):
                continue
            life = unpack(packed)
            reported = min(clock, due_of(packed) - 1)
            account = Account(life, reported, rules)
            if account.walk.origin != NOBODY:
                counted.statuses[status_of(account.walk)] += 1
            found = stock(account, reported, rules.calendar)
            if found is not None:
                count(counted.customers, *found)
                if account.risk is not None and account.risk.at(clock):
                    count(counted.at_risk, *found)
        self._next += len(some)
        return len(some)


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
        for movement in account.movements:
            sign = VALUED[movement.kind]
            level[CUSTOMERS] = level.get(CUSTOMERS, 0) + (
                COUNTED[movement.kind] * movement.customers
            )
            for currency, amount in movement.values.items():
                level[currency] = level.get(currency, 0) + sign * amount
        now = {CUSTOMERS: int(walk.active), **walk.values}
        if {u: n for u, n in level.items() if n} != {u: n for u, n in now.items() if n}:
            found.append(customer.decode())
    return found


class Census:
    """Counts the customers of the store shard by shard, and holds the ledger to it."""

    def __init__(self, store: LifeStore, ledger: Ledger, rules: Rules, names: Names) -> None:
        self._store = store
        self._ledger = ledger
        self._rules = rules
        self._names = names
        self._next_shard = 0
        self._under_way: Shard | None = None
        self._counted: dict[int, Counted] = {}
        self._statuses = Counter(dict.fromkeys(STATUSES, 0))
        self._errors: dict[int, dict[Group, Level]] = {}

    def check(self, clock: int) -> list[str]:
        """Count the next shard as of the clock (epoch seconds), in one go.

        Returns:
            Where the ledger says something else, the customers whose own movements do not add up.
            If there are none, what they contributed was booked wrong.
        """
        self._under_way = None
        return self.check_some(clock, len(self._store), shards=1)

    def check_some(self, clock: int, most: int, shards: int = SHARDS) -> list[str]:
        """Go on counting, `most` lives and so many shards at the most.

        A shard that takes several calls is counted as it was when the first of them was made.

        Returns:
            As `check`, of the shards that are through.
        """
        found = []
        for _ in range(shards):
            one = self._under_way
            if one is None:
                booked = self._ledger.booked(self._next_shard)
                one = Shard(self._store.shard(self._next_shard), clock, booked)
                self._under_way = one
            most -= one.count(most, self._rules)
            if one.left:
                break
            self._under_way = None
            found += self._finish(one)
        return found

    def _finish(self, one: Shard) -> list[str]:
        shard, self._next_shard = self._next_shard, (self._next_shard + 1) % SHARDS
        if shard in self._counted:
            self._statuses.subtract(self._counted[shard].statuses)
        self._counted[shard] = one.counted
        self._statuses.update(one.counted.statuses)
        found = self._errors[shard] = differences(one.booked, one.counted.customers)
        return suspects(one.lives, one.clock, self._rules) if found else []

    def conservation_error(self) -> dict[str, int]:
        """Give by how much the last counts differ from the movements, by unit; all 0 is right.

        The unit is `customers` or a currency, in minor units.
        """
        errors = {"customers": 0}
        for groups in self._errors.values():
            for units in groups.values():
                for unit, amount in units.items():
                    name = "customers" if unit == CUSTOMERS else self._names.name(unit)
                    errors[name] = errors.get(name, 0) + abs(amount)
        return errors

    def statuses(self) -> dict[str, int]:
        """Count everybody of whom a lifecycle is known by status, as last counted.

        Nothing is said before every shard was counted once.
        """
        return {} if len(self._counted) < SHARDS else dict(self._statuses)

    def groups(self) -> list[CountedGroup]:
        """Give the customers there are by group, as last counted, and those at risk."""
        groups: dict[Group, tuple[Level, Level]] = {}
        for shard in self._counted.values():
            for place, levels in enumerate((shard.customers, shard.at_risk)):
                for group, level in levels.items():
                    total = groups.setdefault(group, ({}, {}))[place]
                    for unit, amount in level.items():
                        total[unit] = total.get(unit, 0) + amount
        return [
            CountedGroup(
                self._names.name(segment),
                self._rules.tiers.names[tier],
                everybody.pop(CUSTOMERS, 0),
                self._by_currency(everybody),
                risky.pop(CUSTOMERS, 0),
                self._by_currency(risky),
            )
            for (segment, tier), (everybody, risky) in sorted(groups.items())
        ]

    def _by_currency(self, level: Level) -> dict[str, int]:
        return {self._names.name(unit): amount for unit, amount in level.items()}
