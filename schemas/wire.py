"""Bytes to events and rows to bytes, for the hot path.

    try:
        event = decoders[topic](payload)
    except REFUSED:
        reason, detail = refusal(topic, payload)

`parse` reads the same bytes by the pydantic models, ten times slower. Both accept and refuse the
same: `schemas.grammar` and msgspec judge the JSON for both, and the constraints of the decoders
are made from the models, with their rules. Of a field that stands in an object twice the last one
counts, and each must be good; an event inside another that a later one hides must be an object.
Optional fields that are not good are put right or dropped by both (`schemas.mending`): the fast
path tries that only where it met one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeGuard, cast

import msgspec
from pydantic import ValidationError

from schemas import derive, events, grammar, mending
from schemas.explain import Refusal, mends, parse, read_action, refusal
from schemas.rows import (
    bucket_key,
    encode_alert,
    encode_bucket,
    encode_customer,
    encode_deadletter,
    encode_incident,
    encode_late,
    encode_notification,
    encode_period,
    encode_rolling,
    origin_key,
    period_key,
    rolling_key,
    stamp,
)
from schemas.topics import SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


__all__ = [
    "REFUSED",
    "Event",
    "Refusal",
    "are_plain",
    "bucket_key",
    "decoder",
    "decoders",
    "encode_alert",
    "encode_bucket",
    "encode_customer",
    "encode_deadletter",
    "encode_incident",
    "encode_late",
    "encode_notification",
    "encode_period",
    "encode_rolling",
    "origin_key",
    "parse",
    "period_key",
    "plain_decoder",
    "read_action",
    "refusal",
    "rolling_key",
    "stamp",
    "structs",
]


class Event(Protocol):
    """What a decoder gives: an immutable Struct with the attributes of the topic's model."""

    @property
    def event_id(self) -> str:
        """Name of the event."""

    @property
    def customer_id(self) -> str | None:
        """The customer; None only on an anonymous complaint."""

    @property
    def occurred_at(self) -> datetime:
        """When it happened; aware. `timestamp()` never fails on it, `astimezone()` may."""

    @property
    def segment(self) -> str | None:
        """Customer group."""


