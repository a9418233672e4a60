from __future__ import annotations

import pytest
from delivering import FAILED, REFUSED, START, UNANSWERED, Bench, decided
from hypothesis import given
from hypothesis import strategies as st

from streams.core.notify.notification import decode
from streams.notify.attempts import LONGEST, RESTING, began, delay, ended
from streams.notify.channels.outcome import DELIVERED, Kind, Outcome
from streams.notify.outbox import Outbox


async def test_a_try_is_on_record_before_it_goes_out_and_so_is_its_end() -> None:
    bench = Bench()
    bench.put(decided("a"))
    await bench.until()
    assert [one.state for one in bench.receiver.before] == ["sending"]
    assert bench.states("a") == ["sending", "delivered"]
    end = bench.last("a")
    assert (end.attempts, end.ended_at, end.may_repeat, end.incident) == (1, START, False, None)


async def test_what_failed_is_tried_again_and_is_no_repetition() -> None:
    bench = Bench()
    bench.put(decided("a"))
    bench.receiver.answers = [FAILED, FAILED]
    await bench.until()
    assert bench.states("a") == ["sending", "failed"]
    assert bench.last("a").retry_at == START + 1
    assert bench.last("a").error == "HTTP 500"
    await bench.until(2)
    await bench.until(5)
    assert bench.states("a")[-2:] == ["sending", "delivered"]
    assert not any(message.may_repeat for message in bench.receiver.got)


async def test_what_was_not_answered_is_told_again_and_marked() -> None:
    bench = Bench()
    bench.put(decided("a"))
    bench.receiver.answers = [UNANSWERED, FAILED]
    await bench.until()
    assert (bench.last("a").state, bench.last("a").may_repeat) == ("unanswered", True)
    await bench.until(2)
    await bench.until(5)
    assert [one.may_repeat for one in bench.receiver.got] == [False, True, True]
    assert (bench.last("a").state, bench.last("a").may_repeat) == ("delivered", True)


async def test_a_try_that_was_cut_off_is_told_again_and_marked() -> None:
    cut = decode(began(decided("a"), START).encode())  # as the next owner finds it
    bench = Bench()
    bench.outbox.restore([cut])
    await bench.until(60)
    assert [(one.attempt, one.may_repeat) for one in bench.receiver.got] == [(2, True)]
    assert bench.last("a").may_repeat


async def test_of_one_incident_the_first_comes_before_the_second() -> None:
    bench = Bench()
    bench.put(decided("a"), decided("b", START + 1), decided("c", START + 1, "2"))
    bench.receiver.answers = [FAILED]
    await bench.until(1)
    assert [one.notification_id[0] for one in bench.receiver.got] == ["a", "c"]
    await bench.until(2)
    assert [one.notification_id[0] for one in bench.receiver.got] == ["a", "c", "a", "b"]


async def test_a_receiver_that_asks_for_time_gets_it_for_all_that_waits() -> None:
    bench = Bench()
    bench.put(decided("a"), decided("b", START, "2"))
    bench.receiver.answers = [Outcome(Kind.FAILED, "HTTP 429", retry_after=30.0)]
    await bench.until()
    await bench.until(29)
    assert len(bench.receiver.got) == 1
    await bench.until(1)
    assert len(bench.receiver.got) == 3


async def test_a_receiver_that_is_down_is_not_asked_once_for_each_message() -> None:
    bench = Bench()
    bench.put(*(decided(name, START, name) for name in "abcdef0123456789"))
    bench.receiver.answers = [FAILED] * 100
    for _ in range(30):
        await bench.until(1)
    assert len(bench.receiver.got) < 16


async def test_a_dead_receiver_is_told_through_another_once_for_each_message() -> None:
    bench = Bench()
    bench.put(decided("a"), decided("b", START, "2"))
    bench.receiver.answers = [FAILED] * 100
    for _ in range(30):
        await bench.until(10)
    [first, second] = [one for one in bench.topic if one.kind == "dead_receiver"]
    assert {first.instead_of, second.instead_of} == {"a" * 16, "b" * 16}
    assert first.decided_at >= START + 60
    assert (first.receiver, first.channel, first.state) == ("phone", "webhook", "waiting")
    assert first.why.startswith("Receiver desk is not reached (HTTP 500). It has just opened.")
    assert first.incident == decided("a").incident
    assert bench.outbox.waiting("phone") == [first, second]


