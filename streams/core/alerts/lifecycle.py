"""The life of an alert: one table of what may happen to it and what it becomes.

               weak evidence                strong evidence
    (nothing) ---------------> pending ---------------------> firing <---> stale
                                  |        rate is back         |   no data
                                  +----------> resolved <-------+

Only evidence changes the state of an alert, and resolves it: where there is no data it goes stale,
and comes back with the next thing that is known. What people do about it is another table
(`handling`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    """What is known of the rise that an alert is about."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    STALE = "stale"


class Trigger(StrEnum):
    """What becomes known of it."""

    HINT = "hint"
    """A rise that the next steps may still take back."""
    PROOF = "proof"
    """A rise that is beyond doubt, or has lasted."""
    CALM = "calm"
    """The rate is back to what is expected."""
    NO_DATA = "no_data"
    """Its source has published nothing for too long (wall clock)."""


OPEN: Final = frozenset({State.PENDING, State.FIRING, State.STALE})

TABLE: Final[Mapping[State | None, Mapping[Trigger, State]]] = {
    None: {
        Trigger.HINT: State.PENDING,
        Trigger.PROOF: State.FIRING,
    },
    State.PENDING: {
        Trigger.HINT: State.PENDING,
        Trigger.PROOF: State.FIRING,
        Trigger.CALM: State.RESOLVED,
        Trigger.NO_DATA: State.STALE,
    },
    State.FIRING: {
        Trigger.HINT: State.FIRING,
        Trigger.PROOF: State.FIRING,
        Trigger.CALM: State.RESOLVED,
        Trigger.NO_DATA: State.STALE,
    },
    State.STALE: {
        Trigger.HINT: State.FIRING,
        Trigger.PROOF: State.FIRING,
        Trigger.CALM: State.RESOLVED,
        Trigger.NO_DATA: State.STALE,
    },
    State.RESOLVED: {
        Trigger.CALM: State.RESOLVED,
        Trigger.NO_DATA: State.RESOLVED,
    },
}
"""A resolved alert is never raised again: what rises next is a new one."""


def after(state: State | None, trigger: Trigger) -> State:
    """Return the next state of an alert.

    Raises:
        ValueError: this cannot happen to an alert in that state.
    """
    try:
        return TABLE[state][trigger]
    except KeyError:
        raise ValueError(f"{trigger} cannot happen to an alert that is {state}") from None
