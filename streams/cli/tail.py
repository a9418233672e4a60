"""groundswell tail: the public topics as they grow, for people."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import aclosing
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer
from rich.markup import escape

from schemas.topics import BUCKETS, DEADLETTER, HISTORY, LATE, ROLLING
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.alerts import coloured
from streams.cli.terminal import err, fail, out, read_settings, telling
from streams.core.event_time.formats import minute_of
from streams.readmodel.rows import decode_alert
from streams.readmodel.wording import series
from streams.transport.client.reader import follow

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.settings import Settings


class What(StrEnum):
    """What to follow."""

    ALERTS = "alerts"
    METRICS = "metrics"
    DEADLETTER = "deadletter"
    LATE = "late"


class GrainOption(StrEnum):
    """Lengths of buckets."""

    FIVE_MINUTES = "5m"
    HOUR = "1h"
    DAY = "1d"


class WindowOption(StrEnum):
    """Lengths of rolling windows."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "28d"
    QUARTER = "90d"
    YEAR = "365d"


_TOPICS: Final = {What.ALERTS: HISTORY, What.DEADLETTER: DEADLETTER, What.LATE: LATE}
_ANY: Final = msgspec.json.Decoder(dict[str, Any]).decode


def tail(  # noqa: PLR0913, PLR0917 (one argument an option)
    what: Annotated[What, typer.Argument(help="alerts, metrics, deadletter or late.")],
    from_beginning: Annotated[  # noqa: FBT002 (a flag of the command line)
        bool, typer.Option("--from-beginning", help="Begin with what is there already.")
    ] = False,
    until_end: Annotated[  # noqa: FBT002
        bool, typer.Option("--exit", help="Stop when all that is there was read.")
    ] = False,
    as_json: Annotated[  # noqa: FBT002
        bool, typer.Option("--json", help="The messages as they are, one a line.")
    ] = False,
    grep: Annotated[
        str | None, typer.Option(help="Only messages that match this expression, in any case.")
    ] = None,
    metric: Annotated[
        list[str], typer.Option(help="Only this metric; may come many times.", show_default=False)
    ] = [],  # noqa: B006 (typer reads the default and copies it)
    label: Annotated[
        list[str],
        typer.Option(
            metavar="NAME[=VALUE]",
            help="Only series by this label; may come many times. Metrics: by default the totals.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    grain: Annotated[GrainOption, typer.Option(help="Metrics of buckets of this length.")] = (
        GrainOption.DAY
    ),
    window: Annotated[
        WindowOption | None, typer.Option(help="Metrics of this rolling window, not of buckets.")
    ] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Follow alerts, metrics, refused or late events; Ctrl-C ends it.

    groundswell tail alerts --from-beginning --grep navient

    groundswell tail metrics --metric complaints --label product --grain 1h
    """
    using = read_settings(settings, brokers)
    try:
        pattern = re.compile(grep, re.IGNORECASE) if grep else None
    except re.error as error:
        fail(f"--grep {grep!r} is no regular expression: {error}")
    topic = _TOPICS.get(what) or (ROLLING if window else BUCKETS)
    show = _as_it_is if as_json else _SHOW[what]
    if what is What.METRICS:
        wanted = Wanted(metric, label, None if window else grain, window, pattern)
    else:
        wanted = Wanted(metric, label, None, None, pattern)
    with telling(using):
        try:
            asyncio.run(_follow(using, topic, wanted, show, (from_beginning, until_end)))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


class Wanted:
    """Which messages to show.

    `labels` has names, or names with the value asked for. With a `grain` or a `window` the series
    must have exactly these labels (none: the totals); else it must have them at least.
    """

    def __init__(
        self,
        metrics: list[str],
        labels: list[str],
        grain: str | None,
        window: str | None,
        pattern: re.Pattern[str] | None,
    ) -> None:
        self._metrics = set(metrics)
        self._labels = dict(label.partition("=")[::2] for label in labels)
        self._grain = grain
        self._window = window
        self._exact = grain is not None or window is not None
        self._pattern = pattern

    def __call__(self, value: bytes) -> bool:
        """Tell whether a message is wanted."""
        if self._pattern is not None and not self._pattern.search(value.decode(errors="replace")):
            return False
        row = _ANY(value)
        if self._metrics and row.get("metric") not in self._metrics:
            return False
        if self._grain is not None and row.get("grain") != self._grain:
            return False
        if self._window is not None and row.get("window") != self._window:
            return False
        there: dict[str, str] = row.get("labels", {})
        # Who searches means to find, in whatever series it is.
        exact = self._exact and (self._labels or self._pattern is None)
        if exact and there.keys() != self._labels.keys():
            return False
        return all(
            name in there and (not asked or there[name].lower() == asked.lower())
            for name, asked in self._labels.items()
        )


async def _follow(
    settings: Settings,
    topic: str,
    wanted: Wanted,
    show: Callable[[bytes], None],
    reach: tuple[bool, bool],
) -> None:
    from_beginning, to_end = reach
    if not to_end:
        err.print(f"[dim]following {topic} at {settings.kafka.brokers}; Ctrl-C ends it[/]")
    messages = follow(settings.kafka, topic, from_beginning=from_beginning, to_end=to_end)
    async with aclosing(messages):
        async for _, value in messages:
            if wanted(value):
                show(value)


def _as_it_is(value: bytes) -> None:
    sys.stdout.buffer.write(value + b"\n")
    sys.stdout.buffer.flush()


def _alert(value: bytes) -> None:
    row = decode_alert(value)
    state = coloured(row.state.upper(), row.severity if row.state == "firing" else row.state)
    if row.verdict == "artefact":
        state = coloured(f"NOTICE ({row.state})", row.severity)
    numbers = f"observed {row.observed:,.0f}, expected {row.expected:,.1f}"
    part = f" [dim](explained by {row.explained_by})[/]" if row.explained_by else ""
    what = escape(series(row.metric, row.labels))
    out.print(f"[dim]{minute_of(row.at)}[/]  {state}  {what}  {numbers}{part}")
    if row.message and not row.explained_by:
        out.print(f"    {escape(row.message)}")


def _metric(value: bytes) -> None:
    row = _ANY(value)
    money = "".join(f"  {amount:,} {code} minor" for code, amount in row["values"].items())
    customers = f"  {row['customers']:,} customers" if row["customers"] else ""
    late = f"  {row['late']:,} late" if row.get("late") else ""
    span = row.get("grain") or row["window"]
    out.print(
        f"[dim]{minute_of(row['start'])} {span:<4}[/] "
        f"{escape(series(row['metric'], row['labels']))}"
        f"  [bold]{row['count']:,}[/]{customers}{money}{late}  [dim]{row['status']}[/]"
    )


def _refused(value: bytes) -> None:
    row = _ANY(value)
    where = f"{row['topic']}:{row['partition']}:{row['offset']}"
    out.print(
        f"[dim]{minute_of(row['at'])}[/]  [yellow]{row['reason']}[/]  {escape(where)}"
        f"  {escape(row['detail'])}"
    )


def _late(value: bytes) -> None:
    row = _ANY(value)
    where = f"{row['topic']}:{row['partition']}:{row['offset']}"
    out.print(
        f"[dim]{minute_of(row['occurred_at'])}[/]  {escape(where)}  "
        f"{row['lateness_s']:,} s too late  {escape(row['event'].get('event_id', ''))}"
        f"  {row.get('reason', '')}".rstrip()
    )


_SHOW: Final = {
    What.ALERTS: _alert,
    What.METRICS: _metric,
    What.DEADLETTER: _refused,
    What.LATE: _late,
}
