"""Which group a customer belongs to in a month: its segment, and the value tier it has earned."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.simulate.truth.entries import states_segment
from streams.simulate.truth.handed import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.customers.definitions import Definitions
    from streams.simulate.events import Event
    from streams.simulate.truth.calendar import Calendar
    from streams.simulate.truth.entries import Entry

YEAR: Final = 12


class Group(NamedTuple):
    """A customer group of one calendar month."""

    segment: str
    tier: str


class Groups:
    """The groups of one customer, month by month."""

    def __init__(
        self,
        entries: Iterable[Entry],
        payments: Iterable[Event],
        definitions: Definitions,
        calendar: Calendar,
    ) -> None:
        self._definitions = definitions
        self._calendar = calendar
        self._segments: list[tuple[int, str]] = []
        for entry in entries:
            if states_segment(entry) and not (self._segments and entry.kind == "taken"):
                self._segments.append((entry.at, entry.event.segment or UNKNOWN))
        self._earned: dict[int, dict[str, int]] = {}
        for payment in payments:
            earned = self._earned.setdefault(calendar.month(payment.at), {})
            amount, currency = payment.amount or 0, payment.currency or ""
            if definitions.tier_by == "margin":
                amount -= payment.cost_to_serve or 0
            earned[currency] = earned.get(currency, 0) + amount
        self._known: dict[int, Group] = {}

    def of(self, month: int) -> Group:
        """Give the group of a month."""
        group = self._known.get(month)
        if group is None:
            group = self._known[month] = Group(self._segment(month), self._tier(month))
        return group

    def stated(self, before: int) -> str | None:
        """Give the segment that was stated last before a time."""
        stated = [segment for at, segment in self._segments if at < before]
        return stated[-1] if stated else None

    def _segment(self, month: int) -> str:
        """What was stated last before the month, else first within it."""
        begins, ends = self._calendar.month_start(month), self._calendar.month_start(month + 1)
        before = [segment for at, segment in self._segments if at < begins]
        if before:
            return before[-1]
        return next((segment for at, segment in self._segments if at < ends), UNKNOWN)

    def _tier(self, month: int) -> str:
        """The highest tier that the twelve months before reach, all currencies added up."""
        earned: dict[str, int] = {}
        for before in range(month - YEAR, month):
            for currency, amount in self._earned.get(before, {}).items():
                earned[currency] = earned.get(currency, 0) + amount
        for name, thresholds in self._definitions.tiers:
            reached = sum(
                (
                    Fraction(earned.get(currency, 0), least)
                    for currency, least in thresholds.items()
                ),
                Fraction(0),
            )
            if reached >= 1:
                return name
        return self._definitions.base_tier
