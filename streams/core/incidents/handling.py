"""How an incident is handled: what people do about it, beside the state that follows from evidence.

              somebody takes it on
    (nobody) ----------------------> acknowledged
        ^                                 |
        |   it is worse, or over, or      |
        |   nobody answered the reminder  |
        +---------------------------------+

It follows from the actions and from what people were told, both in the order of event time, and
from nothing else: who has acknowledged an incident keeps it while its source is silent and when it
comes back, and a state that is built anew from the topics has the same handling. Nobody's word
resolves an incident.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.incidents.acts import Weekly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemas.incidents import MessageReason
    from streams.core.incidents.acts import Act

    Told = Sequence[tuple[int, MessageReason]]


class Handled(StrEnum):
    """What is done about an incident; None stands for nothing."""

    ACKNOWLEDGED = "acknowledged"


class HandlingTrigger(StrEnum):
    """What happens to an incident, as far as its handling is concerned."""

    ACKNOWLEDGE = "acknowledge"
    """Somebody takes it on."""
    LET_GO = "let_go"
    """Somebody says that nobody has it any more."""
    ANSWER = "answer"
    """Somebody says or does something else about it: a note, an owner, a judgement."""
    NEWS = "news"
    """People are told something of it, and not that it is worse."""
    WORSE = "worse"
    """People are told that it is worse."""
    UNANSWERED = "unanswered"
    """Nobody has said anything since it was acknowledged, and the reminder was long ago."""
    OVER = "over"
    """It is resolved."""


HANDLING_TABLE: Final[Mapping[Handled | None, Mapping[HandlingTrigger, Handled | None]]] = {
    None: {
        HandlingTrigger.ACKNOWLEDGE: Handled.ACKNOWLEDGED,
        HandlingTrigger.LET_GO: None,
        HandlingTrigger.ANSWER: None,
        HandlingTrigger.NEWS: None,
        HandlingTrigger.WORSE: None,
        HandlingTrigger.UNANSWERED: None,
        HandlingTrigger.OVER: None,
    },
    Handled.ACKNOWLEDGED: {
        HandlingTrigger.ACKNOWLEDGE: Handled.ACKNOWLEDGED,
        HandlingTrigger.LET_GO: None,
        HandlingTrigger.ANSWER: Handled.ACKNOWLEDGED,
        HandlingTrigger.NEWS: Handled.ACKNOWLEDGED,
        HandlingTrigger.WORSE: None,
        HandlingTrigger.UNANSWERED: None,
        HandlingTrigger.OVER: None,
    },
}

_BY_KIND: Final = {
    "acknowledged": HandlingTrigger.ACKNOWLEDGE,
    "unacknowledged": HandlingTrigger.LET_GO,
}
_BY_REASON: Final = {"worse": HandlingTrigger.WORSE, "resolved": HandlingTrigger.OVER}


def handling_after(handled: Handled | None, trigger: HandlingTrigger) -> Handled | None:
    """Return how an incident is handled next."""
    return HANDLING_TABLE[handled][trigger]


class Silence(msgspec.Struct, array_like=True, frozen=True):
    """A silence that an incident falls under; times are wall time in epoch seconds."""

    silence_id: str
    by: str
    starts_at: int
    until: int
    recurring: Weekly | None
    note: str


class Handling(msgspec.Struct, array_like=True, frozen=True):
    """How an incident is handled; times are wall time in epoch seconds.

    `acknowledged` is who has taken it on, when, and until when that holds without an answer.
    """

    acknowledged: tuple[str, int, int] | None = None
    owner: str | None = None
    judgement: str | None = None
    judged_by: str | None = None
    silences: tuple[Silence, ...] = ()
    notes: int = 0
    changed_at: int | None = None


def handling_of(
    acts: Sequence[Act],
    told: Told,
    silences: Sequence[Silence],
    *,
    wall: float,
    answer_within: int,
) -> Handling:
    """Return how an incident is handled.

    Args:
        acts: what people did about it, the oldest first.
        told: what they were told of it: event time and reason.
        silences: those that it falls under now.
        wall: epoch seconds.
        answer_within: seconds without a word after which an acknowledgement is none.
    """
    handled: Handled | None = None
    holder: Act | None = None
    for act, trigger in _timeline(acts, told):
        handled = handling_after(handled, trigger)
        if trigger is HandlingTrigger.ACKNOWLEDGE:
            holder = act
    acknowledged = None
    if handled is not None and holder is not None:
        until = max(act.at for act in acts if act.at >= holder.at) + answer_within
        if wall >= until:
            handled = handling_after(handled, HandlingTrigger.UNANSWERED)
        if handled is not None:
            acknowledged = holder.by, holder.at, until
    owner = next((act.owner for act in reversed(acts) if act.kind == "assigned"), None)
    judged = next((act for act in reversed(acts) if act.kind == "judged"), None)
    return Handling(
        acknowledged,
        owner,
        None if judged is None else judged.judgement,
        None if judged is None else judged.by,
        tuple(silences),
        sum(bool(act.note) for act in acts),
        acts[-1].at if acts else None,
    )


def _timeline(acts: Sequence[Act], told: Told) -> Iterator[tuple[Act | None, HandlingTrigger]]:
    """Yield what happened by the event time at which it was known; who answers comes after it."""
    events: list[tuple[int, int, int, Act | None, HandlingTrigger]] = []
    for number, (at, reason) in enumerate(told):
        trigger = _BY_REASON.get(reason, HandlingTrigger.NEWS)
        events.append((at, 0, number, None, trigger))
    for number, act in enumerate(acts):
        trigger = _BY_KIND.get(act.kind, HandlingTrigger.ANSWER)
        events.append((act.seen, 1, number, act, trigger))
    for *_, own, trigger in sorted(events, key=lambda one: one[:3]):
        yield own, trigger
