"""Complaints that are added to lives without reading them: of who is no customer, as is known."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from streams.core.customers.groups.cells import COMPLAINTS
from streams.core.customers.names import NONE
from streams.core.customers.stored.bare import made_of
from streams.core.customers.stored.first import first_packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.intake.complaint_rows import ComplaintRows
    from streams.core.customers.intake.settle import OpenLives
    from streams.core.customers.sums.sums import Sums


class UnreadComplaints:
    """Adds complaints of which nothing follows but a count."""

    def __init__(self, lives: OpenLives, sums: Sums, rules: Rules) -> None:
        self._lives = lives
        self._sums = sums
        self._rules = rules
        self._tier = rules.tiers.base

    def add(self, batch: ComplaintRows, places: Sequence[int]) -> Sequence[int]:
        """Add complaints to the lives of who made them; return the places of who is left.

        Args:
            batch: the events of a batch.
            places: which of them: none is too late, nor of nobody known.
        """
        if not places:
            return places
        customers, months, rows = batch.customers, batch.months, batch.rows
        if len(places) < len(customers):
            customers = [customers[place] for place in places]
            months, rows = months[places], rows[places]
        counts, surplus, left = self._lives.added.add(customers, months, rows, self._lives.open)
        for (month, (segment, tier)), count in counts.items():
            self._sums.count((month, segment, tier, COMPLAINTS), count, 0)
        if surplus:
            self._lives.counts["lives_overflowed"] += surplus
        left = [places[place] for place in left]
        if batch.texts:
            gone = set(left)
            self._hear(batch, [place for place in places if place not in gone])
        return left

    def begin(self, batch: ComplaintRows, places: Sequence[int]) -> Sequence[int]:
        """Begin lives with complaints, of who has none yet, where nothing else follows.

        They are in the group of unknown, as after settling. Returns the places of who is left.
        """
        lives, now = self._lives, self._rules.calendar.of(self._lives.clock)
        begun: Counter[int] = Counter()
        left, own = [], []
        for place in places:
            customer = cast("str", batch.customers[place]).encode()
            month = int(batch.months[place])
            if month < now or customer in lives.open or lives.packed(customer) is not None:
                left.append(place)
                continue
            lives.begin(customer, first_packed(batch.rows[place].tobytes(), now, self._tier))
            begun[month] += 1
            own.append(place)
        for month, count in begun.items():
            self._sums.count((month, NONE, self._tier, COMPLAINTS), count, count)
        if batch.texts:
            self._hear(batch, own)
        return left

    def _hear(self, batch: ComplaintRows, places: Sequence[int]) -> None:
        """Note what complaints say that were added to lives, or with which lives began."""
        hear = self._lives.added.heard.hear
        for place, at, own in zip(places, *made_of(batch.rows[places]), strict=True):
            if text := batch.texts[place]:
                hear(cast("str", batch.customers[place]).encode(), at, own, text)
