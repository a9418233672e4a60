"""When people are told of an incident, and why: never for each of its alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.incidents import IncidentReason, MessageReason
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.incidents.severity import RANK
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
SEVERER_AFTER: Final = 12 * HOUR
CRITICAL_AFTER: Final = 6 * HOUR
"""And that it is more severe now, or critical."""
NEW_AFTER: Final = 12 * HOUR
"""So long after a message, whatever joins is new."""
MOST_A_DAY: Final = 2
"""After so many messages of an incident within a day nobody is told that it is worse or wider."""
OLD_AFTER: Final = 2 * DAY
"""So long after a message, what begins then and joins is told of, however small."""
WIDER_SHARE: Final = 0.2
"""A rise that joins makes it wider if it has so much of its excess."""


def due(incident: Incident, came: Sequence[Member], at: int) -> MessageReason | None:
    """Return why people are to be told of an incident now; None: they are not.

    `came` are the alerts that joined it and may be news.
    """
    told = incident.told
    if told is None:
        return "opened"
    if news(incident, came) and not _was_told_enough(incident, at):
        return "wider"
    if is_worse(incident, at):
        return "worse"
    changed = incident.scope.labels != told.labels and at - told.at >= AGAIN_AFTER
    return "cause_changed" if changed else None


def is_worse(incident: Incident, at: int) -> bool:
    """Return whether it is materially worse than was told, and that not too soon after."""
    told = incident.told
    if told is None or _was_told_enough(incident, at):
        return False
    since = at - told.at
    if RANK[incident.severity] > RANK[told.severity]:
        return since >= (CRITICAL_AFTER if incident.severity == "critical" else SEVERER_AFTER)
    return since >= AGAIN_AFTER and all(_has_doubled(incident, one) for one in incident.messages)


def _was_told_enough(incident: Incident, at: int) -> bool:
    return sum(at - one.at < DAY for one in incident.messages) >= MOST_A_DAY


def untold(incident: Incident, at: int) -> list[Member]:
    """Return the alerts that join an incident at `at`, or joined while enough was told of it."""
    *_, before, last = (None, None, *incident.messages)
    since, until = (0, 0) if before is None or last is None else (last.at, before.at + DAY)
    return [
        one
        for one in incident.members
        if one.joined_at == at or (since < one.joined_at < until <= at and one.is_open)
    ]


def _has_doubled(incident: Incident, told: Message) -> bool:
    """Return whether the excess is twice what was told, for as long, and beyond chance.

    What goes on at the same pace has more of both, events and expected ones, and is no worse.
    """
    scope, before = incident.scope, told.observed - told.expected
    longer = scope.expected / max(told.expected, LEAST) if scope.labels == told.labels else 1.0
    more = scope.excess - WORSE_TIMES * max(0.0, before) * max(1.0, longer)
    spread = (MIN_DISPERSION * scope.observed) ** 0.5
    return more >= WORSE_Z * spread and scope.excess - before >= WORSE_EVENTS


def news(incident: Incident, came: Sequence[Member]) -> list[Member]:
    """Return what joined that people could not know of by what was told: the largest first.

    It has much of all, and began after the last message or joined long after; or that was very
    long ago. What was a part before comes back, and is nothing new.
    """
    told = incident.told
    if told is None:
        return []
    least = WIDER_SHARE * max(0.0, told.observed - told.expected, incident.scope.excess)
    found = []
    for one in came:
        is_later = one.since >= told.at
        large = one.excess >= least and (is_later or one.joined_at - told.at >= NEW_AFTER)
        known = any(
            m.series == one.series and m.joined_at < one.joined_at for m in incident.members
        )
        if not known and (large or (is_later and is_long_ago(incident, one.joined_at))):
            found.append(one)
    return sorted(found, key=lambda one: (-one.excess, one.series))


def is_long_ago(incident: Incident, at: int) -> bool:
    """Return whether people were told of an incident so long ago that they hear of all again."""
    return incident.told is not None and at - incident.told.at >= OLD_AFTER


def tell(
    metric: str, incident: Incident, reason: MessageReason, at: int, came: Sequence[Member] = ()
) -> None:
    """Note that people are to be told; if it is wider, of what came as well."""
    new = news(incident, came) if reason == "wider" else ()
    incident.tell(reason, at, title(metric, incident), text(incident, new))
