"""The alerts of a metric and their incidents, where one outlives the other."""

from __future__ import annotations

from alert_worlds import D, reading

from streams.core.alerts.alert import Alert, alert_id
from streams.core.alerts.grouped import GroupedAlerts
from streams.core.alerts.lifecycle import State
from streams.core.alerts.people import People
from streams.core.alerts.stakes import Stakes
from streams.core.config import Detect, Handling
from streams.core.event_time.zone import UTC_ZONE
from streams.core.evidence.evidence import Evidence


def alert(company: str) -> Alert:
    rise = reading({"company": company}, D, 40, 4)
    return Alert(alert_id(rise), rise, state=State.FIRING)


def test_what_an_alert_explains_joins_no_incident_that_was_over_long_before() -> None:
    """An alert may go on for weeks after the last member of its incident, which is forgotten."""
    evidence, people = Evidence(0), People(Handling())
    grouped = GroupedAlerts(
        "complaints", evidence, Detect(), people, UTC_ZONE, stakes=Stakes(0, UTC_ZONE)
    )
    above, below = alert("Acme"), alert("Bolt")
    above.incident_id, above.explained_by = "forgotten", "an alert that is over"
    below.explained_by = above.alert_id
    both = {one.reading.series: one for one in (above, below)}
    assert grouped.step(both, [], D, measure=False) == []
    assert below.incident_id is None
