"""When people are told of an incident, and why: never for each of its alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.incidents import IncidentReason, MessageReason
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.incidents.incident import RANK
from streams.core.incidents.sizes import LEAST, MIN_DISPERSION
from streams.core.incidents.wording import text, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.incidents.incident import Incident, Member, Message

Reason = IncidentReason

WORSE_TIMES: Final = 2.0
WORSE_EVENTS: Final = 30.0
"""An incident is worse when its excess is so many times what was told, and so many events more."""
WORSE_Z: Final = 2.0
"""And when it is so many standard deviations beyond that."""
AGAIN_AFTER: Final = DAY
"""Event time after a message before which nobody is told that it is worse or another."""
SEVERER_AFTER: Final = 6 * HOUR
"""And that it is more severe now."""
NEW_AFTER: Final = 12 * HOUR
"""So long after a message, what is seen in a window that began after it is new."""
WIDER_SHARE: Final = 0.2
"""A rise that joins makes it wider if it has so much of its excess."""


def due(incident: Incident, came: Sequence[Member], at: int) -> MessageReason | None:
    """Return why people are to be told of an incident now; None: they are not.

    `came` are the alerts that have just joined it.
    """
    told = incident.told
    if told is None:
        return "opened"
    if is_wider(incident, came, at):
        return "wider"
    if is_worse(incident, at - told.at):
        return "worse"
    changed = incident.scope.labels != told.labels and at - told.at >= AGAIN_AFTER
    return "cause_changed" if changed else None


def is_worse(incident: Incident, since: int) -> bool:
    """Return whether it is materially worse than was told, the last time `since` seconds before."""
    told = incident.told
    if told is None:
        return False
    if RANK[incident.severity] > RANK[told.severity]:
        return since >= SEVERER_AFTER
    return since >= AGAIN_AFTER and all(_has_doubled(incident, one) for one in incident.messages)


def _has_doubled(incident: Incident, told: Message) -> bool:
    """Return whether the excess is twice what was told, for as long, and beyond chance.

    What goes on at the same pace has more of both, events and expected ones, and is no worse.
    """
    scope, before = incident.scope, told.observed - told.expected
    longer = scope.expected / max(told.expected, LEAST) if scope.labels == told.labels else 1.0
    more = scope.excess - WORSE_TIMES * max(0.0, before) * max(1.0, longer)
    spread = (MIN_DISPERSION * scope.observed) ** 0.5
    return more >= WORSE_Z * spread and scope.excess - before >= WORSE_EVENTS


def is_wider(incident: Incident, came: Sequence[Member], at: int) -> bool:
    """Return whether something joined that nobody could know of by what was told.

    Its rise began after the last message, or is one of long before that has flared up since.
    """
    told = incident.told
    if told is None:
        return False
    least = WIDER_SHARE * max(0.0, told.observed - told.expected)
    flared = at - told.at >= NEW_AFTER
    known = {one.series for one in incident.members if one.joined_at < at}
    return any(
        one.series not in known
        and one.excess >= least
        and (one.since >= told.at or (flared and one.start >= told.at))
        for one in came
    )


def tell(metric: str, incident: Incident, reason: MessageReason, at: int) -> None:
    """Note that people are to be told."""
    incident.tell(reason, at, title(metric, incident), text(incident))
