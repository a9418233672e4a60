"""Value tiers: what a customer has earned in the twelve months before a month.

A customer reaches a tier where the sum over currencies of earned / threshold is 1 or more, in exact
whole numbers; no rate of exchange is needed. The highest tier reached holds, `base_tier` if none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.lives.life import COUNTS, MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.customers.definitions import Definitions
    from streams.core.customers.lives.life import Month
    from streams.core.customers.names import Names

YEAR: Final = 12
"""Months that earn a tier."""
BOUNDLESS: Final = 1 << 62


class Tiers:
    """The tiers of the definitions, highest first; the last is that of those who reach none."""

    def __init__(self, definitions: Definitions, names: Names) -> None:
        self.names = (*(name for name, _ in definitions.tiers), definitions.base_tier)
        self.base = len(definitions.tiers)
        self._by_name = [limits for _, limits in definitions.tiers]
        self._margin = definitions.tier_by == "margin"
        self.number(names)

    def number(self, names: Names) -> None:
        """Take notice of how currencies are numbered."""
        self._limits = [
            {names.number(currency): limit for currency, limit in limits.items()}
            for limits in self._by_name
        ]

    def earned(self, months: Mapping[int, Month]) -> dict[int, dict[int, int]]:
        """Give what each month earned, in minor units by currency: currency, month, amount."""
        earned: dict[int, dict[int, int]] = {}
        margin = self._margin
        for number, month in months.items():
            if len(month) == COUNTS + MONEY:
                _, _, _, _, currency, came, spent = month
                amount = came - spent if margin else came
                if amount:
                    amounts = earned.get(currency)
                    if amounts is None:
                        earned[currency] = {number: amount}
                    else:
                        amounts[number] = amount
                continue
            for at in range(COUNTS, len(month), MONEY):
                amount = month[at + 1] - (month[at + 2] if self._margin else 0)
                if amount:
                    earned.setdefault(month[at], {})[number] = amount
        return earned

    def limits(self, currency: int) -> list[int]:
        """Give the thresholds of all tiers in one currency, highest first."""
        return [limits.get(currency, BOUNDLESS) for limits in self._limits]

    def reached_by(self, currency: int, total: int) -> int:
        """Give the place of the tier that a sum in one currency reaches."""
        if total:
            for place, limits in enumerate(self._limits):
                if total >= limits.get(currency, BOUNDLESS):
                    return place
        return self.base

    def reached(self, sums: Mapping[int, int]) -> int:
        """Give the place of the tier that the sums by currency reach."""
        for place, limits in enumerate(self._limits):
            numerator, denominator = 0, 1
            for currency, limit in limits.items():
                amount = sums.get(currency, 0)
                if amount:
                    numerator = numerator * limit + amount * denominator
                    denominator *= limit
            if numerator >= denominator:
                return place
        return self.base
