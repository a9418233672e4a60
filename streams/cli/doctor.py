"""groundswell doctor: what could keep Groundswell from working here, and what to do about it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer
from aiokafka.errors import KafkaConnectionError, KafkaError
from rich.markup import escape

from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.terminal import err, hanging, out, read_settings, telling

if TYPE_CHECKING:
    from streams.cli.checks import Finding
    from streams.settings import Settings

_MARKS: Final = {"ok": "[green]ok  [/]", "warn": "[yellow]warn[/]", "fail": "[bold red]fail[/]"}
_SECONDS: Final = 120


def doctor(
    clock: Annotated[  # noqa: FBT002 (a flag of the command line)
        bool,
        typer.Option(
            "--clock/--no-clock",
            help="Compare our clock with the broker's; makes a topic for one message.",
        ),
    ] = True,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Check what a worker needs; every line says what to do. Status 1 if something fails."""
    using = read_settings(settings, brokers)
    with telling(using):
        findings = asyncio.run(_examine(using, clock=clock))
    worst = {finding.level for finding in findings}
    if "fail" in worst:
        raise typer.Exit(1)


async def _examine(settings: Settings, *, clock: bool) -> list[Finding]:
    from streams.cli import (  # noqa: PLC0415 (takes a while to import)
        checks,
        reader_checks,
        receiver_checks,
        route_checks,
        source_checks,
    )
    from streams.transport.client.admin import Admin  # noqa: PLC0415
    from streams.transport.client.broker_probe import HangsUpError, words  # noqa: PLC0415
    from streams.transport.failure import WorkerFailedError  # noqa: PLC0415

    findings: list[Finding] = []

    def tell(*found: Finding) -> None:
        for finding in found:
            findings.append(finding)
            head = f"{_MARKS[finding.level]}  {finding.what:<11} "
            hanging(out, head, escape(finding.text))

    tell(*checks.packages())
    tell(*route_checks.routes(settings, int(time.time())))
    tell(*receiver_checks.receivers(settings))
    try:
        async with asyncio.timeout(_SECONDS), Admin(settings.kafka) as cluster:
            for check in (*checks.CHECKS, *source_checks.CHECKS, *reader_checks.CHECKS):
                try:
                    tell(*await check(settings, cluster))
                except KafkaError as error:
                    tell(checks.refused(check, error))
            if clock:
                tell(await checks.clock(settings, cluster))
    except HangsUpError as error:
        tell(checks.Finding("fail", "broker", f"none takes us: {words(error)}"))
    except KafkaConnectionError as error:
        tell(checks.unreachable(settings, words(error)))
    except WorkerFailedError as error:
        tell(checks.Finding("fail", "broker", str(error)))
    except TimeoutError:
        err.print(
            f"[red]gave up after {_SECONDS} s: the broker accepts connections and is silent[/]"
        )
        raise typer.Exit(1) from None
    return findings
