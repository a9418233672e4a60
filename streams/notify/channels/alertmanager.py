"""Alertmanager, by its API v2: an alert stands there while its incident is open.

An alert there is its labels: those that change make another alert, and wake people again. So the
labels are what a notification is, and all that changes (numbers, handling) is in annotations. Each
notification that is to be heard has labels of its own, and ends the one before it.

`startsAt` is now: event time may be years ago, and is in an annotation. `endsAt` lies several
resends ahead; who does not resend has ended it. An alert that is first posted when it is over is
answered with 200 and nobody hears of it: so every alert stands for HOLD seconds.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from streams.notify.channels.outcome import DELIVERED, Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from streams.notify.channels.http import Poster
    from streams.notify.message import Message, Rendered

PATH: Final = "/api/v2/alerts"
NAME: Final = "GroundswellIncident"
RESEND: Final = 60.0
"""Wall seconds between two posts of an alert that stands."""
AHEAD: Final = 5
"""How many resends ahead an alert ends if it is not posted again."""
HOLD: Final = 300.0
"""Wall seconds that an alert stands at least: longer than Alertmanager gathers a group."""
_WORST: Final = (Kind.DELIVERED, Kind.UNANSWERED, Kind.FAILED, Kind.REFUSED)


@dataclass(slots=True)
class _Standing:
    """An alert that was posted: what it is, since when (epoch seconds), and what is said of it."""

    labels: dict[str, str]
    since: float
    annotations: dict[str, str]
    link: str | None


class Alertmanager:
    """Posts to every one of a cluster's members; taken is what one of them took.

    A member that does not answer is left alone for RESEND seconds while others do: it would hold
    up each alert, and those that stand with the others would end before they are sent again.
    `wall` gives epoch seconds, `hold` is HOLD. Each request has one alert: some versions refuse a
    request for one bad alert in it, and keep the others.
    """

    def __init__(
        self,
        members: Sequence[Poster],
        wall: Callable[[], float] = time.time,
        hold: float = HOLD,
    ) -> None:
        self._members = members
        self._wall = wall
        self._hold = hold
        self._standing: dict[str, _Standing] = {}
        self._resting: dict[Poster, float] = {}

    async def deliver(self, message: Message, rendered: Rendered) -> Outcome:
        """Post what a notification says, and end the alert that stood for its incident before."""
        now = self._wall()
        name, over = _about(message)
        before = self._standing.get(name)
        alert = _Standing(_labels(message), now, said_of(message, rendered), rendered.link)
        if over:
            if before is not None:
                alert.labels, alert.since = before.labels, before.since
            return await self._end(name, alert)
        if before is not None and before.labels == alert.labels:
            alert.since = before.since
        outcome = await self._post(alert, now, now + AHEAD * RESEND)
        if outcome.kind is Kind.DELIVERED:
            self._standing[name] = alert
            if before is not None and before.labels != alert.labels:
                await self._post(before, now, now)
        return outcome

    async def end(self, name: str) -> None:
        """End the alert of an incident that is over without a message, as when it is merged."""
        if name in self._standing:
            await self._end(name, self._standing[name])

    async def _end(self, name: str, alert: _Standing) -> Outcome:
        now = self._wall()
        outcome = await self._post(alert, now, max(now, alert.since + self._hold))
        if outcome.kind is Kind.DELIVERED:
            self._standing.pop(name, None)
        return outcome

    def adopt(self, message: Message, rendered: Rendered, since: float) -> None:
        """Take over an alert that another process posted, `since` (epoch seconds)."""
        name, over = _about(message)
        if not over:
            self._standing[name] = _Standing(
                _labels(message), since, said_of(message, rendered), rendered.link
            )

    def say(self, message: Message, rendered: Rendered) -> None:
        """Renew what is said of an alert that stands: its labels stay as they are."""
        standing = self._standing.get(_about(message)[0])
        if standing is not None:
            standing.annotations = said_of(message, rendered)

    def leave(self, names: Iterable[str]) -> None:
        """Forget these incidents: another process has them now."""
        for name in names:
            self._standing.pop(name, None)

    @property
    def standing(self) -> frozenset[str]:
        """The incidents whose alerts stand."""
        return frozenset(self._standing)

    async def resend(self) -> int:
        """Post again all that stands; returns how many were not taken."""
        missed = 0
        for standing in list(self._standing.values()):
            now = self._wall()
            outcome = await self._post(standing, now, now + AHEAD * RESEND)
            missed += outcome.kind is not Kind.DELIVERED
        return missed

    async def close(self) -> None:
        """Let go of connections."""
        for member in self._members:
            await member.close()

    async def _post(self, alert: _Standing, now: float, end: float) -> Outcome:
        starts = min(alert.since, now, end)
        body: dict[str, Any] = {
            "labels": alert.labels,
            "annotations": alert.annotations,
            "startsAt": _stamp(starts),
            "endsAt": _stamp(end),
        }
        if alert.link is not None:
            body["generatorURL"] = alert.link
        encoded, headers = msgspec.json.encode([body]), {"Content-Type": "application/json"}
        wall = self._wall()
        asked = [one for one in self._members if self._resting.get(one, 0.0) <= wall]
        asked = asked or list(self._members)
        outcomes = await asyncio.gather(*(member.post(encoded, headers) for member in asked))
        for member, outcome in zip(asked, outcomes, strict=True):
            if outcome.kind in {Kind.UNANSWERED, Kind.FAILED}:
                self._resting[member] = wall + RESEND
            else:
                self._resting.pop(member, None)
        return min(outcomes, key=lambda one: _WORST.index(one.kind), default=DELIVERED)


def _about(message: Message) -> tuple[str, bool]:
    """Return which incident a message is of, and whether that is over."""
    incident = message.incident
    if incident is None:
        return message.notification_id, True
    return str(incident["incident_id"]), incident["state"] == "resolved"


def _labels(message: Message) -> dict[str, str]:
    """Return what makes the alert of a notification: nothing in it ever changes."""
    incident = message.incident
    own = {
        "alertname": NAME,
        "notification": message.notification_id,
        "route": message.route,
    }
    if incident is None:
        return own | {"severity": message.severity}
    return own | {
        "incident": str(incident["incident_id"]),
        "metric": str(incident["metric"]),
        "severity": message.severity,
    }


def said_of(message: Message, rendered: Rendered) -> dict[str, str]:
    """Return all that is said of an alert; what is not known is left out."""
    said: dict[str, str | None] = {
        "summary": rendered.subject,
        "description": rendered.text,
        "why": message.why,
        "receiver": message.receiver,
    }
    incident = message.incident
    if incident is not None:
        said |= _of_incident(incident)
    return {name: text for name, text in said.items() if text}


def _of_incident(incident: Mapping[str, Any]) -> dict[str, str | None]:
    handling = incident["handling"]
    taken = handling["acknowledged"]
    return {
        "title": incident["title"],
        "state": incident["state"],
        "event_time": incident["at"],
        "started_at": incident["started_at"],
        "observed": str(incident["observed"]),
        "expected": f"{incident['expected']:.1f}",
        "customers": None if incident["customers"] is None else str(incident["customers"]),
        "runbook_url": incident["runbook"],
        "owner": handling["owner"],
        "acknowledged_by": taken["by"] if taken else None,
    }


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
