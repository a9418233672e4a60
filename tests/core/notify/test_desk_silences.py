"""What a silence hides, and what is told once it is over."""

from __future__ import annotations

import pytest
from evening import (
    DAY,
    HOUR,
    NOW,
    SETTINGS,
    Told,
    desk_of,
    said,
)

from streams.notify.outgoing import outgoing


def test_a_silence_hides_and_when_it_is_over_people_hear_of_what_is_still_there() -> None:
    desk, one = desk_of(SETTINGS), Told()
    one.silence(NOW - 60, NOW + 8 * HOUR)
    desk.observe(one.tell("opened", NOW))
    (hidden,) = desk.decide(NOW)
    assert (hidden.kind, hidden.receiver, hidden.reason) == ("message", "desk", "silenced")
    assert hidden.why.endswith("Bo silenced it until 2026-11-26 02:00 UTC (a new form).")
    assert desk.decide(NOW + 8 * HOUR - 1) == []
    assert said(desk.decide(NOW + 8 * HOUR)) == [("unsilenced", "desk", None)]
    assert said(desk.decide(NOW + 8 * HOUR + 1800)) == [("escalation", "ada_phone", None)]


@pytest.mark.parametrize("restarted", [False, True])
def test_an_end_that_a_silence_hid_is_told_after_it_to_who_heard_before(*, restarted: bool) -> None:
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW))
    decided = desk.decide(NOW)
    decided += desk.decide(NOW + 1800)
    assert said(decided) == [("message", "desk", None), ("escalation", "ada_phone", None)]
    one.silence(NOW + 1860, NOW + HOUR)
    desk.observe(one.tell("resolved", NOW + 2000))
    decided += (hidden := desk.decide(NOW + 2000))
    assert {each.reason for each in hidden} == {"silenced"}
    assert desk.decide(NOW + HOUR - 1) == []
    if restarted:
        desk = desk_of(SETTINGS)
        desk.restore(decided)
        desk.observe(one.record())
    told = desk.decide(NOW + HOUR)
    assert said(told) == [("unsilenced", "desk", None), ("unsilenced", "ada_phone", None)]
    assert {each.message_reason for each in told} == {"resolved"}
    assert outgoing(told[0]).subject.startswith("[warning] Over: ")
    assert desk.decide(NOW + DAY) == []


def test_what_comes_back_in_the_silence_that_hid_its_end_has_not_ended() -> None:
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    one.silence(NOW + 60, NOW + HOUR)
    desk.observe(one.tell("resolved", NOW + 600))
    desk.decide(NOW + 600)
    desk.observe(one.tell("came_back", NOW + 900))
    assert said(desk.decide(NOW + 900)) == [("message", "desk", "silenced")]
    told = desk.decide(NOW + HOUR)
    assert [(each.kind, each.message_reason) for each in told] == [("unsilenced", None)]


def test_a_silence_over_what_ends_within_it_tells_nobody() -> None:
    desk, one = desk_of(SETTINGS), Told()
    one.silence(NOW - 60, NOW + 8 * HOUR)
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    desk.observe(one.tell("resolved", NOW + HOUR))
    assert said(desk.decide(NOW + HOUR)) == [("message", "desk", "silenced")]
    assert desk.decide(NOW + 9 * HOUR) == []


def test_what_was_hidden_and_is_over_is_not_told_when_it_flickers() -> None:
    desk, one = desk_of(SETTINGS), Told()
    one.silence(NOW - 60, NOW + 8 * HOUR)
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    desk.observe(one.tell("resolved", NOW + 60))
    desk.decide(NOW + 60)
    one.row["state"] = "open"  # back, and not long enough away for a message
    desk.observe(one.record())
    assert desk.decide(NOW + 9 * HOUR) == []
