"""Who is told what, when and why: one evening after the other."""

from __future__ import annotations

from evening import (
    DAY,
    HOUR,
    NOW,
    ROUTE,
    SETTINGS,
    Told,
    desk_of,
    said,
    wall,
)

from streams.core.notify.config import Notify
from streams.core.notify.desk import Desk


def test_a_message_is_told_once_and_escalated_until_somebody_has_it() -> None:
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW - 60))
    (first,) = desk.decide(NOW)
    assert (first.kind, first.receiver, first.reason) == ("message", "desk", None)
    assert first.why == (
        "It has just opened. Route loans: product=Student*, severity info or higher."
    )
    assert first.incident == one.record()
    assert desk.decide(NOW) == desk.decide(NOW + 1799) == []
    assert said(desk.decide(NOW + 1800)) == [("escalation", "ada_phone", None)]
    desk.observe(one.take("ada", NOW + 2000))
    assert said(desk.decide(NOW + 2001)) == [("acknowledged", None, "acknowledged")]
    assert desk.decide(NOW + 12 * HOUR) == []


def test_worse_is_told_to_all_whom_it_was_escalated_to_and_waits_anew_after_an_answer() -> None:
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    desk.decide(NOW + 1800)
    desk.observe(one.tell("wider", NOW + 1900))
    assert said(desk.decide(NOW + 1900)) == [
        ("message", "desk", None),
        ("message", "ada_phone", None),
    ]
    desk.observe(one.take("ada", NOW + 2000))
    desk.decide(NOW + 2000)
    desk.observe(one.tell("worse", NOW + 5000, "critical"))
    assert said(desk.decide(NOW + 5000)) == [("message", "desk", None)]
    assert said(desk.decide(NOW + 6800)) == [("escalation", "ada_phone", None)]


def test_the_end_is_told_to_whoever_heard_of_it_and_to_nobody_else() -> None:
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    desk.decide(NOW + 1800)
    desk.observe(one.tell("resolved", NOW + 3000))
    assert said(desk.decide(NOW + 3000)) == [
        ("message", "desk", None),
        ("message", "ada_phone", None),
    ]
    assert desk.decide(NOW + 9 * DAY) == []

    other = Told("b" * 16, severity="notice")
    desk.observe(other.tell("opened", NOW))
    assert said(desk.decide(NOW)) == [("message", "mail", "digest")]
    other.row["severity"] = "warning"
    desk.observe(other.tell("resolved", NOW + 60))
    assert said(desk.decide(NOW + 60)) == [("message", "desk", "never_told")]


def test_what_was_missed_while_nobody_decided_is_told_once() -> None:
    desk, one = desk_of(SETTINGS), Told()
    one.tell("opened", NOW - 2 * HOUR)
    desk.observe(one.tell("worse", NOW - HOUR))
    assert said(desk.decide(NOW)) == [
        ("message", "desk", "superseded"),
        ("message", "desk", None),
    ]
    over = Told("a" * 16)
    over.tell("opened", NOW - 2 * HOUR)
    desk.observe(over.tell("resolved", NOW - HOUR))
    assert said(desk.decide(NOW)) == [
        ("message", "desk", "superseded"),
        ("message", "desk", None),
    ]


def test_history_wakes_nobody() -> None:
    desk, one = desk_of(SETTINGS), Told()
    one.tell("opened", NOW - 7 * HOUR)
    desk.observe(one.tell("worse", NOW - 6 * HOUR))
    assert said(desk.decide(NOW)) == [("message", None, "history"), ("message", "desk", None)]
    old = Told("a" * 16)
    desk.observe(old.tell("opened", NOW - 365 * DAY))
    assert said(desk.decide(NOW)) == [("message", None, "history")]
    desk.observe(old.tell("resolved", NOW - 60))
    assert said(desk.decide(NOW)) == [("message", "desk", "never_told")]


def test_nobody_takes_it_on_so_it_is_told_again_at_the_interval() -> None:
    route = ROUTE | {"escalate": []}
    desk, one = desk_of(SETTINGS | {"routes": [route]}), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    assert desk.decide(NOW + 4 * HOUR - 1) == []
    assert said(desk.decide(NOW + 4 * HOUR)) == [("repeat", "desk", None)]
    assert said(desk.decide(NOW + 8 * HOUR)) == [("repeat", "desk", None)]
    one.row["state"] = "stale"
    desk.observe(one.record())
    assert desk.decide(NOW + 24 * HOUR) == []


