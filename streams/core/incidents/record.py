"""What is published of an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from schemas import wire
from schemas.incidents import MAX_MEMBERS, MAX_SILENCES
from streams.core.event_time.zone import UTC_ZONE
from streams.core.incidents.wording import text, title
from streams.core.incidents.worth import fields

if TYPE_CHECKING:
    from streams.core.event_time.zone import Zone
    from streams.core.incidents.handling import Handling
    from streams.core.incidents.incident import Incident, Member, Message, Part
    from streams.core.incidents.worth import Worth
    from streams.core.messages import Curve


def record(  # noqa: PLR0913 - what is looked up elsewhere
    metric: str,
    incident: Incident,
    *,
    curve: Curve | None,
    open_alerts: int,
    runbook: str,
    zone: Zone = UTC_ZONE,
    worth: Worth | None = None,
) -> bytes:
    """Encode the record of an incident, as it is published on `incidents`.

    Args:
        metric: what rises.
        incident: the incident.
        curve: the last days of its lead.
        open_alerts: how many of its alerts are open, those explained too.
        runbook: the page that alerts point to.
        zone: whose civil times an incident has; published are times.
        worth: what is known of the customers who complained.
    """
    instant = zone.instant
    scope = incident.scope
    customers = max((one.customers for one in incident.open_members()), default=0)
    return wire.encode_incident(
        incident_id=incident.incident_id,
        state=incident.state,
        previous=incident.previous,
        reason=incident.reason,
        message=incident.is_message,
        at=instant(incident.at),
        metric=metric,
        labels=scope.labels,
        title=title(metric, incident),
        text=_text(incident),
        severity=incident.severity,
        verdict=incident.verdict,
        started_at=instant(incident.started_at),
        opened_at=instant(incident.opened_at),
        resolved_at=None if incident.resolved_at is None else instant(incident.resolved_at),
        quiet_since=None if incident.quiet_since is None else instant(incident.quiet_since),
        wait_s=incident.wait,
        window_start=instant(scope.start),
        window_end=instant(scope.end),
        observed=round(scope.observed),
        expected=round(scope.expected, 3),
        excess=round(scope.excess, 3),
        customers=customers or None,
        value_at_risk=None if worth is None else worth.values,
        complained=fields(worth),
        lead=incident.lead,
        members=[_member(one, zone) for one in _ranked(incident)],
        alerts=incident.alerts,
        alerts_open=open_alerts,
        parts=[_part(one, scope.excess) for one in scope.parts],
        messages=[_message(one, zone) for one in incident.messages],
        merged_into=incident.merged_into,
        handling=_handling(incident.handling),
        samples=incident.samples,
        curve=None
        if curve is None
        else msgspec.structs.asdict(curve) | {"start": instant(curve.start)},
        runbook=f"{runbook}#a-rise-of-{metric.replace('_', '-')}",
    )


def _text(incident: Incident) -> str:
    """Return what people are told now; else how it stands."""
    told = incident.told
    return told.text if incident.is_message and told is not None else text(incident)


def _ranked(incident: Incident) -> list[Member]:
    """Return the members to be shown: the lead, then the open ones, the largest first."""
    return sorted(
        incident.members,
        key=lambda one: (one.alert_id != incident.lead, not one.is_open, -one.excess, one.series),
    )[:MAX_MEMBERS]


def _member(one: Member, zone: Zone) -> dict[str, Any]:
    return {
        "alert_id": one.alert_id,
        "labels": one.labels,
        "state": one.state,
        "severity": one.severity,
        "started_at": zone.instant(one.since),
        "joined_at": zone.instant(one.joined_at),
        "observed": round(one.observed),
        "expected": round(one.expected, 3),
        "excess": round(one.excess, 3),
    }


def _part(one: Part, whole: float) -> dict[str, Any]:
    return {
        "labels": one.labels,
        "observed": round(one.observed),
        "expected": round(one.expected, 3),
        "excess": round(one.excess, 3),
        "share": round(one.excess / whole, 3) if whole > 0.0 else 0.0,
        "out_of_proportion": one.beyond,
        "alert_id": one.alert_id,
    }


def _message(one: Message, zone: Zone) -> dict[str, Any]:
    return {
        "number": one.number,
        "at": zone.instant(one.at),
        "reason": one.reason,
        "title": one.title,
        "severity": one.severity,
        "observed": round(one.observed),
        "expected": round(one.expected, 3),
        "excess": round(one.observed - one.expected, 3),
        "text": one.text,
    }


def _handling(one: Handling) -> dict[str, Any]:
    fields = msgspec.structs.asdict(one)
    if one.acknowledged is not None:
        by, at, until = one.acknowledged
        fields["acknowledged"] = {"by": by, "at": at, "until": until}
    fields["silences"] = [
        msgspec.structs.asdict(silence)
        | {
            "recurring": None
            if silence.recurring is None
            else msgspec.structs.asdict(silence.recurring)
        }
        for silence in one.silences[:MAX_SILENCES]
    ]
    return fields
