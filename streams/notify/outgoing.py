"""A notification as a message: its subject, and what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas.grammar import NO_ROW
from streams.notify.context import is_whole
from streams.notify.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.incidents import MessageReason
    from schemas.notifications import NotificationKind
    from streams.core.notify.notification import Notification

NEWS: Final[Mapping[MessageReason, str]] = {
    "opened": "Opened",
    "worse": "Worse",
    "wider": "Wider",
    "cause_changed": "Another cause",
    "verdict_changed": "Judged otherwise",
    "came_back": "Back",
    "resolved": "Over",
}
KINDS: Final[Mapping[NotificationKind, str]] = {
    "message": "News",
    "unsilenced": "No longer silenced",
    "repeat": "Still open",
    "escalation": "Nobody has it",
    "reminder": "Yours, and no word",
    "unanswered": "Nobody has it any more",
    "released": "Given back",
    "acknowledged": "Taken on",
    "merged": "Part of another",
    "digest": "Digest",
    "test": "Test",
    "dead_receiver": "Told in place of another",
}
"""How a subject begins."""


def outgoing(one: Notification) -> Message:
    """Return the message that a notification is.

    It is told without its incident where the record of that lacks something.
    """
    found: list[dict[str, Any]] = []
    if one.incident is not None:
        try:
            record = msgspec.json.decode(one.incident)
        except NO_ROW:
            record = None
        if is_whole(record):
            found.append(record)
    return Message(
        notification_id=one.notification_id,
        route=one.route or "",
        receiver=one.receiver or "",
        subject=_subject(one),
        why=one.why,
        incidents=found,
        severity=one.severity or "info",
        number=one.message,
        attempt=one.attempts,
        may_repeat=one.may_repeat,
        items=[msgspec.structs.asdict(item) for item in one.items],
    )


def _subject(one: Notification) -> str:
    begins = KINDS[one.kind]
    if one.message_reason is not None and one.kind in {"message", "unsilenced", "dead_receiver"}:
        begins = NEWS[one.message_reason]
    severity = "" if one.severity is None else f"[{one.severity}] "
    return f"{severity}{begins}: {one.title}"