async def test_the_fallback_of_a_fallback_does_not_send_it_back() -> None:
    there, back = Bench(), Bench("phone")
    there.put(decided("a"))
    there.receiver.answers = [REFUSED]
    await there.until()
    [copy] = [one for one in there.topic if one.kind == "dead_receiver"]
    back.deliverer.settings = there.deliverer.settings.model_copy(
        update={
            "receivers": {
                name: one.model_copy(update={"fallback": {"desk": "phone", "phone": "desk"}[name]})
                for name, one in there.deliverer.settings.receivers.items()
            }
        }
    )
    back.put(decided("a"), copy)
    back.receiver.answers = [REFUSED]
    await back.until()
    assert [one.kind for one in back.topic] == ["dead_receiver", "dead_receiver"]  # its own steps
    assert back.outbox.waiting("desk") == [decided("a")]


async def test_what_is_refused_is_told_through_another_at_once_and_others_go_on() -> None:
    bench = Bench()
    bench.put(decided("a"), decided("b", START, "2"))
    bench.receiver.answers = [REFUSED]
    await bench.until()
    assert bench.states("b") == ["sending", "delivered"]
    assert [one.instead_of for one in bench.topic if one.kind == "dead_receiver"] == ["a" * 16]
    assert bench.last("a").retry_at == START + 600  # an hour, but for when it is given up


async def test_what_cannot_be_delivered_is_given_up_and_told_through_another() -> None:
    bench = Bench()
    bench.put(decided("a"))
    bench.receiver.answers = [FAILED] * 100
    for _ in range(100):
        await bench.until(10)
    assert bench.last("a").state == "given_up"
    assert bench.last("a").error == "HTTP 500"
    assert bench.last("a").incident is None
    assert bench.outbox.waiting("desk") == []
    assert len(bench.outbox.waiting("phone")) == 1


async def test_a_receiver_that_is_not_set_up_is_dead_from_the_start() -> None:
    bench = Bench()
    bench.deliverer.channel, bench.deliverer.broken = None, "Apprise does not take its URL"
    bench.put(decided("a"))
    await bench.until()
    assert bench.last("a").error == "Apprise does not take its URL"
    assert len(bench.outbox.waiting("phone")) == 1


async def test_a_channel_with_a_bug_keeps_nobody_else() -> None:
    bench = Bench()

    async def broken(*_: object) -> Outcome:
        raise ZeroDivisionError

    bench.receiver.deliver = broken  # type: ignore[method-assign, assignment]
    bench.put(decided("a"))
    await bench.until()
    assert (bench.last("a").state, bench.last("a").error) == (
        "unanswered",
        "a bug: ZeroDivisionError",
    )


async def test_how_a_receiver_did_is_known_after_a_restart() -> None:
    bench = Bench()
    bench.put(decided("a"))
    bench.receiver.answers = [FAILED]
    await bench.until()
    other = Bench()
    other.outbox.restore([bench.last("a")])
    other.deliverer.remember()
    assert other.deliverer.condition.is_dead(START + 60, 60)
    assert not other.deliverer.condition.is_dead(START + 59, 60)


@given(
    st.integers(1, 10_000), st.sampled_from(Kind), st.none() | st.floats(0, 3600), st.floats(0, 1)
)
def test_a_delay_is_bounded_and_honours_what_was_asked_for(
    attempts: int, kind: Kind, retry_after: float | None, jitter: float
) -> None:
    found = delay(attempts, Outcome(kind, "", retry_after), jitter)
    assert found >= max(0.5, retry_after or 0.0)
    assert found <= max(RESTING if kind is Kind.REFUSED else LONGEST, retry_after or 0.0)


@given(st.lists(st.sampled_from([DELIVERED, FAILED, UNANSWERED, REFUSED]), min_size=1, max_size=30))
def test_a_mark_stays_and_comes_only_of_an_answer_that_was_lost(outcomes: list[Outcome]) -> None:
    one, wall, lost = decided("a"), START, False
    for outcome in outcomes:
        one = began(one, wall)
        assert one.may_repeat == lost
        one = ended(one, outcome, wall, jitter=1.0, give_up_after=10**9)
        lost = lost or outcome is UNANSWERED
        assert one.may_repeat == lost
        if one.is_over:
            break
        assert one.retry_at is not None
        wall = one.retry_at


def test_an_outbox_is_the_same_in_whatever_order_it_is_read() -> None:
    rows = [decided("a"), decided("b", START + 1), decided("c", START + 2, "2")]
    boxes = [Outbox(), Outbox()]
    boxes[0].restore(rows)
    boxes[1].restore(reversed(rows))
    assert boxes[0].waiting("desk") == boxes[1].waiting("desk") == rows


@pytest.mark.parametrize("state", ["delivered", "given_up"])
def test_what_is_over_waits_no_more(state: str) -> None:
    box = Outbox()
    box.put(decided("a"))
    box.put(decided("a", state=state))
    assert box.waiting("desk") == []
    assert box.knows("a" * 16)
