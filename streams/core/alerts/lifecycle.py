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


class Happening(StrEnum):
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

TABLE: Final[Mapping[State | None, Mapping[Happening, State]]] = {
    None: {
        Happening.HINT: State.PENDING,
        Happening.PROOF: State.FIRING,
    },
    State.PENDING: {
        Happening.HINT: State.PENDING,
        Happening.PROOF: State.FIRING,
        Happening.CALM: State.RESOLVED,
        Happening.SILENCE: State.STALE,
        Happening.ACKNOWLEDGE: State.ACKNOWLEDGED,
    },
    State.FIRING: {
        Happening.HINT: State.FIRING,
        Happening.PROOF: State.FIRING,
        Happening.CALM: State.RESOLVED,
        Happening.SILENCE: State.STALE,
        Happening.ACKNOWLEDGE: State.ACKNOWLEDGED,
    },
    State.ACKNOWLEDGED: {
        Happening.HINT: State.ACKNOWLEDGED,
        Happening.PROOF: State.ACKNOWLEDGED,
        Happening.CALM: State.RESOLVED,
        Happening.SILENCE: State.STALE,
        Happening.ACKNOWLEDGE: State.ACKNOWLEDGED,
    },
    State.STALE: {
        Happening.HINT: State.FIRING,
        Happening.PROOF: State.FIRING,
        Happening.CALM: State.RESOLVED,
        Happening.SILENCE: State.STALE,
        Happening.ACKNOWLEDGE: State.STALE,
    },
    State.RESOLVED: {
        Happening.CALM: State.RESOLVED,
        Happening.SILENCE: State.RESOLVED,
        Happening.ACKNOWLEDGE: State.RESOLVED,
    },
}
"""A resolved alert is never raised again: what rises next is a new one."""


def after(state: State | None, happening: Happening) -> State:
    """Give what an alert becomes.

    Raises:
        ValueError: this cannot happen to an alert in that state.
    """
    try:
        return TABLE[state][happening]
    except KeyError:
        raise ValueError(f"{happening} cannot happen to an alert that is {state}") from None
