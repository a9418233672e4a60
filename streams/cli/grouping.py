"""Options that several commands have, declared once: a dataclass whose fields are the options."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that Typer reads, each dataclass among its parameters taken apart.

    In the place of such a parameter stand the fields of the dataclass, by their names and defaults;
    the command itself is handed the dataclass, made of them. All parameters are named ones.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    @wraps(command)
    def taken_apart(**options: Any) -> None:  # noqa: ANN401 (whatever the options are)
        for name, group in groups.items():
            options[name] = group(**{own.name: options.pop(own.name) for own in fields(group)})
        command(**options)

    parameters = list(_parameters(command, hints, groups))
    taken_apart.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    taken_apart.__annotations__ = {one.name: one.annotation for one in parameters}
    return taken_apart


def _parameters(
    command: Callable[..., None], hints: dict[str, Any], groups: dict[str, Any]
) -> Iterator[Parameter]:
    for name, parameter in signature(command).parameters.items():
        if name not in groups:
            yield Parameter(
                name, Parameter.KEYWORD_ONLY, default=parameter.default, annotation=hints[name]
            )
            continue
        own_hints = get_type_hints(groups[name], include_extras=True)
        for own in fields(groups[name]):
            yield Parameter(
                own.name,
                Parameter.KEYWORD_ONLY,
                default=_default(own),
                annotation=own_hints[own.name],
            )


def _default(own: Field[Any]) -> object:
    if own.default_factory is not MISSING:
        return own.default_factory()
    return Parameter.empty if own.default is MISSING else own.default
