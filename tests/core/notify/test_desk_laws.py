"""Laws of the desk: whatever happens, when it is asked, and however often it is started again."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from evening import DAY, HOUR, PEOPLE, RECEIVERS, Told, desk_of, wall
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.notify.notification import Notification, decode
from streams.core.notify.seen import read

pytestmark = pytest.mark.slow

STARTS = [wall("2026-03-28 20:00"), wall("2026-10-24 20:00"), wall("2026-06-01 09:00")]
"""Evenings before clocks are changed in Berlin, and a quiet day."""
IDS = ("0" * 16, "1" * 16, "2" * 16)
REPEAT = {"loans": 2 * HOUR, "night": HOUR, "rest": 0}
SETTINGS: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "receivers": RECEIVERS,
    "people": PEOPLE,
    "hours": {
        "office": {"start": "08:00", "end": "17:00"},
        "dark": {"start": "01:30", "end": "02:30", "days": ["sat", "sun"]},
    },
    "rotas": {
        "duty": {"people": ["ada", "bo"], "since": "2026-01-05", "days": 1, "handover": "02:30"}
    },
    "teams": {"lending": {"tell": ["desk", "prom"], "hours": "office", "otherwise": ["duty"]}},
    "routes": [
        {
            "name": "loans",
            "match": ["product=Student*"],
            "severity": "warning",
            "tell": ["lending"],
            "continues": True,
            "escalate": [{"after": 600, "tell": ["duty"]}, {"after": 5400, "tell": ["bo", "desk"]}],
            "repeat": REPEAT["loans"],
        },
        {"name": "night", "hours": "dark", "tell": ["duty"], "repeat": REPEAT["night"]},
        {"name": "rest", "severity": "notice", "tell": ["mail"], "digest": "02:30"},
    ],
}


class Did(NamedTuple):
    """Something happens to an incident, and the desk is asked some time later."""

    who: int
    what: str
    severity: str
    later: int
    restart: bool


WHAT = [
    "opened",
    "worse",
    "wider",
    "resolved",
    "came_back",
    "take",
    "let_go",
    "silence",
    "nothing",
    "stale",
    "old",
    "merge",
]
DID = st.builds(
    Did,
    st.integers(0, 2),
    st.sampled_from(WHAT),
    st.sampled_from(("notice", "info", "warning", "critical")),
    st.sampled_from([-1, 0, 1, 59, 600, 1800, HOUR, 2 * HOUR, 5 * HOUR, DAY, DAY + 5 * HOUR]),
    st.booleans(),
)
STORY = st.tuples(st.sampled_from(STARTS), st.lists(DID, max_size=25))


class Night:
    """A story as it goes: what was decided, and the incidents as they stood at that time."""

    def __init__(self, start: int, story: list[Did], *, restarts: bool) -> None:
        self.told = [Told(name) for name in IDS]
        self.made: list[tuple[Notification, bytes]] = []
        self.asked = start
        self.log: list[bytes] = []
        self.desk = desk_of(SETTINGS)
        for did in story:
            record = happen(self.told[did.who], did, self.asked)
            self.log.append(record)
            self.desk.observe(record)
            if restarts and did.restart:
                self.start_again()
            if did.later < 0:  # it happens before the desk is asked again
                continue
            self.asked += did.later
            self.ask()
        self.ask()

    def ask(self) -> None:
        for one in self.desk.decide(self.asked):
            stood = [t.record() for t in self.told if t.row["incident_id"] == one.incident_id]
            self.made.append((one, stood[0] if stood else b""))

    def start_again(self) -> None:
        """Build the desk from what stands on the topics."""
        self.desk = desk_of(SETTINGS)
        self.desk.restore([decode(one.encode()) for one, _ in reversed(self.made)])
        for record in self.log:
            self.desk.observe(record)

    @property
    def decided(self) -> list[Notification]:
        return [one for one, _ in self.made]


def happen(one: Told, did: Did, now: int) -> bytes:
    match did.what:
        case "take":
            return one.take("bo", now)
        case "let_go":
            return one.take(None, now)
        case "silence":
            return one.silence(now, now + 6 * HOUR)
        case "stale" | "nothing" | "merge":
            if did.what == "merge":
                one.row |= {"state": "resolved", "merged_into": "f" * 16}
            one.row["state"] = (
                "stale" if did.what == "stale" and one.row["messages"] else one.row["state"]
            )
            return one.record()
        case "old":
            return one.tell("wider", now - 3 * DAY, did.severity)
        case reason:
            return one.tell(reason, now, did.severity)


@given(STORY)
@settings(max_examples=150, deadline=None)
def test_starting_again_changes_no_decision(story: tuple[int, list[Did]]) -> None:
    through = Night(*story, restarts=False).decided
    assert Night(*story, restarts=True).decided == through


@given(STORY)
@settings(max_examples=150, deadline=None)
def test_nothing_is_decided_twice_and_a_second_reading_decides_nothing(
    story: tuple[int, list[Did]],
) -> None:
    night = Night(*story, restarts=False)
    assert not [
        name for name, n in Counter(o.notification_id for o in night.decided).items() if n > 1
    ]
    night.start_again()
    assert night.desk.decide(night.asked) == []


@given(STORY)
@settings(max_examples=150, deadline=None)
def test_every_message_ends_as_one_decision_for_each_receiver_of_a_route(
    story: tuple[int, list[Did]],
) -> None:
    night = Night(*story, restarts=False)
    ends = Counter(
        (one.incident_id, one.message, one.route, one.receiver)
        for one in night.decided
        if one.kind == "message"
    )
    assert set(ends.values()) <= {1}
    told = {(name, number) for name, number, *_ in ends}
    there = {(t.row["incident_id"], m["number"]) for t in night.told for m in t.row["messages"]}
    assert told == there


@given(STORY)
@settings(max_examples=150, deadline=None)
def test_nothing_follows_while_somebody_has_it_and_nothing_is_said_in_a_silence(
    story: tuple[int, list[Did]],
) -> None:
    for one, stood in Night(*story, restarts=False).made:
        if not stood:
            continue
        seen = read(stood)
        if one.kind == "unsilenced" and one.message_reason == "resolved":
            assert seen.state == "resolved"
        elif one.kind in {"escalation", "repeat", "unsilenced", "unanswered", "released"}:
            assert seen.taken(one.decided_at) is None
            assert seen.state != "resolved"
        if one.kind == "reminder":
            assert seen.taken(one.decided_at) is not None
        if seen.silence(one.decided_at) is not None:
            assert one.reason is not None


@given(STORY)
@settings(max_examples=150, deadline=None)
def test_a_repeat_never_comes_sooner_than_its_interval(story: tuple[int, list[Did]]) -> None:
    decided = Night(*story, restarts=False).decided
    sent: dict[tuple[str | None, ...], list[Notification]] = {}
    for one in decided:
        if one.reason is None and one.kind not in {"digest", "reminder"}:
            sent.setdefault((one.incident_id, one.route, one.receiver), []).append(one)
    for (_, route, _), ones in sent.items():
        for before, after in pairwise(ones):
            if after.kind == "repeat":
                assert after.decided_at - before.decided_at >= REPEAT[route or ""]


@given(STORY)
@settings(max_examples=150, deadline=None)
def test_the_digests_hold_once_what_paged_nobody(story: tuple[int, list[Did]]) -> None:
    night = Night(*story, restarts=True)
    late = night.desk.decide(night.asked + 3 * DAY)
    decided = [*night.decided, *late]
    items = Counter(i.notification_id for one in decided if one.kind == "digest" for i in one.items)
    wait = {one.notification_id: one.due_at for one in decided if one.reason == "digest"}
    assert items == Counter(list(wait))
    for one in decided:
        if one.kind == "digest":
            assert {wait[item.notification_id] for item in one.items} == {one.due_at}
            assert one.due_at is not None
            assert one.due_at <= one.decided_at
