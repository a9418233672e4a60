"""The slow path: events read by the pydantic models, and why a payload is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from pydantic import ValidationError

from schemas import derive, grammar, mending
from schemas.actions import Action
from schemas.deadletter import Reason
from schemas.events.base import Look
from schemas.topics import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

    from schemas.events import Event

MAX_DETAIL: Final = 300

_ALONE: Final = Look(whole=False)
"""How a field is looked at that a later one of its name hides."""

_loose: Final = {topic: msgspec.json.Decoder(derive.loose(m)) for topic, m in SOURCES.items()}
_json: Final = msgspec.json.Decoder(msgspec.Raw)
_object: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Refusal(NamedTuple):
    """Why a payload is no event of its topic: the reason for machines, the detail for people."""

    reason: Reason
    detail: str


_REASONS: Final[Mapping[str, Reason]] = {
    "unknown_version": Reason.UNKNOWN_VERSION,
    "missing": Reason.MISSING_FIELD,
    "string_type": Reason.WRONG_TYPE,
    "int_type": Reason.WRONG_TYPE,
    "bool_type": Reason.WRONG_TYPE,
    "datetime_type": Reason.WRONG_TYPE,
    "list_type": Reason.WRONG_TYPE,
    "dict_type": Reason.WRONG_TYPE,
    "string_too_long": Reason.TOO_LONG,
    "too_long": Reason.TOO_LONG,
    "string_too_short": Reason.TOO_SHORT,
    "too_short": Reason.TOO_SHORT,
    "string_pattern_mismatch": Reason.NOT_ALLOWED,
    "greater_than_equal": Reason.OUT_OF_RANGE,
    "less_than_equal": Reason.OUT_OF_RANGE,
    "bad_time": Reason.BAD_TIME,
    "inconsistent": Reason.INCONSISTENT,
    "too_deep": Reason.TOO_DEEP,
}
"""By pydantic's name for the kind of error; literals depend on what stood there instead."""


class _Members(list[tuple[str, Any]]):
    """The members of an object in their order, those of one name all of them."""


def _pairs(payload: bytes) -> _Members:
    """Read an object as its members, numbers of absurd length as 0."""
    members: _Members = json.loads(
        payload,
        object_pairs_hook=_Members,
        parse_int=lambda digits: int(digits) if len(digits) <= MAX_DETAIL else 0,
    )
    return members


def _variants(found: msgspec.Struct, payload: bytes) -> Iterator[dict[str, Any]]:
    """Yield the fields of the object; again for every field that a later one of its name hides.

    An event inside it is yielded as its bytes.
    """
    fields = {
        name: None if isinstance(value, msgspec.Raw) and bytes(value) == b"null" else value
        for name in found.__struct_fields__
        if (value := getattr(found, name)) is not msgspec.UNSET
    }
    yield fields
    seen: dict[str, Any] = {}
    for name, value in _pairs(payload):
        if name in seen and name in fields:
            hidden = seen[name]
            yield {**fields, name: dict(hidden) if isinstance(hidden, _Members) else hidden}
        seen[name] = value


def parse(topic: str, payload: bytes | None, depth: int = 0) -> Event:
    """Read a payload by the pydantic model of its topic; `depth`: events that it stands inside of.

    Raises:
        pydantic.ValidationError, msgspec.MsgspecError, UnicodeDecodeError: it is no such event.
        KeyError: `topic` is no source topic.
    """
    model = SOURCES[topic]
    text = grammar.check(payload)
    _json.decode(text)
    variants = _variants(_loose[topic].decode(text), text)
    event = model.model_validate(next(variants), context=Look(True, parse, depth))  # noqa: FBT003
    for hidden in variants:  # one at a time: a message can repeat a field 100,000 times
        model.model_validate(hidden, context=_ALONE)
    return event


def mends(topic: str, payload: bytes) -> list[str]:
    """Say which optional fields of an event are put right or dropped, and why: `severity: urgent`.

    Raises:
        msgspec.MsgspecError: it is no JSON object.
    """
    found = _loose[topic].decode(payload)
    fields = {
        name: value
        for name in found.__struct_fields__
        if (value := getattr(found, name)) is not msgspec.UNSET
    }
    return list(mending.notes(SOURCES[topic], fields))


def _reason(error: ErrorDetails) -> Reason:
    if error["type"] == "literal_error":
        return Reason.NOT_ALLOWED if isinstance(error["input"], str) else Reason.WRONG_TYPE
    return _REASONS.get(error["type"], Reason.OTHER)


def _worst(error: ValidationError) -> Refusal:
    """Choose one error to tell: an unknown version explains all the others."""
    errors = [(_reason(one), one) for one in error.errors(include_url=False)]
    errors.sort(key=lambda pair: pair[0] is not Reason.UNKNOWN_VERSION)
    reason, first = errors[0]
    more = f" (and {len(errors) - 1} more)" if errors[1:] else ""
    return Refusal(reason, f"{'.'.join(map(str, first['loc']))}: {first['msg']}{more}"[:MAX_DETAIL])


def _not_an_object(error: msgspec.DecodeError, payload: bytes) -> Refusal:
    """Tell JSON of another kind from JSON that was cut off and from what never was any."""
    if not payload.strip():
        return Refusal(Reason.EMPTY, "nothing but white space" if payload else "no bytes")
    reason = Reason.NOT_JSON
    if isinstance(error, msgspec.ValidationError):
        is_object = payload.lstrip().startswith(b"{")  # then a number no one can hold
        reason = Reason.OUT_OF_RANGE if is_object else Reason.NOT_AN_OBJECT
    elif "surrogate" in str(error):
        reason = Reason.NOT_UTF8
    elif "truncated" in str(error):
        try:
            _pairs(payload)
        except ValueError:
            reason = Reason.TRUNCATED
        else:  # the only thing that msgspec calls truncated and Python reads
            return Refusal(Reason.NOT_UTF8, "half of a surrogate pair in an escape")
    return Refusal(reason, str(error)[:MAX_DETAIL])


def refusal(topic: str, payload: bytes | None) -> Refusal:
    """Say why the decoder of `topic` refuses this payload.

    Raises:
        KeyError: `topic` is no source topic.
    """
    try:
        parse(topic, payload)
    except grammar.UnreadableError as error:
        return Refusal(error.reason, str(error))
    except UnicodeDecodeError as error:
        return Refusal(Reason.NOT_UTF8, f"{error.reason} at byte {error.start}")
    except msgspec.DecodeError as error:
        return _not_an_object(error, payload or b"")
    except ValidationError as error:
        return _worst(error)
    return Refusal(Reason.OTHER, "the models find nothing wrong with it")


def read_action(payload: bytes | None) -> Action | Refusal:
    """Read an action, or say why it is none."""
    try:
        text = grammar.check(payload)
        _object.decode(text)
        return Action.model_validate_json(text)
    except grammar.UnreadableError as error:
        return Refusal(error.reason, str(error))
    except UnicodeDecodeError as error:
        return Refusal(Reason.NOT_UTF8, f"{error.reason} at byte {error.start}")
    except msgspec.DecodeError as error:
        return _not_an_object(error, payload or b"")
    except ValidationError as error:
        return _worst(error)
