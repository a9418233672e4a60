"""The customers who are active, to draw from."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from streams.demo.customers import Customer

COMPLAINS_AGAIN_SHARE: Final = 0.3
REMEMBERED_COMPLAINERS: Final = 40
TRIES: Final = 5


class CustomerPool:
    """Active customers by region; regions are as frequent as in the complaints seen so far."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._regions: list[str] = []
        self._active: list[Customer] = []
        self._by_region: dict[str, list[Customer]] = {}
        self._complainers: dict[tuple[str, str], deque[Customer]] = {}

    def learn(self, regions: Iterable[str]) -> None:
        """Note where people live."""
        self._regions.extend(regions)

    def region(self) -> str:
        """Draw where a new customer lives."""
        return self._random.choice(self._regions)

    def join(self, customer: Customer) -> None:
        """Make the customer one to draw from."""
        for seats, which in self._seats(customer):
            customer.seats[which] = len(seats)
            seats.append(customer)

    def part(self, customer: Customer) -> None:
        """Never draw the customer again; constant time: the last one takes the free seat."""
        for seats, which in self._seats(customer):
            last = seats.pop()
            if last is not customer:
                seats[customer.seats[which]] = last
                last.seats[which] = customer.seats[which]

    def happy(self, now: int) -> Customer | None:
        """Draw an active customer without a complaint in 90 days, who may refer others."""
        for _ in range(TRIES if self._active else 0):
            customer = self._random.choice(self._active)
            if not customer.complaints_within(90, now):
                return customer
        return None

    def complainer(self, region: str, company: str) -> Customer | None:
        """Draw who complains: often one who has complained about the company before."""
        before = self._complainers.setdefault(
            (region, company), deque(maxlen=REMEMBERED_COMPLAINERS)
        )
        if before and self._random.random() < COMPLAINS_AGAIN_SHARE:
            again = self._random.choice(before)
            if again.left is None:
                return again
        here = self._by_region.get(region)
        if not here:
            return None
        customer = self._random.choice(here)
        before.append(customer)
        return customer

    def _seats(self, customer: Customer) -> tuple[tuple[list[Customer], int], ...]:
        here = self._by_region.setdefault(customer.region, [])
        return (self._active, 0), (here, 1)
