"""What a customer pays for: its subscriptions, and their price over time."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from streams.simulate.company import EURO

if TYPE_CHECKING:
    from streams.simulate.company import Plan
    from streams.simulate.customer import Customer


class Price(NamedTuple):
    """What all subscriptions together cost a month from a time on; 0 while paused."""

    at: int
    value: int
    currency: str


class Contract:
    """The subscriptions of one customer; ids are None where its events name none."""

    def __init__(self, customer: Customer) -> None:
        self.segment = customer.segment
        self.plan = customer.plan
        self.currency = customer.currency
        self.main = f"{customer.id}-s1" if customer.identified else None
        self.second = f"{customer.id}-s2" if customer.two else None
        self.second_value = 0
        self.paused = False
        self._prices: list[Price] = []

    def cost(self, plan: Plan) -> int:
        """Give what a plan costs this customer a month, in minor units."""
        value = self.segment.value * plan.times * (EURO if self.currency == "EUR" else 1)
        return round(value / 50) * 50

    @property
    def value(self) -> int:
        """What the main subscription costs a month."""
        return self.cost(self.plan)

    def note(self, at: int) -> None:
        """Note the price from a time on, as it stands now."""
        value = 0 if self.paused else self.value + self.second_value
        self._prices.append(Price(at, value, self.currency))

    def price(self, at: int) -> Price:
        """Give the price at a time."""
        return self._prices[max(0, bisect_right(self._prices, at, key=lambda p: p.at) - 1)]

    def stop(self) -> None:
        """End all subscriptions: who comes back has the main one only."""
        self.second = None
        self.second_value = 0
        self.paused = False
