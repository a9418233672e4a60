"""groundswell deadletter: refused events out to a person to correct, and back to their topics."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from schemas.deadletter import Reason
from schemas.topics import SOURCES
from streams.cli import corrections
from streams.cli import options as opt
from streams.cli.files import whole
from streams.cli.letters import Wanted, letters, write_line
from streams.cli.report import counted
from streams.cli.terminal import err, fail, out, progress_bar, read_settings, telling
from streams.cli.topics_cmd import even_topics
from streams.core.event_time.formats import minute
from streams.load.errors import LoadError
from streams.load.order import in_order
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from streams.cli.letters import Letter
    from streams.settings import Kafka, Settings

app = typer.Typer(
    help="Refused events: what they are, out to a file to correct, and back to their topics.",
    no_args_is_help=True,
)

Topics = Annotated[
    list[str],
    typer.Option(
        "--topic",
        "-t",
        help="Only those that came on this topic; may come many times.",
        show_default=False,
    ),
]
Reasons = Annotated[
    list[Reason],
    typer.Option(
        "--reason", help="Only those refused for this; may come many times.", show_default=False
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="Only those refused then or later: ISO 8601, by default UTC."
    ),
]


@app.command("list")
def list_(
    topic: Topics = [],  # noqa: B006 (typer reads the default and copies it)
    reason: Reasons = [],  # noqa: B006
    since: Since = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Count the refused events by topic and reason, with the latest one of each."""
    using = read_settings(settings, brokers)
    with telling(using):
        counts = asyncio.run(_count(using.kafka, _wanted(topic, reason, since)))
    if not counts:
        out.print("no refused events")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("topic", "reason"):
        table.add_column(column, no_wrap=True)
    table.add_column("events", justify="right")
    table.add_column("last refused", no_wrap=True)
    table.add_column("for example", overflow="fold")
    for (name, why), (count, last) in sorted(counts.items()):
        example = f"{last.origin}  {last.detail}"
        table.add_row(name, why, f"{count:,}", minute(last.at), escape(example))
    out.print(table, soft_wrap=False)
    out.print(counted(sum(count for count, _ in counts.values()), "refused event"))


@app.command()
def export(  # noqa: PLR0913, PLR0917 (one argument an option)
    file: Annotated[Path, typer.Argument(help="Where to write them.", show_default=False)],
    topic: Topics = [],  # noqa: B006
    reason: Reasons = [],  # noqa: B006
    since: Since = None,
    force: Annotated[  # noqa: FBT002 (a flag of the command line)
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Write the refused events to a file, one a line of JSON, for a person to correct.

    Correct `payload` in it (also `topic` and `key`), then: groundswell deadletter replay FILE
    """
    using = read_settings(settings, brokers)
    wanted = _wanted(topic, reason, since)
    with telling(using):
        if file.exists() and not force:
            fail(f"{file} is there already, perhaps with corrections: another name, or --force")
        with whole(file) as target:
            count = asyncio.run(_export(using.kafka, wanted, target))
    out.print(f"{counted(count, 'refused event')} in {escape(str(file))}")


@app.command()
def replay(  # noqa: PLR0913, PLR0917 (one argument an option)
    file: Annotated[
        Path | None,
        typer.Argument(
            help="What export wrote, corrected; without it: what stands on deadletter.",
            show_default=False,
        ),
    ] = None,
    topic: Topics = [],  # noqa: B006
    reason: Reasons = [],  # noqa: B006
    since: Since = None,
    dry_run: Annotated[  # noqa: FBT002 (a flag of the command line)
        bool, typer.Option("--dry-run", help="Check, and send nothing.")
    ] = False,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Send refused events to their topics again, in the order of their time.

    Each is checked first; one that would be refused again is listed and not sent (status 1).
    Running it again is safe: an event is counted once.

    groundswell deadletter replay corrected.jsonl
    """
    using = read_settings(settings, brokers)
    wanted = _wanted(topic, reason, since)
    tally = corrections.Tally()
    with telling(using), _source(using.kafka, file, wanted) as lines:
        try:
            _replay(using, lines, wanted, tally, dry_run=dry_run)
        except KeyboardInterrupt:
            err.print(f"stopped after {tally.sent.total():,}; run it again: none is counted twice")
            raise typer.Exit(130) from None
    corrections.summary(tally, from_file=file is not None, dry_run=dry_run)
    if tally.rejected or tally.too_large.total():
        raise typer.Exit(1)


def _wanted(topics: list[str], reasons: list[Reason], since: str | None) -> Wanted:
    for topic in topics:
        if topic not in SOURCES:
            fail(f"--topic {topic!r} is no source topic; {near(topic, SOURCES)}")
    try:
        at = None if since is None else datetime.fromisoformat(since)
    except ValueError:
        fail(f"--since {since!r} is no time; write 2017-01-18 or 2017-01-18T09:30:00Z")
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return Wanted(frozenset(topics), frozenset(str(reason) for reason in reasons), at)


async def _shown(kafka: Kafka, wanted: Wanted) -> AsyncGenerator[Letter, None]:
    """Yield the refused events, showing how many there are so far."""
    with progress_bar() as bar:
        task = bar.add_task("reading deadletter", total=None, note="")
        async with aclosing(letters(kafka, wanted)) as found:
            async for letter in found:
                bar.advance(task)
                yield letter


async def _count(kafka: Kafka, wanted: Wanted) -> dict[tuple[str, str], tuple[int, Letter]]:
    counts: dict[tuple[str, str], tuple[int, Letter]] = {}
    async with aclosing(_shown(kafka, wanted)) as found:
        async for letter in found:
            kind = letter.topic, letter.reason
            count, last = counts.get(kind, (0, letter))
            latest = max(last, letter, key=lambda one: (one.at, one.partition, one.offset))
            counts[kind] = count + 1, latest
    return counts


async def _export(kafka: Kafka, wanted: Wanted, target: IO[bytes]) -> int:
    count = 0
    async with aclosing(_shown(kafka, wanted)) as found:
        async for letter in found:
            target.write(write_line(letter))
            count += 1
    return count


@contextmanager
def _source(kafka: Kafka, file: Path | None, wanted: Wanted) -> Iterator[IO[bytes]]:
    """Open what is to be replayed: the file, or an export of what stands on deadletter."""
    if file is None:
        with tempfile.TemporaryFile(prefix="groundswell-deadletter-") as spool:
            asyncio.run(_export(kafka, wanted, spool))
            spool.seek(0)
            yield spool
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise LoadError(f"{file} cannot be read: {error.strerror}") from error
    with opened:
        yield opened


def _replay(
    using: Settings,
    lines: IO[bytes],
    wanted: Wanted,
    tally: corrections.Tally,
    *,
    dry_run: bool,
) -> None:
    latest = time.time() + using.tables.future_tolerance
    with progress_bar() as bar:
        task = bar.add_task("checking", total=None, note="")

        def counting() -> Iterator[bytes]:
            for line in lines:
                bar.advance(task)
                yield line

        rows = corrections.checked(counting(), wanted, latest, tally)
        if dry_run:
            for _ in rows:
                pass
            return
        # Nothing is sent before everything was checked: the first row of an order needs them all.
        ordered = in_order(rows)
        first = next(ordered, None)
        if first is None:
            return
        task = bar.add_task("sending", total=tally.good.total(), note="")
        even_topics(using)
        again = (row for part in ((first,), ordered) for row in part)
        asyncio.run(
            corrections.send(using.kafka, again, tally, lambda count: bar.advance(task, count))
        )
