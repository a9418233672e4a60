"""The GROUNDSWELL_ variables: which there can be, and what those that are there set.

`GROUNDSWELL_KAFKA__BROKERS` sets kafka.brokers: two underscores for the dot, in any case. Lists and
tables are JSON; a whole section (`GROUNDSWELL_KAFKA`) may be given as JSON too.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from streams.settings.failure import SettingsError, shown, together
from streams.settings.model import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PREFIX: Final = "GROUNDSWELL_"
_BETWEEN: Final = "__"
_PAGE: Final = "docs/settings.md lists what there is"

Names = tuple[str, ...]
"""A setting by its names from the outside in: kafka, brokers."""


class Variable(NamedTuple):
    """A variable that is set: its name as it stands there, what it sets, and to which value."""

    name: str
    path: Names
    value: Any


def variables(environment: Mapping[str, str]) -> list[Variable]:
    """Give our variables, those of whole sections first: a narrower one comes before a wider.

    Raises:
        SettingsError: one sets nothing that there is, stands there twice, or is not JSON where it
            must be; the message quotes no value.
    """
    found: dict[Names, Variable] = {}
    names = [name for name in environment if name.upper().startswith(PREFIX)]
    problems = []
    for name in names:
        path = tuple(name[len(PREFIX) :].lower().split(_BETWEEN))
        if path in found:
            problems.append(f"{shown(found[path].name)} and {shown(name)} are the same setting")
            continue
        try:
            value = _value(name, environment[name], _annotation(name, path))
        except SettingsError as error:
            problems.append(str(error))
        else:
            found[path] = Variable(name, path, value)
    if problems:
        raise SettingsError(together(problems))
    return sorted(found.values(), key=lambda variable: len(variable.path))


def name_of(path: Iterable[str]) -> str:
    """Name the variable that sets something."""
    return PREFIX + _BETWEEN.join(path).upper()


def leaves(model: type[BaseModel] = Settings, above: Names = ()) -> Iterator[Names]:
    """Yield every setting that there is."""
    for name, field in model.model_fields.items():
        annotation: Any = field.annotation
        if is_part(annotation):
            yield from leaves(annotation, (*above, name))
        else:
            yield (*above, name)


def is_part(annotation: Any) -> bool:  # noqa: ANN401 (a type of any kind)
    """Tell whether a setting is a section with settings of its own."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _annotation(name: str, path: Names) -> Any:  # noqa: ANN401
    """Give the type of what a variable sets."""
    annotation: Any = Settings
    for depth, part in enumerate(path):
        if is_part(annotation) and part in annotation.model_fields:
            annotation = annotation.model_fields[part].annotation
        elif get_origin(annotation) is dict and part and _goes_on(annotation, path, depth):
            keys, annotation = get_args(annotation)
            if keys is str and path[:depth] == ("detect", "opening"):
                whole = name_of(path[:depth])
                raise SettingsError(
                    f"{name}: names of segments have upper and lower case, variables have not:"
                    f' set {whole} to JSON, as {{"Gold": 1200}}'
                )
        else:
            raise SettingsError(f"{shown(name)} sets nothing; {_likely(path)}")
    return annotation


def _goes_on(annotation: Any, path: Names, depth: int) -> bool:  # noqa: ANN401
    """Tell whether a variable may name something inside of a table: the last of its names may.

    Others may where the table has sections: `GROUNDSWELL_NOTIFY__RECEIVERS__DESK__SECRET`.
    """
    return depth == len(path) - 1 or is_part(get_args(annotation)[1])


def _likely(path: Names) -> str:
    """Say which variable was perhaps meant."""
    word = "_".join(part for part in path if part)
    forms = {"_".join(known): known for known in leaves()}
    lasts = {known[-1]: known for known in reversed(list(leaves()))}
    for names, cutoff in ((forms, 0.75), (lasts, 0.75)):
        if close := difflib.get_close_matches(word, names, n=2, cutoff=cutoff):
            return "did you mean " + " or ".join(name_of(names[one]) for one in close) + "?"
    return _PAGE


def _value(name: str, text: str, annotation: Any) -> Any:  # noqa: ANN401
    """Read JSON where a setting is a list, a table or a section; other values are text."""
    listed = get_origin(annotation) in {dict, tuple}
    if not (listed or is_part(annotation)):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if get_origin(annotation) is tuple:
        if not isinstance(value, list):
            raise SettingsError(f'{name} must be a list in JSON, as ["complaints"]')
    elif not isinstance(value, dict):
        raise SettingsError(f'{name} must be a table in JSON, as {{"name": 1}}')
    return value
