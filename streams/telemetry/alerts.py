"""The metrics of alerts and incidents: how many there are, and each open incident by itself."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest
from itertools import product
from typing import TYPE_CHECKING, Final, get_args

from prometheus_client.core import GaugeMetricFamily

from schemas.alerts import AlertSeverity, AlertState
from schemas.incidents import IncidentState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric

    from streams.core.views import AlertsView, IncidentValue

ID: Final = ("incident_id",)


def alerts(stages: Iterable[AlertsView], wall: float, most: int) -> Iterator[Metric]:
    """Give the alerts and incidents there are, and the `most` largest open incidents one by one."""
    census = GaugeMetricFamily(
        "groundswell_alerts",
        "Alerts by state and severity; only the worker with the incidents stage has them.",
        labels=("state", "severity"),
    )
    totals = GaugeMetricFamily(
        "groundswell_incidents",
        "Incidents that are not over, by state and severity; those not shown one by one too.",
        labels=("state", "severity"),
    )
    found: list[IncidentValue] = []
    for stage in stages:
        # Zeros too: none firing is news, and differs from nobody knowing.
        counts = dict.fromkeys(product(get_args(AlertState), get_args(AlertSeverity)), 0)
        for labels, count in sorted((counts | dict(stage.alerts())).items()):
            census.add_metric(labels, count)
        own = list(stage.incidents(wall))
        states = [state for state in get_args(IncidentState) if state != "resolved"]
        counts = dict.fromkeys(product(states, get_args(AlertSeverity)), 0)
        counts |= Counter((one.state, one.severity) for one in own)
        for labels, count in sorted(counts.items()):
            totals.add_metric(labels, count)
        found += own
    yield from (census, totals)
    yield from _one_by_one(nlargest(most, found, key=lambda one: (one.excess, one.incident_id)))


def _one_by_one(incidents: Iterable[IncidentValue]) -> Iterator[Metric]:
    # What changes while an incident lasts is a value and no label, but for severity and cause:
    # other labels are another alert to Alertmanager, and would wake people again.
    excess = GaugeMetricFamily(
        "groundswell_incident_excess_events",
        "Events of an open incident beyond what was expected, in its window.",
        labels=(*ID, "severity", "metric", "cause"),
    )
    numbers = {
        "observed": GaugeMetricFamily(
            "groundswell_incident_observed_events", "Events in its window.", labels=ID
        ),
        "expected": GaugeMetricFamily(
            "groundswell_incident_expected_events", "Events that were to be expected.", labels=ID
        ),
        "customers": GaugeMetricFamily(
            "groundswell_incident_customers", "Customers it is about (estimate).", labels=ID
        ),
        "started_at": GaugeMetricFamily(
            "groundswell_incident_start_timestamp_seconds",
            "Event time at which its rise began.",
            labels=ID,
        ),
        "acknowledged": GaugeMetricFamily(
            "groundswell_incident_acknowledged", "1 where somebody has taken it on.", labels=ID
        ),
        "silenced": GaugeMetricFamily(
            "groundswell_incident_silenced", "1 where a silence holds for it now.", labels=ID
        ),
    }
    owners = GaugeMetricFamily(
        "groundswell_incident_owner", "Always 1; whose it is.", labels=(*ID, "owner")
    )
    for one in incidents:
        name = one.incident_id
        excess.add_metric((name, one.severity, one.metric, one.cause), round(one.excess, 3))
        for field, family in numbers.items():
            family.add_metric((name,), getattr(one, field))
        if one.owner is not None:
            owners.add_metric((name, one.owner), 1)
    yield from (excess, *numbers.values(), owners)