def test_who_has_it_is_reminded_in_person_and_then_it_is_nobodys() -> None:
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    desk.observe(one.take("Ada Byron", NOW + 60))
    desk.decide(NOW + 60)
    end = NOW + 60 + DAY
    assert desk.decide(end - 4 * HOUR - 1) == []
    (reminder,) = desk.decide(end - 4 * HOUR)
    assert (reminder.kind, reminder.receiver, reminder.until) == ("reminder", "ada_phone", end)
    assert reminder.why.startswith(
        "Ada Byron took it on at 2026-11-25 18:01 UTC, and nothing was heard of late: without a "
        "word it is nobody's at 2026-11-26 18:01 UTC."
    )
    assert desk.decide(end - 1) == []
    (gone,) = desk.decide(end)
    assert (gone.kind, gone.receiver) == ("unanswered", "desk")
    assert said(desk.decide(end + 1800)) == [("escalation", "ada_phone", None)]


def test_a_note_puts_the_reminder_off() -> None:
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    desk.observe(one.take("somebody else", NOW))
    desk.decide(NOW)
    desk.observe(one.take("somebody else", NOW, NOW + 12 * HOUR + DAY))
    assert desk.decide(NOW + 32 * HOUR - 1) == []
    assert said(desk.decide(NOW + 32 * HOUR)) == [("reminder", "desk", None)]


def test_who_gives_it_back_is_named() -> None:
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    desk.observe(one.take("Ada", NOW + 60))
    desk.decide(NOW + 60)
    desk.observe(one.take(None, NOW + 500))
    (back,) = desk.decide(NOW + 600)
    assert (back.kind, back.receiver) == ("released", "desk")
    assert back.why.startswith("Ada gave it back: nobody has it now.")


def test_what_pages_nobody_waits_for_the_digest_of_the_next_day() -> None:
    desk = desk_of(SETTINGS)
    made = []
    for number in range(3):
        one = Told(f"{number:016x}", severity="notice")
        desk.observe(one.tell("opened", NOW + number))
        made += desk.decide(NOW + number)
    assert {(one.reason, one.due_at) for one in made} == {("digest", wall("2026-11-26 08:00"))}
    assert desk.decide(wall("2026-11-26 07:59")) == []
    (digest,) = desk.decide(wall("2026-11-26 08:00"))
    assert (digest.kind, digest.receiver, digest.title) == (
        "digest",
        "mail",
        "3 messages of 3 incidents that paged nobody",
    )
    assert [item.notification_id for item in digest.items] == [one.notification_id for one in made]
    assert desk.decide(wall("2026-11-28 08:00")) == []


def test_a_receiver_of_two_routes_is_told_once() -> None:
    second = {"name": "all", "tell": ["desk", "mail"]}
    desk, one = desk_of(SETTINGS | {"routes": [ROUTE | {"continues": True}, second]}), Told()
    desk.observe(one.tell("opened", NOW))
    assert said(desk.decide(NOW)) == [
        ("message", "desk", None),
        ("message", "desk", "already_told"),
        ("message", "mail", None),
    ]


def test_without_a_route_it_is_said_that_there_is_none() -> None:
    desk, one = desk_of(SETTINGS | {"routes": [ROUTE]}), Told(labels={"product": "Mortgage"})
    desk.observe(one.tell("opened", NOW))
    assert said(desk.decide(NOW)) == [("message", None, "no_route")]
    assert desk.decide(NOW + DAY) == []


def test_alertmanager_repeats_by_itself() -> None:
    route = {"name": "prom", "tell": ["prom"], "repeat": HOUR}
    desk, one = desk_of(SETTINGS | {"routes": [route]}), Told()
    desk.observe(one.tell("opened", NOW))
    assert said(desk.decide(NOW)) == [("message", "prom", None)]
    assert said(desk.decide(NOW + HOUR)) == [("repeat", "prom", "handled_by_alertmanager")]


