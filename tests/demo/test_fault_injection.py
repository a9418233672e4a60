from collections import Counter

import msgspec

from schemas import wire
from schemas.deadletter import Reason
from streams.demo.events import Event
from streams.demo.fault_injection import (
    BAD_A_TOPIC,
    COUNTED,
    HELD_BACK_S,
    KINDS,
    LATE_A_TOPIC,
    TOPICS,
    Fate,
    Message,
    with_faults,
)


def flawed(events: list[Event], seed: int = 3) -> list[Message]:
    return list(with_faults(events, start=events[0].at, end=events[-1].at + 1, seed=seed))


def test_the_number_of_flaws_is_known(events: list[Event]) -> None:
    fates = Counter((message.topic, message.fate) for message in flawed(events))
    for topic in TOPICS:
        assert fates[topic, Fate.REFUSED] == BAD_A_TOPIC == 2 * len(KINDS)
        assert fates[topic, Fate.LATE] == (LATE_A_TOPIC if topic in COUNTED else 0)


def test_no_good_event_is_lost_or_changed(events: list[Event]) -> None:
    sent = sorted(
        message.value or b"" for message in flawed(events) if message.fate != Fate.REFUSED
    )
    assert sent == sorted(
        msgspec.json.encode(event.body | {"occurred_at": wire.stamp(event.at)}) for event in events
    )


def test_messages_stand_in_the_order_of_their_time(events: list[Event]) -> None:
    times = [message.at for message in flawed(events)]
    assert times == sorted(times)


def test_late_events_come_days_after_they_occurred_while_their_topic_went_on(
    events: list[Event],
) -> None:
    messages = flawed(events)
    for place, message in enumerate(messages):
        if message.fate == Fate.LATE:
            occurred = msgspec.json.decode(message.value or b"")["occurred_at"]
            assert occurred == wire.stamp(message.at - HELD_BACK_S)
            before = [other.at for other in messages[:place] if other.topic == message.topic]
            assert before[-1] > message.at - HELD_BACK_S + 86_400


def test_what_is_corrected_later_does_not_come_late(events: list[Event]) -> None:
    corrected = {(e.topic, e.body["event_id"]) for e in events if e.corrected}
    late = {
        (message.topic, msgspec.json.decode(message.value or b"")["event_id"])
        for seed in range(3)
        for message in flawed(events, seed)
        if message.fate == Fate.LATE
    }
    assert len(corrected) > 50
    assert not corrected & late


def test_the_same_seed_gives_the_same_flaws(events: list[Event]) -> None:
    assert flawed(events, seed=3) == flawed(events, seed=3)
    assert flawed(events, seed=3) != flawed(events, seed=4)


def test_a_key_is_the_customer_or_else_the_event(events: list[Event]) -> None:
    for message in flawed(events):
        if message.fate != Fate.REFUSED:
            body = msgspec.json.decode(message.value or b"")
            assert message.key.decode() == body.get("customer_id", body["event_id"])


def test_the_contract_takes_the_good_and_refuses_the_bad(events: list[Event]) -> None:
    reasons = Counter[Reason]()
    for message in flawed(events):
        try:
            wire.decoders[message.topic](message.value)
        except wire.REFUSED:
            assert message.fate == Fate.REFUSED
            reasons[wire.refusal(message.topic, message.value).reason] += 1
        else:
            # Far ahead of the clock is a good event by contract; the worker refuses it.
            future = b'"occurred_at":"9998-' in (message.value or b"")
            assert (message.fate == Fate.REFUSED) == future
    assert reasons == Counter(
        dict.fromkeys(
            (
                Reason.NULL_VALUE,
                Reason.EMPTY,
                Reason.TRUNCATED,
                Reason.NOT_UTF8,
                Reason.NOT_JSON,
                Reason.NOT_AN_OBJECT,
                Reason.BAD_TIME,
                Reason.WRONG_TYPE,
                Reason.UNKNOWN_VERSION,
            ),
            2 * len(TOPICS),
        )
        | {Reason.MISSING_FIELD: 4 * len(TOPICS)}
    )
