"""A notification as notify holds it, and as it stands on its topic. Times are epoch seconds."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec

from schemas import wire
from schemas.alerts import AlertSeverity
from schemas.incidents import MessageReason
from schemas.notifications import (
    NotificationKind,
    NotificationState,
    NotSent,
)
from streams.core.notify.config import Channel


class Item(msgspec.Struct, frozen=True):
    """A message that a digest tells of; `at` is event time."""

    notification_id: str
    incident_id: str
    message: int
    reason: MessageReason
    at: int
    title: str
    text: str
    severity: AlertSeverity


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A decision, and how its delivery goes; the fields are those of the contract.

    `incident` is the record of `incidents` as bytes of JSON. `msgspec.structs.replace` makes the
    next one of its delivery.
    """

    notification_id: str
    kind: NotificationKind
    incident_id: str | None = None
    message: int | None = None
    number: int = 1
    sequence: int = 0
    reason: NotSent | None = None
    message_reason: MessageReason | None = None
    severity: AlertSeverity | None = None
    title: str
    why: str
    route: str | None = None
    receiver: str | None = None
    channel: Channel | None = None
    person: str | None = None
    state: NotificationState = "waiting"
    decided_at: int
    due_at: int | None = None
    until: int | None = None
    attempts: int = 0
    attempted_at: int | None = None
    retry_at: int | None = None
    ended_at: int | None = None
    may_repeat: bool = False
    error: str | None = None
    instead_of: str | None = None
    items: tuple[Item, ...] = ()
    incident: bytes | None = None

    @property
    def is_sent(self) -> bool:
        """It was decided to be sent, however far it got."""
        return self.reason is None

    @property
    def is_over(self) -> bool:
        """Nothing is to be done about it any more."""
        return self.state in {"not_sent", "delivered", "given_up"}

    @property
    def key(self) -> bytes:
        """Its key on the topic."""
        return self.notification_id.encode()

    def encode(self) -> bytes:
        """Return it as it stands on the topic."""
        fields = msgspec.structs.asdict(self)
        fields["items"] = [msgspec.structs.asdict(one) for one in self.items]
        return wire.encode_notification(**fields)


def notification_id(about: str, what: str, route: str | None, receiver: str | None) -> str:
    """Name a decision: the same wherever and whenever it is taken.

    Args:
        about: the incident; of a digest its time.
        what: the kind, with its number.
        route: by which it goes, if by any.
        receiver: to whom, if to anybody.
    """
    text = "\t".join(("notification", about, what, route or "", receiver or ""))
    return blake2b(text.encode(), digest_size=8).hexdigest()


_TIMES: Final = ("decided_at", "due_at", "until", "attempted_at", "retry_at", "ended_at")
_Time = datetime | None


def _kind(name: str) -> Any:  # noqa: ANN401 (a type)
    return msgspec.Raw if name == "incident" else _Time if name in _TIMES else Any


_Row: Final = msgspec.defstruct(
    "_Row",
    [(name, _kind(name), msgspec.UNSET) for name in Notification.__struct_fields__],
    kw_only=True,
)
_decoder: Final = msgspec.json.Decoder(_Row)


def decode(value: bytes) -> Notification:
    """Read a notification from its topic.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    row = _decoder.decode(value)
    fields = {
        name: _seconds(found)
        for name in Notification.__struct_fields__
        if (found := getattr(row, name)) is not msgspec.UNSET
    }
    incident = bytes(fields.get("incident") or b"null")
    fields["incident"] = None if incident == b"null" else incident
    items = fields.get("items", ())
    fields["items"] = tuple(Item(**(one | {"at": _instant(one["at"])})) for one in items)
    return Notification(**fields)


def _seconds(value: Any) -> Any:  # noqa: ANN401 (a field of any type)
    return int(value.timestamp()) if isinstance(value, datetime) else value


def _instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
