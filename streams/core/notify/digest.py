"""The daily digest: everything that paged nobody, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.notifications import MAX_ITEMS
from streams.core.incidents.severity import RANK
from streams.core.notify.notification import Item, Notification, notification_id
from streams.core.notify.wording import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.alerts import AlertSeverity
    from streams.core.notify.config import Notify

Waiting = dict[tuple[int, str, str], dict[str, Item]]
"""What waits: by the time at which it is due, route and receiver; there by notification."""


def digests(settings: Notify, waiting: Waiting, wall: int) -> Iterator[Notification]:
    """Yield the digests that are due at `wall`, epoch seconds."""
    for place in sorted(place for place in waiting if place[0] <= wall):
        items = sorted(
            waiting[place].values(), key=lambda one: (one.at, one.incident_id, one.message)
        )
        for first in range(0, len(items), MAX_ITEMS):
            part = first // MAX_ITEMS + 1
            yield _digest(settings, place, part, tuple(items[first : first + MAX_ITEMS]), wall)


def _digest(
    settings: Notify,
    place: tuple[int, str, str],
    part: int,
    items: tuple[Item, ...],
    wall: int,
) -> Notification:
    due_at, route, receiver = place
    known = settings.receivers.get(receiver)
    incidents = len({one.incident_id for one in items})
    messages = f"{len(items):,} message{'s' if len(items) > 1 else ''}"
    of = f"{incidents:,} incident{'s' if incidents > 1 else ''}"
    severity: AlertSeverity = max((one.severity for one in items), key=RANK.__getitem__)
    return Notification(
        notification_id=notification_id(str(due_at), f"digest:{part}", route, receiver),
        kind="digest",
        number=part,
        reason=None if known is not None else "nobody_on_duty",
        severity=severity,
        title=f"{messages} of {of} that paged nobody",
        why=f"The digest of {at(due_at)}. Route {route}.",
        route=route,
        receiver=receiver,
        channel=None if known is None else known.channel,
        state="waiting" if known is not None else "not_sent",
        decided_at=wall,
        due_at=due_at,
        items=items,
    )
