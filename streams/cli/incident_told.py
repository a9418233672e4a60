"""Who was told what of an incident, as it stands on the topic of notifications."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from schemas.topics import NOTIFICATIONS
from streams.cli.incident_actions import all_of
from streams.cli.unread import readable
from streams.core.event_time.formats import minute, utc
from streams.core.notify.notification import decode
from streams.transport.client.event_producer import MissingTopicError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streams.core.notify.notification import Notification
    from streams.settings import Settings

_STATES: Final = {
    "waiting": "waits to be sent",
    "sending": "is being sent",
    "delivered": "delivered",
    "failed": "failed",
    "unanswered": "sent, no answer",
    "given_up": "given up",
}


def read_notifications(using: Settings) -> list[Notification]:
    """Return the notifications as they stand; none where there is no such topic yet."""
    try:
        values = asyncio.run(all_of(using.kafka, NOTIFICATIONS))
    except MissingTopicError:
        return []
    found = {one.notification_id: one for one in readable(NOTIFICATIONS, values, decode)}
    return list(found.values())


class Heard:
    """The notifications of one incident, and the digests that have messages of it."""

    def __init__(self, incident_id: str, notifications: Iterable[Notification]) -> None:
        every = sorted(notifications, key=lambda one: (one.decided_at, one.sequence))
        self.own = [one for one in every if one.incident_id == incident_id]
        self._digests = {
            item.notification_id: one
            for one in every
            if one.kind == "digest"
            for item in one.items
            if item.incident_id == incident_id
        }

    def of_message(self, number: int) -> Sequence[Notification]:
        """Return the decisions on one of its messages, and what was told in their place."""
        return [
            one
            for one in self.own
            if one.message == number
            and (one.kind == "message" or (one.kind == "dead_receiver" and one.message_reason))
        ]

    def follow_ups(self) -> Sequence[Notification]:
        """Return what followed though nothing was new."""
        messages = {"message", "dead_receiver"}
        return [one for one in self.own if one.kind not in messages or not one.message_reason]

    def decided_at(self, number: int) -> int | None:
        """Return when it was decided whom to tell of a message, epoch seconds; None: it was not."""
        return next((one.decided_at for one in self.of_message(number)), None)

    def lines(self, ones: Iterable[Notification]) -> Iterator[str]:
        """Yield a line for each: to whom, by which route, and what came of it."""
        for one in ones:
            yield f"{_to(one)}: {self._outcome(one)}"

    def _outcome(self, one: Notification) -> str:
        if one.reason == "digest":
            digest = self._digests.get(one.notification_id)
            if digest is None:
                return f"for the digest of {_time(one.due_at)}"
            return f"in the digest of {_time(digest.due_at)}, {_delivery(digest)}"
        if one.reason is not None:
            return f"not sent ({one.reason.replace('_', ' ')})"
        return _delivery(one)


def _to(one: Notification) -> str:
    said = one.receiver or "nobody"
    if one.channel is not None:
        said += f" ({one.channel})"
    if one.person is not None and one.receiver is not None:
        said += f" of {one.person}"
    if one.route is not None:
        said += f", route {one.route}"
    return said


def _delivery(one: Notification) -> str:
    said = _STATES[one.state]
    if one.ended_at is not None:
        said += f" {_time(one.ended_at)}"
    if one.attempts > 1:
        said += f", {one.attempts} tries"
    if one.may_repeat:
        said += ", may have come twice"
    if one.error:
        said += f" ({one.error})"
    return said


def _time(wall: int | None) -> str:
    return "" if wall is None else minute(utc(wall))
