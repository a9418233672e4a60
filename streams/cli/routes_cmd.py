"""groundswell routes: who would be told of an incident, when, by which way and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.markup import escape

from schemas.alerts import AlertSeverity  # noqa: TC001 (typer reads the annotations)
from schemas.metrics import Metric  # noqa: TC001
from streams.cli import options as opt  # noqa: TC001
from streams.cli.incident_actions import instant, known, the_one
from streams.cli.terminal import fail, out, read_settings, telling
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.notify import trial
from streams.core.notify.duty import Duty
from streams.core.notify.ical import CalendarError
from streams.settings.rotas import Calendars

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streams.core.notify.duty import Target
    from streams.core.notify.notification import Notification
    from streams.settings import Settings

app = typer.Typer(
    name="routes",
    help="Routes: who is told of what, when and why.",
    no_args_is_help=True,
)

LASTING: Final = 2 * DAY
"""Wall seconds after a message in which it is looked what follows."""
_FIRST, _LAST = 1970, 9998  # years that records may name, and a zone's clock after them


@app.callback()
def routes() -> None:
    """Routes: who is told of what, when and why."""


@app.command("test")
def try_(  # noqa: PLR0913, PLR0917 (one argument an option)
    incident: Annotated[
        str | None,
        typer.Argument(help="An incident, by the beginning of its id; else options say what."),
    ] = None,
    label: Annotated[
        list[str],
        typer.Option(
            "--label",
            "-l",
            metavar="LABEL=VALUE",
            help="A label that it has; may come many times.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 (typer reads the default and copies it)
    severity: Annotated[AlertSeverity, typer.Option(help="How severe it is.")] = "warning",
    metric: Annotated[Metric, typer.Option(help="What rises.")] = "complaints",
    customers: Annotated[int | None, typer.Option(help="How many customers are in it.")] = None,
    at_risk: Annotated[
        list[str],
        typer.Option(
            metavar="CURRENCY=AMOUNT",
            help="What they are worth a month, in minor units: USD=500000.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    at: Annotated[str | None, typer.Option(help="At that time, 2026-03-29T02:30Z; now.")] = None,
    hours: Annotated[
        int | None, typer.Option(min=1, max=24 * 31, help="Whom, in each of so many hours.")
    ] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Try the routes: which takes an incident, who is told, and what follows if nobody answers.

    groundswell routes test -l product="Student loan" --severity critical

    groundswell routes test 5b0e8c1f --hours 48

    Nothing is sent, and without an incident no broker is asked.
    """
    using = read_settings(settings, brokers)
    if not using.notify.routes:
        fail("there are no routes: set notify.routes (docs/notify.md)")
    time = datetime.now(UTC) if at is None else instant("--at", at)
    if not _FIRST <= time.year <= _LAST:
        fail(f"--at {at}: write a time from {_FIRST} to {_LAST}")
    wall = int(time.timestamp())
    if incident is not None:
        with telling(using):
            row = the_one(known(using).table, incident)
        fields = msgspec.to_builtins(row)
    else:
        fields = {
            "labels": _pairs("--label", label),
            "severity": severity,
            "metric": metric,
            "customers": customers,
            "value_at_risk": _amounts(at_risk),
        }
    _try(using, trial.made_up(wall, **fields), wall, hours)


def _try(using: Settings, record: bytes, wall: int, hours: int | None) -> None:
    notify, answer_within = using.notify, using.handling.answer_within
    try:
        shifts = Calendars(notify).read(wall)
    except CalendarError as error:
        fail(str(error))
    duty = Duty(notify, shifts)
    zone = notify.zone_of(None)
    out.print(f"at {_time(wall, zone)} {zone}:")
    for one in trial.verdicts(notify, duty, record, wall):
        mark = "[green]takes it[/]" if one.takes else "[dim]passes  [/]"
        out.print(f"  {mark}  {one.route:<16} {escape(one.why)}")
    if hours is not None:
        for stretch in trial.stretches(notify, duty, record, (wall, wall + hours * HOUR)):
            told = "; ".join(f"{name}: {_names(them)}" for name, them in stretch.told) or "no route"
            out.print(f"{_time(stretch.start, zone)} to {_time(stretch.end, zone)}  {escape(told)}")
        return
    out.print("what comes, if nothing more happens:")
    made = trial.course(notify, answer_within, shifts, record, (wall, wall + LASTING))
    for line in _course(made, zone):
        out.print(line)


def _course(made: Sequence[Notification], zone: str) -> Iterator[str]:
    """Yield what would be decided, up to the first repeat: the others are like it."""
    repeated: int | None = None
    said = ""
    for one in made:
        if one.kind == "repeat":
            repeated = one.number if repeated is None else repeated
            if one.number != repeated:
                yield "  and so on, until somebody takes it on"
                return
        what = one.kind if one.reason is None else f"{one.kind}, not sent: {one.reason}"
        to = "nobody" if one.receiver is None else f"{one.receiver} ({one.channel})"
        to += "" if one.person is None else f" of {one.person}"
        by = "" if one.route is None else f", route {one.route}"
        yield f"  {_time(one.decided_at, zone)}  {what} -> {escape(to + by)}"
        # By which route was said above; whose it is, in the line.
        why = one.why.partition(" Route ")[0]
        if why != said:
            yield f"    [dim]{escape(why)}[/]"
        said = why


def _names(targets: Sequence[Target]) -> str:
    named = (
        one.receiver if one.person is None else f"{one.receiver} of {one.person}" for one in targets
    )
    return ", ".join(named) or "nobody has the shift"


def _time(wall: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(wall, UTC).astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


def _pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            fail(f"{option} {text!r} is not NAME=VALUE")
        found[name] = value
    return found


def _amounts(texts: Iterable[str]) -> dict[str, Any] | None:
    found = _pairs("--at-risk", texts)
    for name, value in found.items():
        if not value.isdigit():
            fail(f"--at-risk {name}={value}: write whole minor units, as USD=500000")
    return {name: int(value) for name, value in found.items()} or None
