"""All that the events say of one customer, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.simulate.events import LIFECYCLE
from streams.simulate.truth.entries import entry_of
from streams.simulate.truth.groups import Groups
from streams.simulate.truth.life import Life
from streams.simulate.truth.movements import bridged
from streams.simulate.truth.risk import complaints_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.definitions import Definitions
    from streams.simulate.truth.calendar import Calendar
    from streams.simulate.truth.entries import Entry
    from streams.simulate.truth.life import Origin, State
    from streams.simulate.truth.risk import Complaint
    from streams.simulate.truth.settle import Held


class Person(NamedTuple):
    """One customer: what it said and did (`held`), and what came of it.

    `states` are those of its life, short absences bridged.
    """

    held: Sequence[Held]
    states: list[State]
    origin: Origin | None
    groups: Groups
    complaints: list[Complaint]


def person_of(
    held: Sequence[Held],
    definitions: Definitions,
    calendar: Calendar,
    clock: int,
    forgotten: int | None = None,
) -> Person:
    """Work out one customer's life from the events that hold, up to the clock.

    `forgotten`: when the customer asked to be removed, if it did: nothing happens to it later.
    """
    held = [one for one in held if one.event.change != "forgotten"]
    entries = sorted(entry_of(one) for one in held if one.topic in LIFECYCLE)
    payments = [one.event for one in held if one.topic == "revenue"]
    months = [calendar.month(pay.at) for pay in payments if (pay.amount or 0) > 0]
    paid = calendar.month_start(min(months)) if months else None
    if paid is not None and _known_by_itself(entries, paid, definitions.found_window):
        paid = None
    life = Life(definitions)
    life.walk(entries, paid, clock if forgotten is None else forgotten)
    if forgotten is not None:
        life.forget(forgotten)
    return Person(
        held,
        bridged(life.states, definitions.return_window),
        life.origin,
        Groups(entries, payments, definitions, calendar),
        complaints_of(held),
    )


def _known_by_itself(entries: Sequence[Entry], paid: int, window: int) -> bool:
    """Say whether no payment discovers a customer: it is known before, or soon after signs up."""
    if not entries:
        return False
    first = entries[0]
    soon = first.kind in {"signup", "trial_began"} and first.at < paid + window
    return first.at <= paid or soon
