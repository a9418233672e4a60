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
    from collections.abc import Iterable, Sequence

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

    def add_all(self, batch: ComplaintRows) -> Iterable[str]:
        """Add what goes beside lives beside which some of it stands; return who is left to `add`.

        None of the complaints is too late.
        """
        month = batch.first
        if batch.texts is not None or batch.last != month:
            return batch.places
        counts, overflowed, left = self._lives.added.add_all(month, batch.places, batch.rows)
        for (segment, tier), count in counts.items():
            self._sums.count((month, segment, tier, COMPLAINTS), count, 0)
        if overflowed:
            self._lives.counts["lives_overflowed"] += overflowed
        return left

    def add(
        self, customer: bytes, events: Sequence[Any], batch: ComplaintRows, places: Sequence[int]
    ) -> int:
        """Add complaints of one customer, the first of which is not too late.

        Args:
            customer: who made them.
            events: the events of a batch.
            batch: the same as rows.
            places: which of them, in order.

        Returns:
            How many were added, the first so many: more may follow from the next one.
        """
        if customer in self._lives.open:
            return 0
        added = self._add(customer, batch, places)
        if added or self._lives.packed(customer) is not None:
            return added
        first, left = places[0], places[1:]
        if not self._begin(customer, batch.months[first], batch.rows[first], events[first]):
            return 0
        return 1 + (self._add(customer, batch, left) if left else 0)

    def _add(self, customer: bytes, batch: ComplaintRows, places: Sequence[int]) -> int:
        """Add complaints to a life; returns as `add`."""
        months, rows, count = batch.months, batch.rows, len(places)
        month = months[places[0]]
        if batch.texts is not None:
            return 0
        if count == 1:
            own = rows[places[0]]
        elif any(months[place] != month for place in places):
            return 0
        else:
            own = b"".join([rows[place] for place in places])
        added = self._lives.added.add(customer, month, own)
        if added is None:
            return 0
        (segment, tier), overflowed = added
        self._sums.count((month, segment, tier, COMPLAINTS), count, 0)
        if overflowed:
            self._lives.counts["lives_overflowed"] += overflowed
        return count

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
