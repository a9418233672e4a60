"""An open incident as it is shown to whoever looks on."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from streams.core.incidents.silences import holds
from streams.core.incidents.wording import words
from streams.core.views import IncidentValue

if TYPE_CHECKING:
    from streams.core.event_time.zone import Zone
    from streams.core.incidents.incident import Incident

CAUSE_LABELS: Final = 2
"""Labels that name a cause where it must be short."""


def value_of(metric: str, incident: Incident, zone: Zone, wall: float) -> IncidentValue:
    """Return an incident as it is handled at `wall`, epoch seconds.

    Args:
        metric: what rises.
        incident: the incident.
        zone: whose civil times it has.
        wall: epoch seconds.
    """
    scope, handling = incident.scope, incident.handling
    acknowledged = handling.acknowledged
    return IncidentValue(
        incident.incident_id,
        metric,
        incident.state,
        incident.severity,
        words(dict(islice(scope.labels.items(), CAUSE_LABELS))),
        zone.instant(incident.started_at),
        round(scope.observed),
        round(scope.expected, 3),
        max((one.customers for one in incident.open_members()), default=0),
        handling.owner,
        acknowledged is not None and wall < acknowledged[2],
        any(holds(silence, wall) for silence in handling.silences),
    )
