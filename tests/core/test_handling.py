"""What people do about an incident is kept apart from the state that follows from evidence."""

from __future__ import annotations

import itertools
import json
import random
from typing import TYPE_CHECKING

import pytest
from alert_worlds import DAY, quiet
from evening_world import D, Evening, evening, stamp

from schemas.topics import ACTIONS
from streams.core.alerts.kinds import ACTS, HANDLING, LAYOUT
from streams.core.incidents.acts import Act
from streams.core.incidents.handling import (
    HANDLING_TABLE,
    Handled,
    HandlingTrigger,
    handling_after,
    handling_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.incidents import MessageReason

ACKNOWLEDGED = Handled.ACKNOWLEDGED
WITHIN = DAY

# -- the table -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "unhandled", "acknowledged"),
    [
        (HandlingTrigger.ACKNOWLEDGE, ACKNOWLEDGED, ACKNOWLEDGED),
        (HandlingTrigger.LET_GO, None, None),
        (HandlingTrigger.ANSWER, None, ACKNOWLEDGED),
        (HandlingTrigger.NEWS, None, ACKNOWLEDGED),
        (HandlingTrigger.WORSE, None, None),
        (HandlingTrigger.UNANSWERED, None, None),
        (HandlingTrigger.OVER, None, None),
    ],
)
def test_every_pair_has_its_outcome(
    trigger: HandlingTrigger, unhandled: Handled | None, acknowledged: Handled | None
) -> None:
    assert handling_after(None, trigger) is unhandled
    assert handling_after(ACKNOWLEDGED, trigger) is acknowledged


def test_the_table_has_every_pair_and_no_other() -> None:
    pairs = {(of, trigger) for of, outcomes in HANDLING_TABLE.items() for trigger in outcomes}
    assert pairs == set(itertools.product((None, *Handled), HandlingTrigger))


def test_nobody_but_a_person_acknowledges() -> None:
    for trigger, outcome in HANDLING_TABLE[None].items():
        assert (outcome is not None) is (trigger is HandlingTrigger.ACKNOWLEDGE)


# -- what follows from actions and messages --------------------------------------------------------


def act(kind: str, at: int, seen_at: int | None = None, **fields: str) -> Act:
    return Act(at, f"{kind}-{at}", kind, "Ada", seen_at=seen_at, **fields)  # type: ignore[arg-type]


def holder(
    acts: list[Act], told: Iterable[tuple[int, MessageReason]], wall: float = 2_000
) -> tuple[str, int, int] | None:
    return handling_of(acts, list(told), (), wall=wall, answer_within=WITHIN).acknowledged


def test_who_has_acknowledged_has_it_until_it_is_worse_or_over() -> None:
    one = [act("acknowledged", 1_000, seen_at=10)]
    assert holder(one, [(10, "opened")]) == ("Ada", 1_000, 1_000 + WITHIN)
    for reason in ("wider", "came_back", "cause_changed"):
        assert holder(one, [(10, "opened"), (20, reason)])
    assert holder(one, [(10, "opened"), (20, "worse")]) is None
    assert holder(one, [(10, "opened"), (20, "resolved")]) is None


def test_what_was_seen_counts_and_not_when_it_was_said() -> None:
    """Somebody acknowledges the first message while the second is on its way."""
    told: list[tuple[int, MessageReason]] = [(10, "opened"), (20, "worse")]
    assert holder([act("acknowledged", 1_000, seen_at=10)], told) is None
    assert holder([act("acknowledged", 1_000, seen_at=20)], told)
    assert holder([act("acknowledged", 1_000)], told), "all that happened before it was said"


def test_it_ends_unanswered_and_any_word_is_an_answer() -> None:
    taken = act("acknowledged", 1_000, seen_at=10)
    told: list[tuple[int, MessageReason]] = [(10, "opened")]
    assert holder([taken], told, wall=999 + WITHIN)
    assert holder([taken], told, wall=1_000 + WITHIN) is None
    answered = [taken, act("noted", 5_000, seen_at=10, note="still looking")]
    assert holder(answered, told, wall=4_999 + WITHIN) == ("Ada", 1_000, 5_000 + WITHIN)


def test_owner_and_judgement_are_the_last_ones() -> None:
    acts = [
        act("assigned", 1, owner="Bo"),
        act("judged", 2, judgement="known"),
        act("assigned", 3, owner="Cy"),
        act("judged", 4, judgement="false"),
    ]
    handling = handling_of(acts, [], (), wall=5, answer_within=WITHIN)
    assert (handling.owner, handling.judgement, handling.changed_at) == ("Cy", "false", 4)


# -- an evening ------------------------------------------------------------------------------------


def test_an_evening_is_told_whole() -> None:
    world = evening()
    assert world.reasons == ["opened", "worse", "resolved"]
    assert (world.handling["judgement"], world.handling["owner"]) == ("true", "Bo")
    assert world.now["reason"] == "handled"
    assert world.now["state"] == "resolved"


def test_it_is_the_same_after_take_overs() -> None:
    assert evening(take_over=True).now == evening().now


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_same_when_all_is_built_anew_from_the_topics(seed: int) -> None:
    """Actions come before or after what they are about: the two topics have no common order."""
    was = evening()
    again = Evening()
    again.wall = was.wall
    chance = random.Random(seed)
    left = {
        name: [one for one in was.inputs if (one[0] == ACTIONS) is (name == ACTIONS)]
        for name in ("signals", ACTIONS)
    }
    while any(left.values()):
        name = chance.choice([name for name, queue in left.items() if queue])
        again.give(*left[name].pop(0))
    told = {name: value for name, value in again.now.items() if name not in {"reason", "message"}}
    assert told == {k: v for k, v in was.now.items() if k not in {"reason", "message"}}


