"""A notification as notify holds it, and as it stands on its topic. Times are epoch seconds."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Final, get_type_hints

import msgspec

from schemas import wire
from schemas.alerts import AlertSeverity
from schemas.grammar import check
from schemas.incidents import MessageReason
from schemas.notifications import (
    NotificationKind,
    NotificationState,
    NotSent,
)
from streams.core.notify.config import Channel

LAST: Final = 253_370_764_800
"""The year 9999, epoch seconds: no time that is written here is later."""
Count = Annotated[int, msgspec.Meta(ge=0, le=LAST)]


class Item(msgspec.Struct, frozen=True):
    """A message that a digest tells of; `at` is event time."""

    notification_id: str
    incident_id: str
    message: Count
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
    message: Count | None = None
    number: Count = 1
    sequence: Count = 0
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
    attempts: Count = 0
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
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


def _row_of(struct: type[msgspec.Struct], others: dict[str, Any]) -> Any:  # noqa: ANN401 (a type)
    """Return a struct as its row is: some of its fields are `others` there."""
    hints = get_type_hints(struct, include_extras=True)
    fields = [
        (one.name, others.get(one.name, hints[one.name]))
        if one.required
        else (one.name, others.get(one.name, hints[one.name]) | msgspec.UnsetType, msgspec.UNSET)
        for one in msgspec.structs.fields(struct)
    ]
    return msgspec.defstruct(f"{struct.__name__}Row", fields, kw_only=True)


_Items: Final = tuple[_row_of(Item, {"at": _Time}), ...]  # type: ignore[misc] # made here
_decoder: Final = msgspec.json.Decoder(
    _row_of(
        Notification,
        dict.fromkeys(_TIMES, _Time | None)
        | {"decided_at": _Time, "items": _Items, "incident": msgspec.Raw},
    )
)


def decode(value: bytes) -> Notification:
    """Read a notification from its topic.

    Raises:
        one of `schemas.grammar.NO_ROW`: it is none.
    """
    fields = _fields(_decoder.decode(check(value)))
    incident = bytes(fields.get("incident") or b"null")
    fields["incident"] = None if incident == b"null" else incident
    fields["items"] = tuple(Item(**_fields(one)) for one in fields.get("items", ()))
    return Notification(**fields)


def _fields(row: msgspec.Struct) -> dict[str, Any]:
    """Return the fields that are there, times in epoch seconds."""
    return {
        name: _seconds(found)
        for name, found in msgspec.structs.asdict(row).items()
        if found is not msgspec.UNSET
    }


def _seconds(value: Any) -> Any:  # noqa: ANN401 (a field of any type)
    if not isinstance(value, datetime):
        return value
    seconds = int(value.timestamp())
    if not 0 <= seconds <= LAST:
        raise msgspec.ValidationError("a time is before 1970, or in the year 9999")
    return seconds
