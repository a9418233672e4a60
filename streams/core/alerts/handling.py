"""The handling of an alert: what people do about it, beside the state that follows from evidence.

              somebody takes it on
    (nobody) ----------------------> acknowledged
        ^                                 |
        |     it is worse, or over        |
        +---------------------------------+

It is a table of its own: who has acknowledged an alert keeps it while its source is silent and when
it comes back, and nobody's word resolves an alert (`lifecycle`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Handling(StrEnum):
    """What is done about an alert; None stands for nothing."""

    ACKNOWLEDGED = "acknowledged"


class HandlingTrigger(StrEnum):
    """What happens to an alert, as far as its handling is concerned."""

    ACKNOWLEDGE = "acknowledge"
    """Somebody takes it on."""
    WORSE = "worse"
    """Its excess or its severity is materially more than what was published."""
    NO_DATA = "no_data"
    """Its source has fallen silent: it is stale."""
    BACK = "back"
    """Its source is back, and it still rises."""
    OVER = "over"
    """It is resolved."""


HANDLING_TABLE: Final[Mapping[Handling | None, Mapping[HandlingTrigger, Handling | None]]] = {
    None: {
        HandlingTrigger.ACKNOWLEDGE: Handling.ACKNOWLEDGED,
        HandlingTrigger.WORSE: None,
        HandlingTrigger.NO_DATA: None,
        HandlingTrigger.BACK: None,
        HandlingTrigger.OVER: None,
    },
    Handling.ACKNOWLEDGED: {
        HandlingTrigger.ACKNOWLEDGE: Handling.ACKNOWLEDGED,
        HandlingTrigger.WORSE: None,
        HandlingTrigger.NO_DATA: Handling.ACKNOWLEDGED,
        HandlingTrigger.BACK: Handling.ACKNOWLEDGED,
        HandlingTrigger.OVER: None,
    },
}


def handling_after(handling: Handling | None, trigger: HandlingTrigger) -> Handling | None:
    """Return the next handling of an alert."""
    return HANDLING_TABLE[handling][trigger]
