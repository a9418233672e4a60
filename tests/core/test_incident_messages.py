"""When people are told of an incident, by what they were told before and what there is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.incidents.incident import Incident, Member, Scope
from streams.core.incidents.messages import due, tell, untold

if TYPE_CHECKING:
    from schemas.alerts import AlertSeverity

ALL: dict[str, str] = {}
ACME = {"company": "Acme"}
NOW = 100 * DAY


def member(name: str, *, since: int, excess: float, joined: int) -> Member:
    return Member(
        alert_id=name,
        series=name,
        labels={"company": name},
        since=since,
        joined_at=joined,
        state="firing",
        severity="info",
        start=since,
        end=joined,
        observed=5 + excess,
        expected=5,
        upper=10,
        surprise=5,
        slow=False,
    )


def told(observed: float, expected: float, severity: AlertSeverity = "warning") -> Incident:
    """Return an incident of which people were told that it opened, with these numbers."""
    first = member("Acme", since=NOW - HOUR, excess=observed - expected, joined=NOW)
    incident = Incident("one", NOW, first.since, NOW, "Acme", [first], severity=severity)
    incident.scope = Scope(ACME, NOW - HOUR, NOW, observed, expected)
    tell("complaints", incident, "opened", NOW)
    return incident


@pytest.mark.parametrize(
    ("observed", "expected", "hours", "reason"),
    [
        (150, 10, 24, "worse"),
        (150, 10, 23, None),  # too soon
        (110, 10, 24, None),  # twice as much, but that may be chance
        (300, 40, 24, None),  # four times as long, at the same pace
        (600, 40, 24, "worse"),
    ],
)
def test_worse_is_twice_as_much_for_as_long_beyond_chance(
    observed: float, expected: float, hours: int, reason: str | None
) -> None:
    incident = told(60, 10)
    incident.scope = Scope(ACME, NOW - HOUR, NOW, observed, expected)
    assert due(incident, [], NOW + hours * HOUR) == reason


@pytest.mark.parametrize(
    ("severity", "hours", "reason"),
    [
        ("critical", 5, None),
        ("critical", 6, "worse"),
        ("warning", 6, None),
        ("warning", 12, "worse"),
    ],
)
def test_what_is_severer_is_told_sooner(
    severity: AlertSeverity, hours: int, reason: str | None
) -> None:
    incident = told(20, 10, "info")
    incident.severity = severity
    assert due(incident, [], NOW + hours * HOUR) == reason


@pytest.mark.parametrize(("hours", "reason"), [(23, None), (24, "worse")])
def test_after_two_messages_in_a_day_it_is_no_worse(hours: int, reason: str | None) -> None:
    incident = told(20, 10, "info")
    incident.severity = "warning"
    tell("complaints", incident, "worse", NOW + 12 * HOUR)
    incident.severity = "critical"
    assert due(incident, [], NOW + hours * HOUR) == reason


@pytest.mark.parametrize(
    ("since", "excess", "hours", "reason"),
    [
        (1, 20, 2, "wider"),  # began after the message
        (-1, 20, 2, None),  # as what was told of
        (-1, 20, 12, "wider"),  # but joins long after
        (1, 5, 24, None),  # little of it
        (1, 5, 48, "wider"),  # but nobody has heard of anything for days
    ],
)
def test_wider_is_what_nobody_could_know_of(
    since: int, excess: float, hours: int, reason: str | None
) -> None:
    incident, at = told(60, 10), NOW + hours * HOUR
    joins = member("Bolt", since=NOW + since * HOUR, excess=excess, joined=at)
    incident.members.append(joins)
    assert due(incident, [joins], at) == reason


@pytest.mark.parametrize(("hours", "reason"), [(23, None), (24, "wider")])
def test_what_joins_after_two_messages_in_a_day_is_told_when_that_is_over(
    hours: int, reason: str | None
) -> None:
    incident = told(20, 10, "info")
    tell("complaints", incident, "worse", NOW + 6 * HOUR)
    joins = member("Bolt", since=NOW + 7 * HOUR, excess=20, joined=NOW + 8 * HOUR)
    incident.members.append(joins)
    at = NOW + hours * HOUR
    assert due(incident, untold(incident, joins.joined_at), joins.joined_at) is None
    assert due(incident, untold(incident, at), at) == reason
    joins.ended_at = at
    assert not untold(incident, at)


def test_what_is_wider_is_told_with_what_is_new() -> None:
    incident, at = told(60, 10), NOW + 2 * HOUR
    known = member("Cube", since=NOW - HOUR, excess=30, joined=at)  # as what was told of
    new = member("Bolt", since=NOW + HOUR, excess=20, joined=at)
    incident.members += [known, new]
    tell("complaints", incident, "wider", at, [known, new])
    assert incident.messages[-1].text.endswith(" New: company Bolt (25 where 5.0 were expected).")
    assert "New" not in incident.messages[0].text


def test_what_was_over_is_as_large_and_severe_as_what_came_back() -> None:
    incident = told(200, 10, "critical")
    incident.begin_anew()
    incident.scope = Scope(ACME, NOW, NOW + HOUR, 15, 10)
    incident.grade([member("Acme", since=NOW, excess=5, joined=NOW)])
    assert incident.severity == "info"


def test_an_incident_is_as_severe_as_all_of_it_together() -> None:
    incident = told(60, 10, "info")
    incident.grade(incident.members)
    assert incident.severity == "warning"
    incident.scope = Scope()
    incident.grade(incident.members)
    assert incident.severity == "warning"  # what was told is no less later
