"""A trial of a route: a made-up incident, sent to whom the route tells now."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import msgspec

from streams.core.notify.duty import Duty
from streams.core.notify.notification import Notification
from streams.notify.attempts import began
from streams.notify.channels.outcome import Kind, Outcome
from streams.notify.outgoing import outgoing
from streams.notify.specimen import INCIDENT
from streams.settings.rotas import Calendars

if TYPE_CHECKING:
    from streams.core.notify.duty import Target
    from streams.notify.owner import Parts


class TrialError(Exception):
    """A route cannot be tried; the message says why."""


async def trial(parts: Parts, name: str) -> list[tuple[str, Outcome]]:
    """Send a trial; returns what came of it, by receiver.

    It is no notification: nothing is written to Kafka, and none is needed.

    Raises:
        TrialError: there is no such route, or nobody has the shift.
    """
    settings = parts.settings.notify
    route = settings.route(name)
    if route is None:
        there = ", ".join(one.name for one in settings.routes) or "none"
        raise TrialError(f"there is no route {name}; there is {there}")
    wall = int(time.time())
    shifts = Calendars(settings).changed(wall) or {}
    targets = Duty(settings, shifts).targets(route.tell, wall)
    if not targets:
        raise TrialError(f"route {name} has nobody to tell now: nobody has the shift")
    try:
        return [(one.receiver, await _send(parts, name, one, wall)) for one in targets]
    finally:
        for channel in parts.channels.values():
            await channel.close()


async def _send(parts: Parts, route: str, target: Target, wall: int) -> Outcome:
    channel = parts.channels.get(target.receiver)
    if channel is None:
        return Outcome(Kind.REFUSED, parts.broken[target.receiver])
    one = Notification(
        notification_id=uuid.uuid4().hex[:16],
        kind="test",
        severity="info",
        title="does this arrive?",
        why=f"Somebody tries route {route}. Nothing has happened.",
        route=route,
        receiver=target.receiver,
        channel=target.channel,
        person=target.person,
        decided_at=wall,
        incident=msgspec.json.encode(INCIDENT),
    )
    message = outgoing(began(one, wall))
    return await channel.deliver(message, parts.templates.surely(message))
