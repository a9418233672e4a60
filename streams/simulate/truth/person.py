"""All that the events say of one customer, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.simulate.events import LIFECYCLE
from streams.simulate.truth.entries import entry_of, first_known, taken_entry
from streams.simulate.truth.groups import Groups
from streams.simulate.truth.life import Life
from streams.simulate.truth.movements import bridged
from streams.simulate.truth.risk import complaints_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.customers.definitions import Definitions
    from streams.simulate.truth.calendar import Calendar
    from streams.simulate.truth.entries import Entry
    from streams.simulate.truth.handed import Handed, Origin
    from streams.simulate.truth.life import State
    from streams.simulate.truth.risk import Complaint
    from streams.simulate.truth.settle import Held


class Person(NamedTuple):
    """One customer: what it said and did (`held`), and what came of it.

    `states` are those of its life, short absences bridged; `handed` is what went to those into whom
    it was merged, `kept` has the times at which a former customer was merged into it.
    """

    held: Sequence[Held]
    states: list[State]
    origin: Origin | None
    groups: Groups
    complaints: list[Complaint]
    handed: list[Handed]
    kept: list[int]


def person_of(  # noqa: PLR0913, PLR0917 (what a person is made of)
    held: Sequence[Held],
    definitions: Definitions,
    calendar: Calendar,
    clock: int,
    forgotten: int | None = None,
    taken: Iterable[Handed] = (),
) -> Person:
    """Work out one customer's life from the events that hold, up to the clock.

    `forgotten`: when the customer asked to be removed, if it did: nothing happens to it later.
    `taken`: what others brought who were merged into it.
    """
    held = [one for one in held if one.event.change != "forgotten"]
    entries = [entry_of(one) for one in held if one.topic in LIFECYCLE]
    entries = sorted(entries + [taken_entry(one) for one in taken])
    payments = [one.event for one in held if one.topic == "revenue"]
    months = [calendar.month(pay.at) for pay in payments if (pay.amount or 0) > 0]
    paid = calendar.month_start(min(months)) if months else None
    if paid is not None and _known_by_itself(entries, paid, definitions.found_window):
        paid = None
    life = Life(definitions)
    life.walk(entries, paid, clock if forgotten is None else forgotten)
    if forgotten is not None:
        life.forget(forgotten)
    groups = Groups(entries, payments, definitions, calendar)
    return Person(
        held,
        bridged(life.states, definitions.return_window),
        life.origin,
        groups,
        complaints_of(held),
        [one._replace(segment=groups.stated(one.at)) for one in life.handed],
        life.kept,
    )


def _known_by_itself(entries: Sequence[Entry], paid: int, window: int) -> bool:
    """Say whether no payment discovers a customer: it is known before, or soon after signs up."""
    first = first_known(entries)
    if first is None:
        return False
    soon = first.kind in {"signup", "trial_began", "taken"} and first.at < paid + window
    return first.at <= paid or soon
