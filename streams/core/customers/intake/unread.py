"""Complaints that are added to lives without reading them: of who is no customer, as is known."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from streams.core.customers.groups.cells import COMPLAINTS
from streams.core.customers.lives.words import hear
from streams.core.customers.names import NONE
from streams.core.customers.stored.first import first_life, first_packed
from streams.core.customers.stored.packed import pack

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
        if batch.written or not places:
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
        return [places[place] for place in left]

    def begin(
        self, events: Sequence[Any], batch: ComplaintRows, places: Sequence[int]
    ) -> Sequence[int]:
        """Begin lives with complaints, of who has none yet, where nothing else follows.

        They are in the group of unknown, as after settling. Returns the places of who is left.
        """
        lives, now = self._lives, self._rules.calendar.of(self._lives.clock)
        begun: Counter[int] = Counter()
        left = []
        for place in places:
            customer = cast("str", batch.customers[place]).encode()
            month = int(batch.months[place])
            if month < now or customer in lives.open or lives.packed(customer) is not None:
                left.append(place)
                continue
            lives.begin(customer, self._first(events[place], batch.rows[place].tobytes(), now))
            begun[month] += 1
        for month, count in begun.items():
            self._sums.count((month, NONE, self._tier, COMPLAINTS), count, count)
        return left

    def _first(self, event: Any, row: bytes, now: int) -> bytes:  # noqa: ANN401
        """Write the life of somebody of whom this is known."""
        if not event.text:
            return first_packed(row, now, self._tier)
        life = first_life(row, now, self._tier)
        hear(life, "complaints", event, life.complaints[0].own)
        return pack(life)
