"""Reading the settings, once: the environment before the file before the defaults."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

from pydantic import ValidationError

from streams.naming import near
from streams.settings import environment, fit
from streams.settings.failure import SettingsError, shown, together
from streams.settings.model import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from streams.settings.environment import Variable

__all__ = ["SettingsError", "check_environment", "load"]

LARGEST: Final = 2**20
"""Bytes of a settings file at most."""
_WORDS: Final = {
    "missing": "it is needed",
    "tuple_type": "Input should be a list",
    "dict_type": "Input should be a table",
    "model_type": "Input should be a table",
    "path_type": "Input should be the name of a file",
    "timezone_aware": "write a time with its offset, as 2016-01-01T00:00:00Z",
}
"""What is said by the kind of a problem, where pydantic has words of Python for it."""


def load(file: Path | None = None, brokers: str | None = None) -> Settings:
    """Read the settings from `file` (TOML) and the environment; `brokers` comes before both.

    Raises:
        SettingsError: the file cannot be read, or a setting is not known, out of range, or of no
            use beside the others. The message is one line, names the setting and the one that
            was perhaps meant, and never quotes the value of one.
    """
    settings = _settings(file, brokers)
    fit.check(settings.kafka)
    return settings


def check_environment() -> None:
    """Check the variables of a command that uses none of them.

    They may be half of what a settings file completes, so each is looked at by itself.

    Raises:
        SettingsError: one of them is not known or out of range.
    """
    _settings(None, None)


def _settings(file: Path | None, brokers: str | None) -> Settings:
    values = {} if file is None else _read(file)
    variables = environment.variables(os.environ)
    for variable in variables:
        values = _merged(values, _nested(variable.path, variable.value))
    if brokers is not None:
        values = _merged(values, _nested(("kafka", "brokers"), brokers))
        variables = [one for one in variables if one.path != ("kafka", "brokers")]
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        lines = [_line(problem, file, brokers, variables) for problem in problems]
    # Outside of the handler: what pydantic says of its own accord must not come along.
    raise SettingsError(together(lines))


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
        text = content.decode("utf-8-sig")  # some editors put a mark at the beginning
    except FileNotFoundError:
        raise SettingsError(
            f"settings file {file} is not there; leave --settings out to use the defaults and"
            " GROUNDSWELL_ variables"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"settings file {file} is not TOML: it is not UTF-8") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"settings file {file} cannot be read: {why}") from None
    if len(content) > LARGEST:
        raise SettingsError(f"settings file {file} is larger than {LARGEST // 2**20} MiB")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why = str(error)
    except (ValueError, RecursionError):
        why = "a number is too long, or lists stand in each other too deep"
    raise SettingsError(f"settings file {file} is not TOML: {why}")


def _nested(path: Iterable[str], value: Any) -> dict[str, Any]:  # noqa: ANN401
    for name in reversed(tuple(path)):
        value = {name: value}
    return value  # type: ignore[no-any-return]


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay tables over each other, name by name."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        if isinstance(under, dict) and isinstance(value, dict):
            merged[name] = _merged(under, value)
        else:
            merged[name] = value
    return merged


def _line(
    problem: ErrorDetails, file: Path | None, brokers: str | None, variables: list[Variable]
) -> str:
    """Put a problem into words, with where the value came from."""
    path = tuple(str(part) for part in problem["loc"])
    where = _origin(path, file, brokers, variables)
    name = shown(".".join(part for part in path if part != "[key]"))
    if problem["type"] == "extra_forbidden":
        return f"{where}there is no setting {name}; {_likely(path)}"
    why = _WORDS.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    why = " ".join(why.split())
    return f"{where}{name}: {why}"


def _origin(
    path: tuple[str, ...], file: Path | None, brokers: str | None, variables: list[Variable]
) -> str:
    if brokers is not None and path == ("kafka", "brokers"):
        return "--brokers: "
    for variable in reversed(variables):  # the narrowest first
        if path[: len(variable.path)] == variable.path:
            return f"{variable.name}: "
    if file is not None:
        return f"settings file {file}: "
    named = [one.name for one in variables if one.path[: len(path)] == path]  # of a whole section
    return f"{' and '.join(named)}: " if named else ""


def _section(path: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Give the model of a section, in a list or table of sections too."""
    known: Any = Settings
    for part in path:
        if environment.is_part(known):
            known = known.model_fields[part].annotation
        elif part != "[key]":  # a name in a table, or a place in a list
            parts = get_args(known)
            known = parts[0] if get_origin(known) is tuple else parts[1]
    return known


def _likely(path: tuple[str, ...]) -> str:
    """Say which setting was perhaps meant: one beside it, or one of that name elsewhere."""
    known = _section(path[:-1])
    beside = near(path[-1], known.model_fields)
    elsewhere = [".".join(leaf) for leaf in environment.leaves() if leaf[-1] == path[-1]]
    if elsewhere and not beside.startswith("did you mean"):
        return "did you mean " + " or ".join(map(repr, elsewhere)) + "?"
    return beside
