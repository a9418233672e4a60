"""The command `groundswell`: each subcommand stands in a file of its own."""

from __future__ import annotations

import errno
import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

if TYPE_CHECKING:
    from typer.models import CommandInfo, TyperInfo

COMMANDS: Final = {
    "backtest": "Judge the alerts that a history would have raised; needs no Kafka.",
    "console": "Show the numbers, the incidents and the customers as pages, and let"
    " people act on them.",
    "customer": "Tell one customer's story: what it is and is worth now, and how that came about.",
    "doctor": "Check what a worker needs; every line says what to do. Status 1 if something fails.",
    "forget": "Remove a customer from what Groundswell writes, and say what stays where"
    " and until when.",
    "load": "Send the rows of a file to a source topic, as events in order of their time.",
    "notify": "Tell people of incidents by mail, chat, webhook or Alertmanager, as the routes say.",
    "periods": "Show customers in and customers out of a period, with the period before"
    " and a year ago.",
    "replay": "Show which alerts a file of history would have raised; needs no Kafka.",
    "review": "Say who left in a month or quarter, why, whom to call, and what came of"
    " the last review.",
    "schema": "Write JSON Schemas of every topic and of a backtest, and an AsyncAPI 3 document.",
    "simulate": "Make up a company: its events as files, and the true numbers of every period.",
    "tail": "Follow alerts, metrics, refused or late events; Ctrl-C ends it.",
    "tiers": "Propose thresholds for value tiers by what customers bring in a year.",
    "topics": "List the topics of Groundswell; with --create, make those that are missing.",
    "verify": "Hold what was reported of a simulated company against the truth; status 1"
    " if any differs.",
    "worker": "Read the source topics, keep the tables and raise alerts; run as many as you like.",
    "demo": "Play nine months of complaints through a worker and show what it makes of them.",
}
"""Each is a function of its name, in a module of it; its docstring begins with this line."""
GROUPS: Final = {
    "alerts": "Incidents: what is open, the story of one, and what people do about it.",
    "deadletter": "Refused events: what they are, out to a file to correct, and back to"
    " their topics.",
    "labels": "The names that events carry, and which of them are one.",
    "routes": "Routes: who is told of what, when and why.",
}
"""Groups of commands: each is the `app` of a module of its name, with this help."""
MODULES: Final = {"alerts": "alerts_cmd", "routes": "routes_cmd", "topics": "topics_cmd"}
"""The modules of another name."""

_INTERRUPTED: Final = 130
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _no_room(error: OSError) -> NoReturn:
    """Say that nothing more can be written, and leave without trying again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python does at its end
    what = error.filename or "what is printed"
    typer.echo(f"error: {what} cannot be written: {error.strerror}; make room first", err=True)
    sys.exit(1)


def _nothing() -> None:
    """Stand for what is not imported."""


class Commands(typer.Typer):
    """All commands; their modules are imported when somebody looks at them.

    To import them all takes most of a second, and 13 MB of a worker that never needs them. So where
    the first word of a call names a command, it is the only one there is; and where there is none,
    but an option, none is imported: all that can be shown is the table above.
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
        before = self._later, self._known, self._groups
        if first in self._later:
            self._later = [first]
        elif first is None or first.startswith("-"):
            self._show()
        try:
            return super().__call__(*args, **options)
        except KeyboardInterrupt:  # while a command is imported
            sys.exit(_INTERRUPTED)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            _no_room(error)
        finally:
            self._later, self._known, self._groups = before

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

    def _show(self) -> None:
        """Have all commands by their names and lines alone."""
        self._later, self._known, self._groups = [], [], []
        for name, line in COMMANDS.items():
            self.command(name, help=line)(_nothing)
        for name, line in GROUPS.items():
            self.add_typer(typer.Typer(help=line, callback=_nothing), name=name)

    def _import(self) -> None:
        later, self._later = self._later, []
        gc.disable()  # what modules are made of stays, and to look through it takes a quarter more
        try:
            for name in later:
                module = import_module(f"streams.cli.{MODULES.get(name, name)}")
                if name in GROUPS:
                    self.add_typer(module.app, name=name)
                else:
                    self.command(name)(getattr(module, name))
        finally:
            gc.freeze()
            gc.enable()


app = Commands(
    name="groundswell",
    help="Tells a company, within minutes, that its customers are turning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # secrets may be among them
)


def _version(asked: bool) -> None:  # noqa: FBT001 (Typer calls it so)
    if asked:
        from importlib.metadata import version as version_of  # noqa: PLC0415 - 20 ms of each call

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