def test_a_route_whose_team_is_away_passes_on_to_the_next() -> None:
    settings = SETTINGS | {
        "hours": {"office": {"zone": "Europe/Berlin"}},
        "teams": {"lending": {"tell": ["desk"], "hours": "office"}},
        "routes": [ROUTE | {"tell": ["lending"]}, {"name": "night", "tell": ["bo"]}],
    }
    desk, one = desk_of(settings), Told()
    evening = wall("2026-11-25 17:00")  # six in Berlin
    desk.observe(one.tell("opened", evening))
    assert said(desk.decide(evening)) == [
        ("message", None, "nobody_on_duty"),
        ("message", "bo_phone", None),
    ]
    assert said(desk.decide(evening + 1800)) == [("escalation", "ada_phone", None)]
    other = Told("a" * 16)
    desk.observe(other.tell("opened", evening - 1))
    assert said(desk.decide(evening - 1)) == [("message", "desk", None)]


def test_state_that_is_built_anew_says_nothing_of_its_past() -> None:
    desk, one = desk_of(SETTINGS), Told()
    first = one.tell("opened", NOW)
    desk.observe(first)
    desk.decide(NOW)
    second = one.tell("worse", NOW + 60)
    desk.observe(second)
    desk.decide(NOW + 60)
    taken = one.take("Ada", NOW + 120)
    desk.observe(taken)
    desk.decide(NOW + 120)
    for past in (first, second, taken):
        desk.observe(past)
        assert desk.decide(NOW + 5 * HOUR) == []


def test_an_escalation_puts_the_repeat_off() -> None:
    route = ROUTE | {"escalate": [{"after": 3 * HOUR, "tell": ["ada"]}]}
    desk, one = desk_of(SETTINGS | {"routes": [route]}), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    assert said(desk.decide(NOW + 3 * HOUR)) == [("escalation", "ada_phone", None)]
    assert desk.decide(NOW + 7 * HOUR - 1) == []
    assert said(desk.decide(NOW + 7 * HOUR)) == [
        ("repeat", "desk", None),
        ("repeat", "ada_phone", None),
    ]


def test_the_end_is_told_to_who_heard_though_their_shift_is_over() -> None:
    settings = SETTINGS | {
        "hours": {"office": {"zone": "Europe/Berlin"}},
        "teams": {"lending": {"tell": ["desk"], "hours": "office"}},
        "routes": [ROUTE | {"tell": ["lending"], "escalate": [], "repeat": 0}],
    }
    desk, one = desk_of(settings), Told()
    afternoon = wall("2026-11-25 16:00")
    desk.observe(one.tell("opened", afternoon))
    assert said(desk.decide(afternoon)) == [("message", "desk", None)]
    desk.observe(one.tell("resolved", NOW))
    assert said(desk.decide(NOW)) == [("message", "desk", None)]


def test_where_an_answer_is_due_soon_the_reminder_comes_at_half_of_the_time() -> None:
    desk, one = Desk(Notify.model_validate(SETTINGS), HOUR), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    desk.observe(one.take("ada", NOW, NOW + HOUR))
    desk.decide(NOW)
    assert desk.decide(NOW + 1799) == []
    assert said(desk.decide(NOW + 1800)) == [("reminder", "ada_phone", None)]


def test_who_heard_of_an_incident_hears_that_it_is_a_part_of_another() -> None:
    route = ROUTE | {"tell": ["desk", "prom"]}
    desk, one = desk_of(SETTINGS | {"routes": [route]}), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    one.row |= {"state": "resolved", "merged_into": "a1b2c3d4e5f60718"}
    desk.observe(one.record())
    made = desk.decide(NOW + 60)
    assert said(made) == [
        ("merged", "desk", None),
        ("merged", "prom", "handled_by_alertmanager"),
    ]
    assert made[0].why.startswith("It turned out to be a part of incident a1b2c3d4, of which")
    desk.observe(one.record())
    assert desk.decide(NOW + 9 * HOUR) == []


def test_an_acknowledgement_that_is_over_is_not_taken_for_a_new_one() -> None:
    """State that is built anew has the acknowledgement before it has its end."""
    desk, one = desk_of(SETTINGS), Told()
    desk.observe(one.tell("opened", NOW))
    desk.decide(NOW)
    taken = one.take("Ada", NOW + 60)
    desk.observe(taken)
    desk.decide(NOW + 60)
    given_back = one.take(None, NOW + 120)
    desk.observe(given_back)
    assert said(desk.decide(NOW + 120)) == [("released", "desk", None)]
    for record in (taken, given_back):
        desk.observe(record)
        assert desk.decide(NOW + 180) == []
