"""groundswell alerts: what is open, its whole story, and what people do about it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
import typer
from rich.markup import escape

from schemas.actions import Judgement  # noqa: TC001 (typer reads the annotations)
from streams.cli import options as opt  # noqa: TC001
from streams.cli.incident_actions import act, instant, known, me, span, the_one
from streams.cli.incident_lines import SHORT_ID, listed, standing
from streams.cli.incident_silences import Hours, Wish, send_silence
from streams.cli.incident_story import story
from streams.cli.incident_told import Heard, read_notifications
from streams.cli.terminal import fail, out, read_settings, telling

app = typer.Typer(
    name="alerts",
    help="Incidents: what is open, the story of one, and what people do about it.",
    no_args_is_help=True,
)

Incident = Annotated[
    str, typer.Argument(help="Its id, or the beginning of it; that of one of its alerts too.")
]
By = Annotated[str | None, typer.Option(help="Who does it; by default who is logged in here.")]
Note = Annotated[str | None, typer.Option("--note", "-n", help="Why, or what was found.")]

SEVERITIES: Final = ("critical", "warning", "info", "notice")
"""The worst first."""


@app.command("list")
def list_(
    everything: Annotated[  # noqa: FBT002 (a flag of the command line)
        bool, typer.Option("--all", help="Those that are over, too.")
    ] = False,
    as_json: Annotated[  # noqa: FBT002
        bool, typer.Option("--json", help="The rows as they stand on the topic, one a line.")
    ] = False,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """List the incidents that are open: the worst first."""
    using = read_settings(settings, brokers)
    with telling(using):
        table = known(using).table
    rows = list(table.rows.values()) if everything else table.open_ones()
    rows.sort(key=lambda row: row.opened_at, reverse=True)
    ranks = {severity: place for place, severity in enumerate(SEVERITIES)}
    rows.sort(key=lambda row: (row.state == "resolved", ranks.get(row.severity, len(ranks))))
    for row in rows:
        if as_json:
            sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
            continue
        for line in listed(row):
            out.print(line)
    if not rows and not as_json:
        out.print("nothing is open" if not everything else "there was no incident yet")


@app.command()
def show(
    incident: Incident, brokers: opt.Brokers = None, settings: opt.SettingsFile = None
) -> None:
    """Tell the story of an incident: what it is, who was told what and why, and who did what."""
    using = read_settings(settings, brokers)
    with telling(using):
        found = known(using)
        notifications = read_notifications(using)
    row = the_one(found.table, incident)
    heard = Heard(row.incident_id, notifications)
    for line in (*standing(row), *story(row, found.about(row), heard)):
        out.print(line)


@app.command()
def ack(  # noqa: PLR0913, PLR0917 (one argument an option)
    incident: Incident,
    note: Note = None,
    release: Annotated[  # noqa: FBT002
        bool, typer.Option("--release", help="Nobody has it any more.")
    ] = False,
    by: By = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Take an incident on: you have it until it is worse, over, or nothing was heard for a day."""
    kind = "unacknowledged" if release else "acknowledged"
    _act(incident, kind, {"note": note}, by, (brokers, settings))


@app.command()
def assign(  # noqa: PLR0913, PLR0917
    incident: Incident,
    owner: Annotated[str, typer.Argument(help="Whose it is now.")],
    note: Note = None,
    by: By = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Give an incident an owner."""
    _act(incident, "assigned", {"owner": owner, "note": note}, by, (brokers, settings))


@app.command()
def note(
    incident: Incident,
    text: Annotated[str, typer.Argument(help="What was found, or done.")],
    by: By = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Write something down about an incident; it answers a reminder, too."""
    _act(incident, "noted", {"note": text}, by, (brokers, settings))


@app.command()
def judge(  # noqa: PLR0913, PLR0917
    incident: Incident,
    judgement: Annotated[
        Judgement,
        typer.Argument(help="true: customers did suffer; false: they did not; known: expected."),
    ],
    note: Note = None,
    by: By = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Say what an incident was; it stays open until its rates are back."""
    _act(incident, "judged", {"judgement": judgement, "note": note}, by, (brokers, settings))


@app.command()
def silence(  # noqa: PLR0913, PLR0917
    incident: Annotated[
        str | None, typer.Argument(help="Only this incident; else --match says which.")
    ] = None,
    match: Annotated[
        list[str],
        typer.Option(
            metavar="LABEL=VALUE",
            help="What must be so, * for any characters, != for what must not; may come many "
            "times. Labels, and metric, severity.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 (typer reads the default and copies it)
    note: Annotated[str, typer.Option("--note", "-n", help="Why. Needed.")] = "",
    until: Annotated[str | None, typer.Option(help="When it ends, 2017-02-01T09:00Z.")] = None,
    lasting: Annotated[str | None, typer.Option("--for", help="For how long: 90m, 8h, 3d.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="Time zone of --days, --from and --to, Europe/Berlin.")
    ] = None,
    days: Annotated[str | None, typer.Option(help="Days on which it begins: mon,tue.")] = None,
    begins: Annotated[str | None, typer.Option("--from", help="Begins at, 22:00.")] = None,
    ends: Annotated[str | None, typer.Option("--to", help="Ends at, 04:00.")] = None,
    name: Annotated[str | None, typer.Option(help="Its name; by default one is made.")] = None,
    end: Annotated[  # noqa: FBT002
        bool, typer.Option("--end", help="Take the silence --name back.")
    ] = False,
    dry_run: Annotated[  # noqa: FBT002
        bool, typer.Option("--dry-run", help="Show what it would hit, and send nothing.")
    ] = False,
    by: By = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Hide the messages of some incidents for a time; alerts and incidents go on.

    groundswell alerts silence --match product="Student loan" --for 8h --note "a new form"

    groundswell alerts silence --match severity=info --until 2017-03-01 --note "nights" --zone
    Europe/Berlin --days mon,tue,wed,thu,fri --from 22:00 --to 06:00
    """
    using = read_settings(settings, brokers)
    if end:
        if name is None:
            fail("--end takes a silence back: say which by --name")
        with telling(using):
            act(
                using, {"kind": "unsilenced", "about": name, "by": by or me(), "note": note or None}
            )
        out.print(f"taken back: {escape(name)}")
        return
    if (until is None) == (lasting is None):
        fail("say how long: either --until or --for")
    now = datetime.now(UTC)
    at = now + span(lasting) if lasting is not None else instant("--until", until or "")
    hours = Hours(zone, days, begins, ends)
    wish = Wish(incident, match, note, at, hours, name, by or me())
    with telling(using):
        send_silence(using, wish, known(using), now, dry_run=dry_run)


def _act(
    incident: str,
    kind: str,
    fields: dict[str, str | None],
    by: str | None,
    where: tuple[opt.Brokers, opt.SettingsFile],
) -> None:
    """Send an action about an incident as it stands now."""
    brokers, settings = where
    using = read_settings(settings, brokers)
    with telling(using):
        row = the_one(known(using).table, incident)
        own = {"kind": kind, "about": row.incident_id, "by": by or me(), "seen_at": row.at}
        act(using, own | fields)
    out.print(f"{row.incident_id[:SHORT_ID]} {escape(row.title)}: {kind}")
