"""msgspec Structs made from the pydantic models, so that a constraint is never written twice.

msgspec decodes and checks an event in a tenth of the time; pydantic explains and documents.
"""

from __future__ import annotations

import types
from datetime import datetime
from itertools import product
from string import ascii_uppercase
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    NewType,
    Union,
    get_args,
    get_origin,
)

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AwareDatetime, BeforeValidator
from pydantic.fields import FieldInfo

from schemas.events.base import Event
from schemas.fields import Inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import BaseModel

_BOUNDS: Final[dict[type, str]] = {MinLen: "min_length", MaxLen: "max_length", Ge: "ge", Le: "le"}
_TABLES: Final[dict[str, Any]] = {
    "^[A-Z]{3}$": NewType(
        "Currency", Literal[tuple(map("".join, product(ascii_uppercase, repeat=3)))]
    )
}
"""Patterns that a look-up among all they match decides six times faster than the expression.

Each is a type with a name, which is hashed and looked through as one: the 17,576 words of the
literal, again and again, took 27 ms of CPU of every command that starts.
"""

_UNIONS: Final = (Union, types.UnionType)


def _constraints(metadata: Iterable[object]) -> dict[str, Any]:
    """Turn what pydantic notes on a field into the arguments of `msgspec.Meta`.

    Raises:
        TypeError: a kind of constraint that has no counterpart here, so that none gets lost.
    """
    found: dict[str, Any] = {}
    for item in metadata:
        if isinstance(item, FieldInfo):
            found |= _constraints(item.metadata)
        elif (name := _BOUNDS.get(type(item))) is not None:
            found[name] = getattr(item, name)
        elif (pattern := getattr(item, "pattern", None)) is not None:
            found["pattern"] = pattern
        elif not isinstance(item, BeforeValidator):  # it is the one of Instant, see below
            raise TypeError(f"no msgspec counterpart for {item!r}")
    return found


def strict_type(
    annotation: Any,  # noqa: ANN401  there is no name for the type of a type expression
    metadata: Iterable[object] = (),
) -> Any:  # noqa: ANN401
    """Give the type by which msgspec accepts exactly what pydantic accepts for `annotation`.

    An event inside another is any object for now: what it must be, another field tells.

    Raises:
        TypeError: a type or a constraint that this contract does not use yet.
    """
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        return strict_type(inner, (*notes, *metadata))
    if get_origin(annotation) in _UNIONS:
        if any(True for _ in metadata):
            raise TypeError(f"a constraint on the whole of {annotation!r}: put it on a member")
        return Union[tuple(strict_type(member) for member in get_args(annotation))]  # noqa: UP007
    if any(isinstance(note, Inside) for note in metadata):
        return dict[str, msgspec.Raw]
    return _single(annotation, metadata)


def _single(annotation: Any, metadata: Iterable[object]) -> Any:  # noqa: ANN401
    """Give the type of a value that is of one kind."""
    if get_origin(annotation) is Literal or annotation in (bool, type(None)):
        return annotation
    if get_origin(annotation) is list:
        items: Any = strict_type(*get_args(annotation))
        return Annotated[list[items], msgspec.Meta(**_constraints(metadata))]
    if annotation is AwareDatetime:
        _constraints(metadata)
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if annotation in (str, int):
        constraints = _constraints(metadata)
        if (table := _TABLES.get(constraints.get("pattern", ""))) is not None:
            return table
        return Annotated[annotation, msgspec.Meta(**constraints)] if constraints else annotation
    raise TypeError(f"no msgspec counterpart for {annotation!r}")


def _default(field: FieldInfo) -> tuple[Any, ...]:
    return () if field.is_required() else (field.default,)


def reader(model: type[BaseModel], *, whole: bool = True) -> type[msgspec.Struct]:
    """Make the Struct that decodes events of `model`, with all its constraints.

    Its attributes are the model's fields; `occurred_at` is a datetime with its offset. Where it is
    not `whole`, fields are not held against each other.
    """
    settle = _settling(model) if whole else None
    return msgspec.defstruct(
        model.__name__,
        [
            (name, strict_type(field.annotation, field.metadata), *_default(field))
            for name, field in model.model_fields.items()
        ],
        namespace={"__post_init__": settle} if settle else None,
        kw_only=True,
        frozen=True,
        gc=False,  # strings, numbers and times: no cycles for the collector to look for
    )


def _settling(model: type[BaseModel]) -> Callable[[Any], None] | None:
    """Make what `model` does once all fields are read; None where it does nothing."""
    if not issubclass(model, Event) or not (model.rules or model.fallbacks):
        return None
    rules, fallbacks = model.rules, model.fallbacks

    def settle(event: Any) -> None:  # noqa: ANN401 (a Struct with the fields of the model)
        for rule in rules:
            if flaw := rule(event):
                raise ValueError(f"{flaw.field}: {flaw.message}")
        for name, value_of in fallbacks.items():
            if getattr(event, name) is None:
                msgspec.structs.force_setattr(event, name, value_of(event))

    return settle


def inside(model: type[BaseModel]) -> list[str]:
    """Name the fields of `model` that hold an event of another topic."""
    return [name for name, field in model.model_fields.items() if _is_inside(field)]


def _is_inside(field: FieldInfo) -> bool:
    notes = [*field.metadata]
    for member in get_args(field.annotation):
        notes += get_args(member)
    return any(isinstance(note, Inside) for note in notes)


def apart(model: type[BaseModel]) -> type[msgspec.Struct]:
    """Make the Struct that reads the events inside an event of `model` as the bytes they are."""
    return msgspec.defstruct(
        model.__name__,
        [(name, msgspec.Raw, msgspec.Raw(b"null")) for name in inside(model)],
        kw_only=True,
        gc=False,
    )


def loose(model: type[BaseModel]) -> type[msgspec.Struct]:
    """Make the Struct that reads the same JSON and leaves every field as it finds it, or UNSET."""
    raw = inside(model)
    return msgspec.defstruct(
        model.__name__,
        [(name, msgspec.Raw if name in raw else Any, msgspec.UNSET) for name in model.model_fields],
        kw_only=True,
        gc=False,
    )


def writer(model: type[BaseModel]) -> type[msgspec.Struct]:
    """Make the Struct that encodes rows of `model`, fields in the model's order, unchecked."""
    return msgspec.defstruct(
        model.__name__,
        [(name, Any, *_default(field)) for name, field in model.model_fields.items()],
        kw_only=True,
        gc=False,
    )
