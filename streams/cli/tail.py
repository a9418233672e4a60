"""groundswell tail: the public topics as they grow, for people."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape

from schemas.topics import BUCKETS, DEADLETTER, HISTORY, INCIDENTS, LATE, ROLLING
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.incident_lines import IncidentTail
from streams.cli.tailed import (
    SHOW,
    Ordered,
    Wanted,
    as_it_is,
    check_names,
    warn_of_breakdowns,
)
from streams.cli.terminal import err, fail, read_settings, telling
from streams.cli.unread import Unread
from streams.transport.client.outage import Outage
from streams.transport.client.reader import News, follow

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.settings import Settings


class What(StrEnum):
    """What to follow."""

    ALERTS = "alerts"
    HISTORY = "history"
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


_TOPICS: Final = {
    What.ALERTS: INCIDENTS,
    What.HISTORY: HISTORY,
    What.DEADLETTER: DEADLETTER,
    What.LATE: LATE,
}


def tail(  # noqa: PLR0913, PLR0917 (one argument an option)
    what: Annotated[
        What,
        typer.Argument(
            help="alerts (what people are told: incidents), history (every change of every alert), "
            "metrics, deadletter or late."
        ),
    ],
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

    `alerts` begins with the incidents that are open, and then has what people are told.

    groundswell tail alerts

    groundswell tail history --from-beginning --grep navient

    groundswell tail metrics --metric complaints --label product --grain 1h
    """
    using = read_settings(settings, brokers)
    try:
        pattern = re.compile(grep, re.IGNORECASE) if grep else None
    except re.error as error:
        fail(f"--grep {grep!r} is no regular expression: {error}")
    topic = _TOPICS.get(what) or (ROLLING if window else BUCKETS)
    check_names(metric, label)
    show = as_it_is if as_json else SHOW[what]
    if what is What.METRICS:
        warn_of_breakdowns(using, metric, label)
        wanted = Wanted(metric, label, None if window else grain, window, pattern)
    else:
        wanted = Wanted(metric, label, None, None, pattern)
    with telling(using):
        try:
            asyncio.run(_follow(using, topic, wanted, show, (from_beginning, until_end)))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


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
    outage = Outage(settings.kafka.brokers, lambda told: err.print(f"[yellow]{escape(told)}[/]"))
    unread = Unread(topic)
    caught_up = unread.tell
    if topic == INCIDENTS and show is not as_it_is:
        show = incidents = IncidentTail(from_beginning=from_beginning)
        caught_up, from_beginning = _then(incidents.caught_up, unread.tell), True
    elif from_beginning and show is not as_it_is and topic != HISTORY:  # which is in order
        show = ordered = Ordered(unread.guarded(show))
        caught_up = _then(ordered.caught_up, unread.tell)
    show_wanted = unread.guarded(lambda value: show(value) if wanted(value) else None)
    news = News(caught_up, outage)
    messages = follow(
        settings.kafka, topic, from_beginning=from_beginning, to_end=to_end, news=news
    )
    async with aclosing(messages):
        async for _, value in messages:
            show_wanted(value)


def _then(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def both() -> None:
        first()
        second()

    return both
