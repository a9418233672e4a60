"""The fields of a topic by the contract, in the terms a loader needs."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import AwareDatetime

from schemas.events import Event
from schemas.topics import SOURCES
from streams.load.errors import LoadError
from streams.naming import near

TIME = "occurred_at"
KEY = "customer_id"
ID = "event_id"

Kind = Literal["text", "int", "bool", "time", "list", "object"]
"""`list`: of texts; `object`: an event inside another."""


class Field(NamedTuple):
    """A field of an event: what its cells become, and the words it is limited to, if any."""

    name: str
    kind: Kind
    required: bool
    words: tuple[str, ...]


def fields_of(topic: str) -> dict[str, Field]:
    """Give the fields of a source topic by name, in the order of the contract.

    Raises:
        LoadError: there is no such source topic.
    """
    if topic not in SOURCES:
        raise LoadError(f"there is no topic {topic!r}; {near(topic, SOURCES)}")
    model = SOURCES[topic]
    fields = {}
    for name, info in model.model_fields.items():
        types = list(_leaves(info.annotation))
        fields[name] = Field(
            name, _kind(types), info.is_required(), tuple(t for t in types if isinstance(t, str))
        )
    return fields


def _leaves(annotation: Any) -> Any:  # noqa: ANN401 (annotations have no type of their own)
    """Yield the plain types, and the values of literals, that an annotation is made of.

    A list is yielded as such.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _leaves(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from _leaves(part)
    elif origin is Literal:
        yield from get_args(annotation)
    else:
        yield annotation


def _kind(types: list[Any]) -> Kind:
    for part in types:
        if part is AwareDatetime:
            return "time"
        if isinstance(part, type) and issubclass(part, Event):
            return "object"
        if get_origin(part) is list:
            return "list"
        if part is bool or isinstance(part, bool):
            return "bool"
        if part is int or isinstance(part, int):
            return "int"
    return "text"
