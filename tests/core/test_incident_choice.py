"""Which of several incidents an alert goes to: that of its day, or the one that it returns to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from test_incident_grouping import ACME, ALL, BOLT, CUBE, D, World, even, named, world

from streams.core.event_time.buckets import DAY
from streams.core.incidents.grouping import are_one
from streams.core.incidents.incident import Scope
from streams.core.incidents.open_incidents import OpenIncidents

if TYPE_CHECKING:
    from streams.core.incidents.incident import Incident

Labels = dict[str, str]
NOW = (D + 1) * DAY


class Incidents(OpenIncidents):
    """Incidents of which a test says whether they are of one event with what comes."""

    same = False

    def __init__(self, of: World) -> None:
        super().__init__("complaints", of.evidence)
        self._world = of

    def _is_of(self, *_: Any) -> bool:
        return self.same

    def come(self, labels: Labels, day: int = 0, *, same: bool = False) -> Incident:
        """Let an alert page on some day from now."""
        self.same = same
        name, at = f"{labels} {day}", NOW + day * DAY
        page = self._world.page(labels)._replace(alert_id=name, since=at)
        member = replace(self._world.member(labels), alert_id=name, since=at, joined_at=at)
        return self.join(page, member, at, None)

    def end(self, incident: Incident, day: int, *labels: Labels) -> None:
        """Let alerts of an incident be over, all of them or those of some labels."""
        for one in list(incident.members):
            if not labels or one.labels in labels:
                self.update(replace(one, ended_at=NOW + day * DAY, state="resolved"))
        self.settle([incident.incident_id], NOW + day * DAY, measure=False)


@pytest.fixture(scope="module")
def up() -> World:
    return world(**even(15))


def test_of_an_event_of_today_tells_an_incident_of_today(up: World) -> None:
    incidents = Incidents(up)
    old, young = incidents.come(ACME, -4), incidents.come(BOLT)
    assert incidents.come(CUBE, same=True) is young
    assert (old.state, young.state) == ("open", "open")


def test_those_of_one_time_become_one_and_it_is_the_older(up: World) -> None:
    incidents = Incidents(up)
    old, young = incidents.come(ACME, -2), incidents.come(BOLT)
    assert incidents.come(CUBE, same=True) is old
    assert young.merged_into == old.incident_id


def test_where_there_is_none_of_today_the_oldest_tells(up: World) -> None:
    incidents = Incidents(up)
    oldest, old = incidents.come(ACME, -5), incidents.come(BOLT, -4)
    assert incidents.come(CUBE, same=True) is oldest
    assert old.state == "open"


@pytest.mark.parametrize(("days", "back"), [(7, True), (8, False)])
def test_what_led_an_incident_returns_to_it_within_a_week(
    up: World,
    days: int,
    back: bool,  # noqa: FBT001
) -> None:
    incidents = Incidents(up)
    was = incidents.come(ACME)
    incidents.end(was, 1)
    assert was.state == "resolved"
    assert (incidents.come(ACME, 1 + days) is was) is back


def test_what_was_a_part_of_it_is_a_new_one(up: World) -> None:
    incidents = Incidents(up)
    was = incidents.come(ACME)
    incidents.come(BOLT, same=True)
    was.scope = Scope(ALL, NOW - DAY, NOW, 116, 41)
    incidents.end(was, 1)
    assert incidents.come(BOLT, 2) is not was
    assert incidents.come(ACME, 2) is was


def test_what_it_is_named_by_returns_to_it(up: World) -> None:
    incidents = Incidents(up)
    was = incidents.come(ACME)
    incidents.come(BOLT, same=True)
    was.scope = Scope(BOLT, NOW - DAY, NOW, 25, 10)
    incidents.end(was, 1)
    assert incidents.come(BOLT, 2) is was


def test_a_return_is_to_what_is_open_of_its_event(up: World) -> None:
    incidents = Incidents(up)
    was = incidents.come(ACME)
    incidents.end(was, 1)
    other = incidents.come(BOLT, 2)
    assert incidents.come(ACME, 2, same=True) is other
    assert was.state == "resolved"


def test_what_came_back_has_numbers_of_its_own(up: World) -> None:
    incidents = Incidents(up)
    was = incidents.come(ACME)
    was.scope, was.severity = Scope(ACME, NOW - DAY, NOW, 25, 10), "critical"
    incidents.end(was, 1)
    assert incidents.come(ACME, 3) is was
    assert (was.scope, was.severity, was.state) == (Scope(), "info", "open")


# -- what nobody has heard of yet, in the step in which it opened ----------------------------------


def heard_of(w: World, labels: Labels, by: Labels, *, ago: float = 0.5) -> Incident:
    """Return an incident that opened so many days ago, and of which people were told."""
    older = named(w, labels, by)
    older.opened_at, older.sent = NOW - int(ago * DAY), 1
    return older


@pytest.mark.parametrize("sent", [0, 1])
def test_a_broad_one_of_which_a_part_was_told_is_that_unless_people_have_heard_of_it(
    up: World, sent: int
) -> None:
    older, younger = heard_of(up, ACME, ACME), named(up, BOLT, ALL)
    younger.sent = sent
    assert are_one(older, younger, NOW, up.evidence) is (sent == 0)


def test_a_narrow_one_within_a_broad_one_that_was_told_is_told(up: World) -> None:
    assert not are_one(heard_of(up, ACME, ALL), named(up, BOLT, BOLT), NOW, up.evidence)


def test_two_narrow_ones_are_two_though_the_second_is_named_by_what_both_are_of() -> None:
    w = world(Loan=40, Card=45)
    assert not are_one(heard_of(w, ACME, ACME), named(w, BOLT, ALL), NOW, w.evidence)


def test_nobody_hears_of_one_name_twice_in_a_day() -> None:
    w = world(Loan=40, Card=45)
    younger = named(w, BOLT, ALL)
    assert are_one(heard_of(w, ACME, ALL), younger, NOW, w.evidence)
    assert not are_one(heard_of(w, ACME, ALL, ago=1), younger, NOW, w.evidence)


@pytest.mark.parametrize(
    ("days", "by", "one"),
    [(14, ACME, True), (15, ACME, False), (14, ALL, False), (14, BOLT, False)],
)
def test_what_is_named_by_what_has_been_up_for_two_weeks_is_no_event_of_its_own(
    up: World,
    days: int,
    by: Labels,
    one: bool,  # noqa: FBT001
) -> None:
    older = named(up, ACME, ACME, since=D - days)
    older.opened_at, older.sent = NOW - (days - 1) * DAY, 1
    assert are_one(older, named(up, CUBE, by), NOW, up.evidence) is one
    older.members[0].ended_at = NOW - DAY
    assert not are_one(older, named(up, CUBE, by), NOW, up.evidence)
