"""Optional fields that are not as they should be: put right, or dropped, so that the event counts.

A text that is too long is cut, an unknown word of a list or a value of another type becomes null,
and a currency in lower case is written in upper case. Models and decoders both do this, and what
was done is counted by its words: `severity: urgent`. Names of customers and events are never
touched.
"""

from __future__ import annotations

import types
from functools import lru_cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
)

from annotated_types import Ge, Le, MaxLen, MinLen

from schemas.fields import MAX_MONEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pydantic import BaseModel

    Mend = Callable[[Any], "Mended | None"]

_CURRENCY: Final = "^[A-Z]{3}$"
_LONGEST_WORD: Final = 30
_IDENTIFIER: Final = 128
"""Characters of an identifier at most: what has that bound names somebody."""
_UNIONS: Final = (Union, types.UnionType)


class Mended(NamedTuple):
    """What stands in the place of a value, and what was done."""

    value: Any
    what: str


def mend(model: type[BaseModel], fields: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of an event with those put right that can be; those not there stay so."""
    found = {
        name: mended.value
        for name, rule in rules(model).items()
        if name in fields and (mended := rule(fields[name])) is not None
    }
    return fields | found if found else fields


def notes(model: type[BaseModel], fields: Mapping[str, Any]) -> Iterator[str]:
    """Say what `mend` does to these fields: the field, and the word or the fault in it."""
    for name, rule in rules(model).items():
        if name in fields and (mended := rule(fields[name])) is not None:
            yield f"{name}: {mended.what}"


@lru_cache(maxsize=64)
def rules(model: type[BaseModel]) -> Mapping[str, Mend]:
    """Give what puts right each field of a model that may be put right."""
    found: dict[str, Mend] = {}
    for name, field in model.model_fields.items():
        members, nullable = _members(field.annotation)
        if len(members) != 1:
            continue
        kind, constraints = _kind(members[0], field.metadata)
        if any(getattr(one, "pattern", None) == _CURRENCY for one in constraints):
            found[name] = _currency
        elif nullable and not name.endswith("_id") and (rule := _rule(kind, constraints)):
            found[name] = rule
    return found


def _members(annotation: Any) -> tuple[list[Any], bool]:  # noqa: ANN401 (a type expression)
    if get_origin(annotation) not in _UNIONS:
        return [annotation], False
    members = [one for one in get_args(annotation) if one is not types.NoneType]
    return members, len(members) < len(get_args(annotation))


def _kind(annotation: Any, metadata: Iterable[Any]) -> tuple[Any, list[Any]]:  # noqa: ANN401
    """Take a type and its constraints apart."""
    constraints = list(metadata)
    while get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        constraints += inner
    flat: list[Any] = []
    for one in constraints:
        flat += getattr(one, "metadata", None) or [one]
    return annotation, flat


def _rule(kind: Any, constraints: list[Any]) -> Mend | None:  # noqa: ANN401
    if get_origin(kind) is Literal:
        return _one_of(tuple(word for word in get_args(kind) if isinstance(word, str)))
    if kind is str:
        longest = min(
            (one.max_length for one in constraints if isinstance(one, MaxLen)), default=None
        )
        least = max((one.min_length for one in constraints if isinstance(one, MinLen)), default=0)
        return None if longest == _IDENTIFIER else _text(longest, least)
    if kind is bool:
        return lambda value: (
            None if value is None or isinstance(value, bool) else _no("true or false")
        )
    if kind is int and not any(isinstance(one, Le) and one.le == MAX_MONEY for one in constraints):
        low = max((_whole(one.ge) for one in constraints if isinstance(one, Ge)), default=None)
        high = min((_whole(one.le) for one in constraints if isinstance(one, Le)), default=None)
        return _number(low, high)
    return None


def _whole(bound: object) -> int:
    assert isinstance(bound, int)  # noqa: S101 (the bound of a whole number)
    return bound


def _no(what: str) -> Mended:
    return Mended(None, f"not {what}")


def _currency(value: Any) -> Mended | None:  # noqa: ANN401
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha():  # noqa: PLR2004
        return None if value.isupper() else Mended(value.upper(), "in lower case")
    return None


def _one_of(words: tuple[str, ...]) -> Mend:
    def rule(value: Any) -> Mended | None:  # noqa: ANN401
        if value is None or value in words:
            return None
        if not isinstance(value, str):
            return _no("text")
        if (lower := value.strip().lower()) in words:
            return Mended(lower, "in another case")
        # Bounded, and free of what may be personal: it becomes the label of a metric.
        plain = len(lower) <= _LONGEST_WORD and lower.replace(" ", "").replace("_", "").isalpha()
        return Mended(None, lower if plain else "no word")

    return rule


def _text(longest: int | None, least: int) -> Mend:
    def rule(value: Any) -> Mended | None:  # noqa: ANN401
        if value is None:
            return None
        if not isinstance(value, str):
            return _no("text")
        if longest is not None and len(value) > longest:
            return Mended(value[:longest], f"cut to {longest:,} characters")
        return Mended(None, "empty") if len(value) < least else None

    return rule


def _number(low: int | None, high: int | None) -> Mend:
    def rule(value: Any) -> Mended | None:  # noqa: ANN401
        if value is None:
            return None
        if type(value) is not int:
            return _no("a whole number")
        within = (low is None or value >= low) and (high is None or value <= high)
        return None if within else Mended(None, "out of range")

    return rule
