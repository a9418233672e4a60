"""Events sent by mistake, and their corrections. What was right holds in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from streams.core.event_time.buckets import DAY, HOUR

if TYPE_CHECKING:
    from random import Random

    from streams.simulate.chronicle import Chronicle, Sent
    from streams.simulate.events import Event

REPLACED: Final = 0.004
WRONGLY_WITHDRAWN: Final = 0.0015
OUT_OF_NOTHING: Final = 0.003
"""Shares of all events."""

AMOUNTS: Final = ("monthly_value", "value_lost", "value", "amount")


def correct(random: Random, chronicle: Chronicle) -> None:
    """Make mistakes of some events of a chronicle, and correct each."""
    right, chronicle.events = chronicle.events, []
    for topic, event in right:
        chance = random.random()
        fixed = event.at + random.randrange(HOUR, 20 * DAY)
        if topic == "corrections" or event.customer_id is None:
            chance = 1.0
        if fixed + 2 * DAY >= chronicle.company.end or chance >= (
            REPLACED + WRONGLY_WITHDRAWN + OUT_OF_NOTHING
        ):
            chronicle.events.append((topic, event))
        elif chance < REPLACED:
            _sent_wrong(random, chronicle, (topic, event), fixed)
        elif chance < REPLACED + WRONGLY_WITHDRAWN:
            _withdrawn_wrongly(chronicle, (topic, event), fixed)
        else:
            _never_was(random, chronicle, (topic, event), fixed)


def _sent_wrong(random: Random, chronicle: Chronicle, sent: Sent, fixed: int) -> None:
    """Replaced: first a wrong one, then the right one in its place; some take two attempts."""
    topic, event = sent
    wrong = _mistaken(random, chronicle, event, event_id=event.event_id)
    chronicle.events.append((topic, wrong))
    if random.random() < 0.2:  # noqa: PLR2004
        still_wrong = _mistaken(random, chronicle, event, event_id=event.event_id)
        _correction(chronicle, fixed, topic, wrong, still_wrong)
        fixed += DAY
    _correction(chronicle, fixed, topic, wrong, event)


def _withdrawn_wrongly(chronicle: Chronicle, sent: Sent, fixed: int) -> None:
    """A correction of a correction: the event was right, and is withdrawn for a day."""
    topic, event = sent
    chronicle.events.append(sent)
    withdrawal = _correction(chronicle, fixed, topic, event, None)
    if withdrawal is not None:
        _correction(chronicle, fixed + DAY, "corrections", withdrawal, None)


def _never_was(random: Random, chronicle: Chronicle, sent: Sent, fixed: int) -> None:
    """Withdrawn: besides the event there was another one like it, which never happened."""
    topic, event = sent
    chronicle.events.append(sent)
    ghost = _mistaken(random, chronicle, event)
    chronicle.events.append((topic, ghost))
    _correction(chronicle, fixed, topic, ghost, None)


def _correction(
    chronicle: Chronicle, at: int, topic: str, original: Event, replacement: Event | None
) -> Event | None:
    return chronicle.write(
        "corrections",
        at,
        customer_id=original.customer_id,
        topic=topic,
        original=original,
        replacement=replacement,
        reason="sent by mistake" if replacement is None else "wrong data",
    )


def _mistaken(random: Random, chronicle: Chronicle, event: Event, **more: Any) -> Event:  # noqa: ANN401
    """Give an event like this one with an id of its own, an earlier time and other amounts."""
    wrong: dict[str, Any] = {
        name: 2 * amount for name in AMOUNTS if (amount := getattr(event, name)) is not None
    }
    earlier = random.choice((0, HOUR, DAY, 2 * DAY))
    made = chronicle.make(event.at - earlier)
    return msgspec.structs.replace(
        event, **{"event_id": made.event_id, "occurred_at": made.occurred_at, **wrong, **more}
    )
