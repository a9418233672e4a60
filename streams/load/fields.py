"""The fields of a topic by the contract, in the terms a loader needs."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from annotated_types import Le, MaxLen
from pydantic import AwareDatetime

from schemas.events import Event
from schemas.fields import MAX_MONEY
from schemas.topics import SOURCES
from streams.load.errors import LoadError
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import Iterator

TIME = "occurred_at"
KEY = "customer_id"
ID = "event_id"
CURRENCY = "currency"

Kind = Literal["text", "int", "bool", "time", "money", "list", "object"]
"""`list`: of texts; `object`: an event inside another."""


class Field(NamedTuple):
    """A field of an event: what its cells become, and the words it is limited to, if any.

    `longest` is the number of characters that a text may have; None: no bound.
    """

    name: str
    kind: Kind
    required: bool
    words: tuple[str, ...]
    longest: int | None


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
        notes = [*info.metadata, *_notes(info.annotation)]
        bounds = [note.max_length for note in notes if isinstance(note, MaxLen)]
        fields[name] = Field(
            name,
            _kind(types, notes),
            info.is_required(),
            tuple(t for t in types if isinstance(t, str)),
            min(bounds, default=None),
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


def _notes(annotation: Any) -> Iterator[object]:  # noqa: ANN401
    """Yield what is noted on the parts of an annotation, such as a greatest length."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *notes = get_args(annotation)
        for note in notes:
            yield from getattr(note, "metadata", None) or [note]
        yield from _notes(inner)
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from _notes(part)


def _kind(types: list[Any], notes: list[object]) -> Kind:
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
            money = any(isinstance(note, Le) and note.le == MAX_MONEY for note in notes)
            return "money" if money else "int"
    return "text"
