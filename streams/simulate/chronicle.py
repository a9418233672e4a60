"""The events of one customer as they are made, each with an id of its own."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from streams.simulate.company import EURO_REGIONS
from streams.simulate.events import CENTRAL_EUROPE, Event, instant

if TYPE_CHECKING:
    from streams.simulate.company import Company
    from streams.simulate.customer import Customer

Sent = tuple[str, Event]
"""A topic, and an event of it."""


class Chronicle:
    """Makes events, and leaves out what happens after the last day.

    Customers of euro regions have their times written with the offset of Central Europe. Events
    name the segment of their customer, but for those of customers of whom it is not known.
    """

    def __init__(self, company: Company, customer: Customer) -> None:
        self.events: list[Sent] = []
        self.company = company
        self.customer = customer
        self._segment = None if customer.silent else customer.segment.name
        self._segment_later: tuple[int, str] | None = None
        self._zone = CENTRAL_EUROPE if customer.region in EURO_REGIONS else UTC
        self._number = 0

    def write(self, on: str, at: int, **fields: Any) -> Event | None:  # noqa: ANN401 (an event's)
        """Add an event at a time; fields in epoch seconds become times.

        Gives None where there is none, as it would be too late.
        """
        if at >= self.company.end:
            return None
        event = self.make(at, **fields)
        self.events.append((on, event))
        return event

    def move(self, at: int, segment: str) -> None:
        """Have the events name another segment from a time on."""
        self._segment_later = at, segment

    def make(self, at: int, **fields: Any) -> Event:  # noqa: ANN401 (an event's)
        """Make an event with the next id, and do not add it."""
        self._number += 1
        for name in ("effective_at", "term_end"):
            if fields.get(name) is not None:
                fields[name] = instant(fields[name], self._zone)
        fields.setdefault("customer_id", self.customer.id)
        fields.setdefault("segment", self._segment_at(at))
        return Event(
            event_id=f"{self.customer.id}-{self._number:03d}",
            occurred_at=instant(at, self._zone),
            **fields,
        )

    def _segment_at(self, at: int) -> str | None:
        later = self._segment_later
        return self._segment if later is None or at < later[0] else later[1]
