"""Which times are accepted: none before 1970, and none ahead of the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas import wire
from schemas.deadletter import Reason
from streams.core.event_time.occurred import epoch_seconds

if TYPE_CHECKING:
    from schemas.wire import Event

FUTURE: Final = wire.Refusal(Reason.FROM_THE_FUTURE, "occurred_at: ahead of the clock")
BEFORE: Final = wire.Refusal(Reason.OUT_OF_RANGE, "occurred_at: before 1970")


def out_of_range(event: Event, latest: float) -> wire.Refusal | None:
    """Return the refusal of the time of an event, or of the one put in another's place.

    Args:
        event: what a decoder gave.
        latest: the last time that is accepted, epoch seconds.

    Returns:
        The refusal, whose detail names the field; None where all times are accepted. The original
        of a correction was sent before, and is not judged again.
    """
    (time,) = epoch_seconds([event])
    if not 0 <= time <= latest:
        return FUTURE if time > latest else BEFORE
    inner: Event | None = getattr(event, "replacement", None)
    found = None if inner is None else out_of_range(inner, latest)
    return found and found._replace(detail=f"replacement.{found.detail}")
