"""A setting that is tried: any setting by its dotted path, and the first stage that it concerns."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from streams.load.errors import LoadError
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.settings import Settings

Overrides = dict[str, Any]
"""Values of settings by dotted path: `{"detect.budget": 2.0}`."""

PARTS: Final = ("tables", "detect")
"""The parts of the settings that decide which alerts there are."""


class Stage(IntEnum):
    """The stages, in the order in which a history meets them."""

    FOLD = 0
    SERIES = 1
    INCIDENTS = 2


_OF_INCIDENTS: Final = frozenset({"detect.budget", "detect.runbook", "detect.stale_after"})


def first_stage(overrides: Overrides) -> Stage:
    """Give the first stage that must be run again for these settings.

    What is not known to leave a stage as it was makes it run again: that costs time, no truth.
    """

    def stage(path: str) -> Stage:
        if path in _OF_INCIDENTS:
            return Stage.INCIDENTS
        return Stage.SERIES if path.startswith("detect.") else Stage.FOLD

    return min(map(stage, overrides), default=Stage.INCIDENTS)


def parse(text: str) -> Overrides:
    """Read `detect.budget=2`; the value is JSON, or else the text itself.

    Raises:
        LoadError: there is no path, or no value.
    """
    path, equals, value = text.partition("=")
    if not (path.strip() and equals):
        raise LoadError(f"--try {text!r}: write a setting and a value, as detect.budget=2")
    try:
        return {path.strip(): json.loads(value)}
    except (ValueError, RecursionError):
        return {path.strip(): value}


def value_of(settings: Settings, path: str) -> object:
    """Give the value that a setting has.

    Raises:
        LoadError: there is no such setting, or it decides nothing in a backtest.
    """
    found: object = settings
    for depth, name in enumerate(_split(path)):
        if isinstance(found, BaseModel) and name in type(found).model_fields:
            found = getattr(found, name)
        elif isinstance(found, dict) and name in found:
            found = found[name]
        elif isinstance(found, dict) and depth == len(_split(path)) - 1:
            return None
        else:
            raise _unknown(path, found)
    return found


def apply(settings: Settings, overrides: Overrides) -> Settings:
    """Give the settings with these values.

    Raises:
        LoadError: there is no such setting, it decides nothing in a backtest, or the value is none.
    """
    for path, value in overrides.items():
        value_of(settings, path)
        part, *rest = _split(path)
        model = getattr(settings, part)
        data = _with(model.model_dump(mode="python"), rest, value)
        try:
            changed = type(model).model_validate(data)
        except ValidationError as error:
            problem = error.errors()[0]
            raise LoadError(f"{path}={value!r}: {problem['msg']}") from error
        settings = settings.model_copy(update={part: changed})
    return settings


def written(overrides: Overrides) -> str:
    """Write settings as the command line takes them: `detect.budget=2`."""
    return ", ".join(f"{path}={shown(value)}" for path, value in overrides.items())


def shown(value: object) -> str:
    """Write one value."""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _split(path: str) -> list[str]:
    names = path.split(".")
    if names[0] not in PARTS or len(names) == 1:
        raise LoadError(
            f"{path} decides nothing in a backtest: settings that do begin with"
            f" {' or '.join(f'{part}.' for part in PARTS)}"
        )
    return names


def _with(data: Mapping[str, Any], path: list[str], value: object) -> dict[str, Any]:
    first, *rest = path
    return {**data, first: _with(data[first], rest, value) if rest else value}


def _unknown(path: str, found: object) -> LoadError:
    known = list(type(found).model_fields) if isinstance(found, BaseModel) else []
    if isinstance(found, dict):
        known = [str(name) for name in found]
    word = path.rpartition(".")[2]
    return LoadError(f"there is no setting {path}; {near(word, known)}")
