"""Complaints that are added to lives without reading them: of who is no customer, as is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streams.core.customers.groups.cells import COMPLAINTS, MUCH
from streams.core.customers.groups.groups import NEVER
from streams.core.customers.lives.life import Life
from streams.core.customers.lives.prints import SIZE as PRINT
from streams.core.customers.lives.words import hear
from streams.core.customers.names import NONE
from streams.core.customers.stored.bare import note_of
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

    def begin(self, events: Sequence[Any], batch: ComplaintRows, place: int) -> bool:
        """Begin a life with a complaint, if there is none yet and nothing else follows."""
        customer = batch.customers[place]
        assert customer is not None  # noqa: S101 (of nobody known there is no life)
        key = customer.encode()
        if key in self._lives.open or self._lives.packed(key) is not None:
            return False
        month = int(batch.months[place])
        return self._begin(key, month, batch.rows[place].tobytes(), events[place])

    def _begin(self, customer: bytes, month: int, row: bytes, event: Any) -> bool:  # noqa: ANN401
        """Begin the life of somebody unknown, as settling it would: in the group of unknown."""
        now = self._rules.calendar.of(self._lives.clock)
        if month < now:
            return False
        note, tier = note_of(row), self._tier
        much = 0 if tier else MUCH
        life = Life(
            months={month: [0, 0, 0, 1]},
            complaints=[note],
            month=now,
            until=NEVER,
            tier=tier,
            floor=-much,
            ceiling=much,
            prints=row[:PRINT],
        )
        hear(life, "complaints", event, note.own)
        self._lives.begin(customer, pack(life))
        self._sums.count((month, NONE, tier, COMPLAINTS), 1, 1)
        return True
