"""The command `groundswell`: each subcommand stands in a file of its own."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from typer.models import CommandInfo, TyperInfo

COMMANDS: Final = (
    "backtest",
    "console",
    "customer",
    "doctor",
    "forget",
    "load",
    "notify",
    "periods",
    "replay",
    "review",
    "schema",
    "simulate",
    "tail",
    "tiers",
    "topics",
    "verify",
    "worker",
    "demo",
)
"""Each is a function of its name, in a module of it."""
GROUPS: Final = ("alerts", "deadletter", "labels", "routes")
"""Groups of commands: each is the `app` of a module of its name."""
MODULES: Final = {"alerts": "alerts_cmd", "routes": "routes_cmd", "topics": "topics_cmd"}
"""The modules of another name."""


class Commands(typer.Typer):
    """All commands; their modules are imported when somebody looks at them.

    To import them all takes a fifth of a second, and 13 MB of a worker that never needs them. So
    where the first word of a call names a command, it is the only one there is.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - as Typer has them
        self._later = [*COMMANDS, *GROUPS]
        self._known: list[CommandInfo] = []
        self._groups: list[TyperInfo] = []
        super().__init__(**settings)

    def __call__(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - likewise
        """Run the command that the arguments name; those of the process, if none are given."""
        words = args[0] if args else options.get("args")
        first = next(iter(sys.argv[1:] if words is None else words), None)
        if first in self._later:
            self._later = [first]
        return super().__call__(*args, **options)

    @property
    def registered_commands(self) -> list[CommandInfo]:
        """The commands that are no groups."""
        self._import()
        return self._known

    @registered_commands.setter
    def registered_commands(self, commands: list[CommandInfo]) -> None:
        self._known = commands

    @property
    def registered_groups(self) -> list[TyperInfo]:
        """The groups of commands."""
        self._import()
        return self._groups

    @registered_groups.setter
    def registered_groups(self, groups: list[TyperInfo]) -> None:
        self._groups = groups

    def _import(self) -> None:
        later, self._later = self._later, []
        for name in later:
            module = import_module(f"streams.cli.{MODULES.get(name, name)}")
            if name in GROUPS:
                self.add_typer(module.app, name=name)
            else:
                self.command(name)(getattr(module, name))


app = Commands(
    name="groundswell",
    help="Tells a company, within minutes, that its customers are turning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # secrets may be among them
)


def _version(asked: bool) -> None:  # noqa: FBT001 (Typer calls it so)
    if asked:
        typer.echo(f"groundswell {version_of('groundswell')}")
        raise typer.Exit


@app.callback()
def groundswell(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which release this is.", callback=_version),
    ] = False,
) -> None:
    """Tells a company, within minutes, that its customers are turning."""
    del version
