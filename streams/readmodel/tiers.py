"""Thresholds of value tiers that so many of the customers there are would reach."""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

THERE: Final = frozenset({"active", "past_due"})
"""What a customer is who pays."""

ENOUGH: Final = 20
"""Customers of a currency from which on thresholds are proposed."""

MONTHS: Final = 12
_DIGITS: Final = 2


class CustomerRecord(msgspec.Struct):
    """A row of the topic customers, as far as it is read here."""

    customer_id: str
    status: str
    recurring_value: dict[str, int]


class Tier(NamedTuple):
    """A tier that is proposed.

    Attributes:
        name: its name.
        thresholds: what a year must bring, in minor units by currency.
        reached: customers who would be in it, by currency.
    """

    name: str
    thresholds: dict[str, int]
    reached: dict[str, int]


class Proposal(NamedTuple):
    """Tiers, highest first; and currencies with too few customers, with how many there are."""

    tiers: list[Tier]
    customers: dict[str, int]
    left_out: dict[str, int]


def propose(
    rows: Iterable[CustomerRecord], shares: Sequence[tuple[str, float]], margin: float = 1.0
) -> Proposal:
    """Propose thresholds by what customers bring in a year at their recurring value.

    Args:
        rows: the customers.
        shares: by tier, highest first: its name, and the share of customers who are to be in it or
            a higher one.
        margin: the part of what they bring that is to count.
    """
    earned: dict[str, list[int]] = {}
    for row in rows:
        if row.status in THERE:
            for currency, value in row.recurring_value.items():
                if value > 0:
                    earned.setdefault(currency, []).append(int(MONTHS * value * margin))
    enough = {c: sorted(e, reverse=True) for c, e in sorted(earned.items()) if len(e) >= ENOUGH}
    left_out = {c: len(e) for c, e in sorted(earned.items()) if len(e) < ENOUGH}
    tiers: list[Tier] = []
    above: Mapping[str, int] = {}
    for name, share in shares:
        thresholds = {}
        for currency, values in enough.items():
            least = rounded(values[max(ceil(share * len(values)), 1) - 1])
            if least < above.get(currency, least + 1):
                thresholds[currency] = max(least, 1)
        if not thresholds:
            continue
        reached = {}
        for currency, least in thresholds.items():
            most = above.get(currency)
            reached[currency] = sum(
                least <= value and (most is None or value < most) for value in enough[currency]
            )
        tiers.append(Tier(name, thresholds, reached))
        above = {**above, **thresholds}
    return Proposal(tiers, {currency: len(values) for currency, values in enough.items()}, left_out)


def rounded(amount: int) -> int:
    """Round down to two digits that are not 0, so that a threshold can be remembered.

    >>> [rounded(n) for n in (58_799, 1_234, 99, 7, 0)]
    [58000, 1200, 99, 7, 0]
    """
    if amount <= 0:
        return 0
    step: int = 10 ** max(int(log10(amount)) + 1 - _DIGITS, 0)
    return amount // step * step


def to_toml(tiers: Sequence[Tier], tier_by: str) -> str:
    """Write tiers for the settings file."""
    written = ",\n".join(
        f'    ["{tier.name}", '
        f"{{{', '.join(f'{unit} = {least}' for unit, least in tier.thresholds.items())}}}]"
        for tier in tiers
    )
    return f'[customers]\ntier_by = "{tier_by}"\ntiers = [\n{written},\n]'
