"""Complaints that are added to lives without reading them: of who is no customer, as is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streams.core.customers.complaints.complaints import LABELS
from streams.core.customers.groups.cells import COMPLAINTS, MUCH
from streams.core.customers.groups.groups import NEVER
from streams.core.customers.lives.life import ComplaintNote, Life
from streams.core.customers.lives.lifecycle import hashed
from streams.core.customers.lives.prints import month_of
from streams.core.customers.lives.words import hear
from streams.core.customers.names import NONE, without_last
from streams.core.customers.stored.bare import complain
from streams.core.customers.stored.head import is_bare
from streams.core.customers.stored.packed import pack

if TYPE_CHECKING:
    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.intake.settle import OpenLives
    from streams.core.customers.names import Names
    from streams.core.customers.sums.sums import Sums


class UnreadComplaints:
    """Adds complaints of which nothing follows but a count."""

    def __init__(self, lives: OpenLives, sums: Sums, rules: Rules, names: Names) -> None:
        self._lives = lives
        self._sums = sums
        self._rules = rules
        self._tier = rules.tiers.base
        self._labels_of = names.reader(LABELS)

    def add(self, customer: bytes, event: Any, at: int, printed: bytes) -> bool:  # noqa: ANN401
        """Add a complaint (made at `at`, epoch seconds); False if more may follow from it."""
        lives = self._lives
        packed = lives.packed(customer)
        if packed is None:
            return customer not in lives.open and self._begin(customer, event, at, printed)
        if not is_bare(packed) or event.text:
            return False
        own = hashed("complaints", event.event_id)
        added = complain(packed, printed, at, own, self._labels_of(event))
        if added is None:
            return False
        packed, segment, tier, pushed = added
        lives.replace(customer, packed)
        self._sums.count((month_of(printed), segment, tier, COMPLAINTS), 0)
        if pushed:
            lives.counts["lives_overflowed"] += 1
        return True

    def _begin(self, customer: bytes, event: Any, at: int, printed: bytes) -> bool:  # noqa: ANN401
        """Begin the life of somebody unknown, as settling it would: in the group of unknown."""
        month, now = month_of(printed), self._rules.calendar.of(self._lives.clock)
        if month < now:
            return False
        own, tier = hashed("complaints", event.event_id), self._tier
        much = 0 if tier else MUCH
        life = Life(
            months={month: [0, 0, 0, 1]},
            complaints=[ComplaintNote(at, own, without_last(self._labels_of(event)))],
            month=now,
            until=NEVER,
            tier=tier,
            floor=-much,
            ceiling=much,
            prints=printed,
        )
        hear(life, "complaints", event, own)
        self._lives.begin(customer, pack(life))
        self._sums.count((month, NONE, tier, COMPLAINTS), 1)
        return True
