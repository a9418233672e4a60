"""The life of an alert: one table of what may happen to it and what it becomes.

               weak evidence                strong evidence
    (nothing) ---------------> pending ---------------------> firing <---> stale
                                  |                             |  acknowledge
                                  |           rate is back      v
                                  +------------> resolved <-- acknowledged

Only evidence resolves an alert: when the source falls silent it goes stale, and comes back with
the next thing that is known.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    """What an alert is."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    STALE = "stale"


class Trigger(StrEnum):
    """What happens to it."""

    HINT = "hint"
    """A rise that the next steps may still take back."""
    PROOF = "proof"
    """A rise that is beyond doubt, or has lasted."""
    CALM = "calm"
    """The rate is back to what is expected."""
    SILENCE = "silence"
    """Nothing was heard of the source for too long (wall clock)."""
    ACKNOWLEDGE = "acknowledge"
    """Somebody has taken it on."""


OPEN: Final = frozenset({State.PENDING, State.FIRING, State.ACKNOWLEDGED, State.STALE})

TABLE: Final[Mapping[State | None, Mapping[Trigger, State]]] = {
    None: {
        Trigger.HINT: State.PENDING,
        Trigger.PROOF: State.FIRING,
    },
    State.PENDING: {
        Trigger.HINT: State.PENDING,
        Trigger.PROOF: State.FIRING,
        Trigger.CALM: State.RESOLVED,
        Trigger.SILENCE: State.STALE,
        Trigger.ACKNOWLEDGE: State.ACKNOWLEDGED,
    },
    State.FIRING: {
        Trigger.HINT: State.FIRING,
        Trigger.PROOF: State.FIRING,
        Trigger.CALM: State.RESOLVED,
        Trigger.SILENCE: State.STALE,
        Trigger.ACKNOWLEDGE: State.ACKNOWLEDGED,
    },
    State.ACKNOWLEDGED: {
        Trigger.HINT: State.ACKNOWLEDGED,
        Trigger.PROOF: State.ACKNOWLEDGED,
        Trigger.CALM: State.RESOLVED,
        Trigger.SILENCE: State.STALE,
        Trigger.ACKNOWLEDGE: State.ACKNOWLEDGED,
    },
    State.STALE: {
        Trigger.HINT: State.FIRING,
        Trigger.PROOF: State.FIRING,
        Trigger.CALM: State.RESOLVED,
        Trigger.SILENCE: State.STALE,
        Trigger.ACKNOWLEDGE: State.STALE,
    },
    State.RESOLVED: {
        Trigger.CALM: State.RESOLVED,
        Trigger.SILENCE: State.RESOLVED,
        Trigger.ACKNOWLEDGE: State.RESOLVED,
    },
}
"""A resolved alert is never raised again: what rises next is a new one."""


def after(state: State | None, trigger: Trigger) -> State:
    """Give what an alert becomes.

    Raises:
        ValueError: this cannot happen to an alert in that state.
    """
    try:
        return TABLE[state][trigger]
    except KeyError:
        raise ValueError(f"{trigger} cannot happen to an alert that is {state}") from None
