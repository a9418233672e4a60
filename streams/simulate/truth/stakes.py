"""What was at stake in an incident: who complained about it, worth what, and who of them left."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.event_time.buckets import DAY
from streams.simulate.truth.handed import UNKNOWN
from streams.simulate.truth.movements import state_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.simulate.truth.calendar import Calendar
    from streams.simulate.truth.life import State, Values
    from streams.simulate.truth.person import Person
    from streams.simulate.truth.settle import Held

FOLLOWED: Final = 30 * DAY
"""After an incident those who complained are looked after for so long, in seconds."""


class Asked(NamedTuple):
    """An incident that is over: complaints with some labels in `since <= time < until`."""

    name: str
    labels: Mapping[str, str]
    since: int
    until: int


class Stake:
    """What was at stake in one incident: customers, and minor units a month by currency."""

    def __init__(self) -> None:
        self.customers = self.left = 0
        self.value: Counter[str] = Counter()
        self.value_left: Counter[str] = Counter()


class Stakes:
    """What was at stake in some incidents, summed up customer by customer; by name in `found`."""

    def __init__(self, asked: Sequence[Asked], calendar: Calendar) -> None:
        self._asked = asked
        self._calendar = calendar
        self.found = {one.name: Stake() for one in asked}

    def add(self, person: Person) -> None:
        """Add one customer who was not forgotten."""
        made = sorted(
            (one for one in person.held if one.topic == "complaints"), key=lambda one: one.event.at
        )
        for asked in self._asked if made else ():
            worth = self._worth(person, made, asked)
            if worth is None:
                continue
            stake = self.found[asked.name]
            stake.customers += 1
            stake.value.update(dict(worth))
            if _is_lost(person.states, asked.until + FOLLOWED):
                stake.left += 1
                stake.value_left.update(dict(worth))

    def _worth(self, person: Person, made: Sequence[Held], asked: Asked) -> Values | None:
        """Give what a customer was worth when it first complained as one; None if it did not."""
        for one in made:
            at = one.event.at
            if not asked.since <= at < asked.until:
                continue
            segment = person.groups.of(self._calendar.month(at)).segment
            said = {
                label: segment if label == "segment" else getattr(one.event, label, None) or UNKNOWN
                for label in asked.labels
            }
            state = state_at(person.states, at)
            if said == asked.labels and state is not None and state.customer:
                return state.values
        return None


def _is_lost(states: Sequence[State], at: int) -> bool:
    """Say whether somebody is a customer no more at a time, and nobody else now."""
    state = state_at(states, at)
    return state is not None and not state.customer and state.cause.kind != "merged"
