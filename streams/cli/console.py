"""`groundswell console`: pages and an API over the public topics."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from streams import logs
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.terminal import fail, out, read_settings

if TYPE_CHECKING:
    from streams.settings import Settings

ROLES = ("viewer", "frontline", "responder", "leader", "admin")


def console(
    *,
    new_token: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Make a token for somebody and say what to set; serve nothing."
        ),
    ] = None,
    role: Annotated[str, typer.Option(help=f"What they may do: {', '.join(ROLES)}.")] = "viewer",
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="HTTP port.")] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Show the numbers, the incidents and the customers as pages, and let people act on them.

    It reads the public topics only; the worker goes on without it.
    """
    try:
        from streams.console import serve  # noqa: PLC0415 -- not for every command
    except ModuleNotFoundError as error:
        fail(f"{error.name} is not installed: pip install 'groundswell[console]'")
    if new_token is not None:
        _new_token(new_token, role)
        return
    using = read_settings(settings, brokers)
    if port is not None:
        using = _with_port(using, port)
    logs.configure()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        serve.serve(using, _began)
    except serve.ConsoleError as error:
        fail(str(error))
    # Threads that wait for what does not come any more would be waited for, or abort.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def _with_port(using: Settings, port: int) -> Settings:
    own = using.console.model_copy(update={"port": port})
    return using.model_copy(update={"console": own})


def _began(address: str, token: str | None) -> None:
    out.print(f"The console is at {address}", highlight=False, soft_wrap=True)
    if token is not None:
        out.print(
            f"No tokens are set, and others can reach it: come in with {token}\n"
            "(for as long as it runs; groundswell console --new-token makes lasting ones)",
            highlight=False,
            soft_wrap=True,
        )


def _new_token(name: str, role: str) -> None:
    from streams.console.sessions import new_token  # noqa: PLC0415

    if role not in ROLES:
        fail(f"--role {role!r} is none: {', '.join(ROLES)}")
    token, digest = new_token()
    out.print(f"Their token, which stands nowhere else: {token}", soft_wrap=True, markup=False)
    out.print("In the settings file:", markup=False)
    lines = f'[[console.tokens]]\nname = {json.dumps(name)}\nrole = "{role}"\nsha256 = "{digest}"'
    out.print(lines, markup=False, soft_wrap=True)