REFUSED: Final = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoders raise on a payload that is no event; anything else is a bug."""

structs: Final[Mapping[str, type[msgspec.Struct]]] = {
    topic: derive.reader(model) for topic, model in SOURCES.items()
}
"""By source topic: what its decoder gives. The events inside a correction are such Structs too."""


_NO_BRACKETS: Final = bytes(one for one in range(256) if one not in b"{[")
_PATH: Final = re.compile(r"`\$\.(\w+)`$")
"""How an error names the field in which it is."""

Mend = Callable[[bytes, msgspec.ValidationError], "Event"]
"""Reads a payload that was refused the slow way, or raises the error."""


def _ignore(_mended: str) -> None:
    """Count nothing."""


def _mending(topic: str, note: Callable[[str], None], depth: int = 0) -> Mend:
    """Make what reads a payload where the field that is refused may be put right."""
    may_be_mended = mending.rules(SOURCES[topic])

    def mend(payload: bytes, error: msgspec.ValidationError) -> Event:
        path = _PATH.search(str(error))
        if path is None or path[1] not in may_be_mended:
            raise error
        try:
            event = parse(topic, payload, depth)
        except (ValidationError, *REFUSED):
            raise error from None
        for mended in mends(topic, payload):
            note(mended)
        return _struct(topic, event)

    return mend


def _struct(topic: str, event: events.Event) -> Event:
    """Give an event of the models as the decoder of its topic would, those inside it too."""
    fields: dict[str, Any] = {name: getattr(event, name) for name in type(event).model_fields}
    for name, value in fields.items():
        if isinstance(value, events.Event):
            fields[name] = _struct(fields["topic"], value)
    return cast("Event", structs[topic](**fields))


def _decoder(struct: type[msgspec.Struct], mend: Mend) -> Callable[[bytes | None], Event]:
    decode = cast("Callable[[bytes], Event]", msgspec.json.Decoder(struct).decode)
    short, check_depth = grammar.SHORT, grammar.check_depth

    def decode_event(payload: bytes | None) -> Event:
        # grammar.check, written out: the call would cost a fifth of the decoding
        if payload is None:
            raise grammar.NullValueError("the message has no value")
        if len(payload) > short and (b"[" in payload or payload.find(b"{", 1) > 0):
            check_depth(payload)
        if not payload.isascii():
            payload.decode()
        try:
            return decode(payload)
        except msgspec.ValidationError as error:
            return mend(payload, error)

    return decode_event


def _refuse(_payload: bytes, error: msgspec.ValidationError) -> Event:
    raise error


def _nested(
    topic: str, model: type[events.Event], note: Callable[[str], None]
) -> Callable[[bytes | None], Event]:
    """Make the decoder of a topic whose events have others inside: once around, then those."""
    around = _decoder(derive.reader(model, whole=False), _refuse)
    apart = msgspec.json.Decoder(derive.apart(model)).decode
    names, whole = derive.inside(model), structs[topic]

    def decode_event(payload: bytes | None, depth: int = 0) -> Event:
        try:
            read = around(payload)
        except msgspec.ValidationError as error:
            return _mending(topic, note, depth)(cast("bytes", payload), error)
        fields = msgspec.structs.asdict(cast("msgspec.Struct", read))
        raw = apart(cast("bytes", payload))
        for name in names:
            if fields[name] is not None:
                fields[name] = decode_inner(fields["topic"], bytes(getattr(raw, name)), depth + 1)
        try:
            return cast("Event", whole(**fields))
        except ValueError as error:  # of a rule
            raise msgspec.ValidationError(str(error)) from error

    def decode_inner(inner: str, payload: bytes, depth: int) -> Event:
        if depth > events.MAX_CORRECTIONS:
            raise grammar.TooDeepError("too many corrections in one another")
        return decode_event(payload, depth) if inner == topic else decoders[inner](payload)

    return decode_event


def decoder(topic: str, note: Callable[[str], None] = _ignore) -> Callable[[bytes | None], Event]:
    """Make the decoder of a source topic; it calls `note` for each optional field it puts right.

    `note` is given the field and what was done, as `severity: urgent` (an unknown word, dropped).
    """
    model = SOURCES[topic]
    if derive.inside(model):
        return _nested(topic, model, note)
    return _decoder(structs[topic], _mending(topic, note))


def plain_decoder(topic: str) -> Callable[[bytes], Event] | None:
    """Make what decodes payloads that `are_plain`; None for a topic that has none.

    It is `decoder` without its checks, and mends nothing: of what it refuses that one has to judge.
    """
    if derive.inside(SOURCES[topic]):
        return None
    return cast("Callable[[bytes], Event]", msgspec.json.Decoder(structs[topic]).decode)


def are_plain(payloads: Sequence[bytes | None]) -> TypeGuard[Sequence[bytes]]:
    """Tell whether all payloads are there, and nothing needs a look at each before it is decoded.

    Each is UTF-8, and does not nest deep: as it is too short, or all are objects, and have no more
    brackets besides than one of them may.
    """
    if None in payloads:
        return False
    given = cast("Sequence[bytes]", payloads)
    lines = b"\n".join(given)
    if not lines.isascii():
        try:
            lines.decode()
        except UnicodeDecodeError:
            return False
    if max(map(len, given), default=0) <= grammar.SHORT:
        return True
    if not all(one.startswith(b"{") for one in given):
        return False
    brackets = lines.translate(None, _NO_BRACKETS)
    return len(brackets) < len(given) + grammar.MAX_DEPTH


decoders: Final[Mapping[str, Callable[[bytes | None], Event]]] = {
    topic: decoder(topic) for topic in SOURCES
}
"""By source topic. Raise one of REFUSED; `refusal` says why."""
