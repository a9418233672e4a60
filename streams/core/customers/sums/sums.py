"""What changes nothing but a counter: its sums over a batch, on the way to the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.groups.cells import COST, MONTH_GRAIN, REVENUE, TOTAL, Tally

if TYPE_CHECKING:
    from streams.core.customers.sums.book import Book

Place = tuple[int, int, int, int]
"""Month, segment, tier, and currency or kind, by number."""


class Sums:
    """What payments, complaints and referrals add up to by month and group."""

    def __init__(self) -> None:
        self._sums: dict[Place, list[int]] = {}
        self._counts: dict[Place, list[int]] = {}

    def count(self, place: Place, events: int, lives: int) -> None:
        """Add events that are only counted.

        Args:
            place: where they count: month, segment, tier, and the kind of cell.
            events: how many.
            lives: of how many customers they are that had none in that month before.
        """
        sums = self._counts.get(place)
        if sums is None:
            self._counts[place] = [events, lives]
        else:
            sums[0] += events
            sums[1] += lives

    def add(self, place: Place, money: tuple[int, int], payers: int, costly: int) -> None:
        """Add a payment.

        Args:
            place: where it counts: month, segment, tier and currency.
            money: revenue and cost to serve in minor units.
            payers: 1 where the customer had no revenue in that month before, -1 where it has none
                any more.
            costly: the same of cost.
        """
        sums = self._sums.get(place)
        if sums is None:
            sums = self._sums[place] = [0, 0, 0, 0, 0]
        revenue, cost = money
        if revenue > 0:
            sums[0] += 1
        sums[1] += revenue
        sums[2] += cost
        sums[3] += payers
        sums[4] += costly

    def post(self, book: Book) -> None:
        """Bring the sums into the cells, and begin anew."""
        for (month, segment, tier, currency), sums in self._sums.items():
            payments, revenue, cost, payers, costly = sums
            place = MONTH_GRAIN, month, segment, tier
            came = {currency: revenue} if revenue else {}
            book.add(0, (*place, REVENUE, TOTAL, 0), Tally(payments, payers, came))
            spent = {currency: cost} if cost else {}
            if spent or costly:
                book.add(0, (*place, COST, TOTAL, 0), Tally(0, costly, spent))
        self._sums.clear()
        for (month, segment, tier, kind), (events, lives) in self._counts.items():
            book.add(0, (MONTH_GRAIN, month, segment, tier, kind, TOTAL, 0), Tally(events, lives))
        self._counts.clear()
