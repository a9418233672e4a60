"""Movements of one customer, read off the states of its life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.simulate.truth.handed import Origin
    from streams.simulate.truth.life import Cause, State, Values

Unit = Literal[
    "opened",
    "new",
    "reactivated",
    "discovered",
    "expansion",
    "contraction",
    "lost",
    "merged_in",
    "merged_out",
    "moved_in",
    "moved_out",
]


class Movement(NamedTuple):
    """A change of the base at a time: so many customers, and so much recurring value."""

    at: int
    unit: Unit
    customers: int
    values: Values
    cause: Cause


def bridged(states: Sequence[State], window: int) -> list[State]:
    """Leave out absences that end within the return window: nobody was lost.

    Who is merged into another customer does not come back, and who takes over another one has not
    come back.
    """

    def is_over_soon(number: int) -> bool:
        state, after = states[number], states[number + 1]
        soon = after.at - state.at < window
        return soon and state.cause.kind != "merged" and after.cause.kind != "taken"

    return [
        state
        for number, state in enumerate(states)
        if state.customer or number + 1 == len(states) or not is_over_soon(number)
    ]


def movements(
    states: Sequence[State], origin: Origin | None, kept: Sequence[int]
) -> Iterator[Movement]:
    """Yield what the states of a life (absences bridged) add to the base and take from it.

    `kept`: times at which somebody came in by a merge who had been a customer before.
    """
    was = been = False
    values: Values = ()
    for state in states:
        at, cause = state.at, state.cause
        if state.customer and not was:
            been = been or any(one < at for one in kept)
            unit: Unit = "reactivated" if been else origin or "new"
            if cause.kind == "taken":
                unit = "merged_in"
            yield Movement(at, unit, 1, state.values, cause)
            been = True
        elif was and not state.customer:
            gone: Unit = "merged_out" if cause.kind == "merged" else "lost"
            yield Movement(at, gone, 1, values, cause)
        elif was:
            yield from _worth_changed(state, dict(values))
        was, values = state.customer, state.values


def _worth_changed(state: State, before: dict[str, int]) -> Iterator[Movement]:
    after = dict(state.values)
    more = {c: after.get(c, 0) - before.get(c, 0) for c in sorted({*before, *after})}
    up = tuple((currency, n) for currency, n in more.items() if n > 0)
    down = tuple((currency, -n) for currency, n in more.items() if n < 0)
    if up:
        unit: Unit = "merged_in" if state.cause.kind == "taken" else "expansion"
        yield Movement(state.at, unit, 0, up, state.cause)
    if down:
        yield Movement(state.at, "contraction", 0, down, state.cause)


def state_at(states: Sequence[State], at: int) -> State | None:
    """Give the last state that began at or before a time."""
    found = None
    for state in states:
        if state.at > at:
            break
        found = state
    return found
