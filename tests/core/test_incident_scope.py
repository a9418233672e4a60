"""The numbers of an incident that is led by a slow rise, of which too little is remembered."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from test_incident_grouping import ACME, ALL, NOW, D, world

from streams.core.event_time.buckets import DAY
from streams.core.incidents.scope import scope_of


@pytest.mark.parametrize(("since", "expected"), [(D, 10.0), (0, 41 * 50 / 81)])
def test_parts_of_a_slow_rise_of_which_nobody_knows_what_was_usual_have_a_share_of_all(
    since: int, expected: float
) -> None:
    w = world(Loan=40)
    slow = w.incident(ALL)
    slow.members = [w.member(ALL, since=since, slow=True)]
    acme = next(part for part in scope_of(slow, NOW, w.evidence).parts if part.labels == ACME)
    assert (acme.observed, acme.expected) == pytest.approx((50, expected), abs=0.01)
    assert acme.beyond is (since == D)


def test_of_a_window_longer_than_is_remembered_the_last_four_weeks_are_told() -> None:
    w = world(Loan=40)
    slow = w.incident(ALL)
    lead = w.member(ALL, since=D - 55, slow=True)
    slow.members = [replace(lead, start=NOW - 56 * DAY, observed=2_000.0, expected=1_000.0)]
    scope = scope_of(slow, NOW, w.evidence)
    assert (scope.start, scope.end) == (NOW - 28 * DAY, NOW)
    assert (scope.observed, scope.expected) == (28 * 41 + 40, 500.0)


def test_where_these_weeks_are_as_expected_all_of_it_is_told() -> None:
    w = world(Loan=40)
    slow = w.incident(ALL)
    lead = w.member(ALL, since=D - 55, slow=True)
    slow.members = [replace(lead, start=NOW - 56 * DAY, observed=4_000.0, expected=3_000.0)]
    scope = scope_of(slow, NOW, w.evidence)
    assert (scope.start, scope.observed, scope.expected) == (NOW - 56 * DAY, 4_000.0, 3_000.0)