def test_nobody_resolves_what_still_fires() -> None:
    world = Evening()
    world.go_on(D, 40, quiet(D))
    world.give(ACTIONS, json.dumps({"action_id": "x", "kind": "resolved", "by": "Ada",
                                    "about": world.now["incident_id"],
                                    "at": "2024-01-01T00:00:00Z"}).encode())  # fmt: skip
    assert (world.now["state"], world.refused) == ("open", 1)


def test_an_acknowledgement_outlives_a_source_without_data() -> None:
    world = Evening()
    world.go_on(D, 40, quiet(D))
    world.act("acknowledged")
    world.tick(1.0)
    world.tick(7 * 3600)
    assert world.now["state"] == "stale"
    assert world.handling["acknowledged"]
    world.go_on(D + 1, 41)
    world.act("noted", note="data is back")
    assert world.now["state"] == "open"
    assert world.handling["acknowledged"]


def test_an_acknowledgement_nobody_answers_for_ends_by_the_clock() -> None:
    world = Evening()
    world.go_on(D, 40, quiet(D))
    world.act("acknowledged")
    world.tick(DAY - 1)
    assert world.handling["acknowledged"]
    world.tick(2)
    assert world.handling["acknowledged"] is None
    assert world.now["reason"] == "handled"


def test_a_silence_that_is_over_or_taken_back_is_none() -> None:
    world = Evening()
    world.go_on(D, 40, quiet(D))
    silence = {"note": "why", "matchers": [{"label": "severity", "value": world.now["severity"]}]}
    world.act("silenced", "s1", until=stamp(world.wall + 3_600), **silence)
    world.act("silenced", "s2", until=stamp(world.wall + 7_200), **silence)
    assert [one["silence_id"] for one in world.handling["silences"]] == ["s1", "s2"]
    world.tick(3_600)
    assert [one["silence_id"] for one in world.handling["silences"]] == ["s2"]
    world.act("unsilenced", "s2")
    assert world.handling["silences"] == []


def test_a_silence_lasts_no_longer_than_is_allowed() -> None:
    world = Evening()
    world.go_on(D, 40, quiet(D))
    matchers = [{"label": "company", "value": "Acme"}]
    world.act("silenced", "s1", until="2999-01-01T00:00:00Z", note="why", matchers=matchers)
    (silence,) = world.handling["silences"]
    assert silence["until"] < "2999"


def test_who_looks_on_sees_an_open_incident_as_it_is_handled() -> None:
    world = Evening()
    world.go_on(D, 40, quiet(D))
    world.act("acknowledged")
    matcher = [{"label": "company", "value": "Acme"}]
    until = stamp(world.wall + 3_600)
    world.act("silenced", "s1", until=until, note="why", matchers=matcher)
    (shown,) = world.stage.incidents(world.wall)
    assert (shown.incident_id, shown.metric) == (world.now["incident_id"], "complaints")
    assert (shown.cause, shown.observed, shown.excess) == ("company Acme", 40, 36.0)
    assert (shown.acknowledged, shown.silenced) == (True, True)
    (later,) = world.stage.incidents(world.wall + 2 * DAY)
    assert (later.acknowledged, later.silenced) == (False, False)
    world.go_on(D + 1, 4, status="calm")
    assert list(world.stage.incidents(world.wall)) == []


def test_a_row_of_the_handling_of_an_alert_is_read_and_means_nothing() -> None:
    """An older release had such rows, though nobody could acknowledge an alert."""
    world = Evening()
    world.go_on(D, 40, quiet(D))
    world.rows[HANDLING.key("complaints", "9f1c22d07ab4e310")] = HANDLING.encode("acknowledged")
    world.take_over()
    world.go_on(D + 1, 41)
    assert world.now["handling"]["acknowledged"] is None


def test_actions_about_what_is_unknown_are_kept_until_it_is_known() -> None:
    world = Evening()
    world.now = {"incident_id": "0" * 16, "at": stamp(0)}
    world.act("noted", note="too early")
    kept = [row for row in LAYOUT.read(world.rows) if row.kind is ACTS]
    assert [row.fields for row in kept] == [("0" * 16,)]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "call_planned", "customer_id": "c"},
        {"kind": "call_made", "customer_id": "c", "outcome": "do_not_call", "reason": "price"},
        {"kind": "issue_opened", "note": "Invoices come twice", "review": "2017-01"},
        {"kind": "issue_assigned", "owner": "Ada", "due_at": "2024-02-01T00:00:00Z"},
        {"kind": "issue_done", "note": "Once now"},
        {"kind": "question_opened", "note": "Is the form gone?"},
        {"kind": "question_assigned", "owner": "Ada"},
        {"kind": "question_answered", "note": "No."},
        {"kind": "decision_published", "note": "Fees stay."},
        {"kind": "unmasked", "customer_id": "c", "note": "to call back"},
    ],
    ids=lambda fields: fields["kind"],
)
def test_what_is_said_in_reviews_changes_nothing_and_is_not_refused(fields: dict[str, str]) -> None:
    world = Evening()
    world.go_on(D, 40, quiet(D))
    before = dict(world.now)
    said = {"action_id": "x", "by": "Ada", "about": world.now["incident_id"],
            "at": "2024-01-01T00:00:00Z"}  # fmt: skip
    world.give(ACTIONS, json.dumps(said | fields).encode())
    assert (world.now, world.refused) == (before, 0)
