"""Alerts for people to read at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.markup import escape
from rich.table import Table

from streams.cli.report import counted
from streams.core.event_time.formats import minute_of
from streams.readmodel.causes import explained_by, unexplained
from streams.readmodel.wording import series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from streams.readmodel.alerts import AlertRecord

_COLOURS: Final = {
    "notice": "blue",
    "critical": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "resolved": "green",
    "stale": "magenta",
}


def coloured(word: str, by: str | None = None) -> str:
    """Mark a word up in the colour of its severity or state."""
    colour = _COLOURS.get(by or word)
    return f"[{colour}]{escape(word)}[/]" if colour else escape(word)


def show(console: Console, alerts: Mapping[str, AlertRecord]) -> None:
    """Print a table of the alerts that no other explains, each with those that it does."""
    own = unexplained(alerts)
    if not own:
        console.print("no alerts")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), header_style="dim")
    table.add_column("opened (event time)", no_wrap=True)
    table.add_column("what rises", overflow="fold", ratio=1)
    table.add_column("observed", justify="right")
    table.add_column("expected", justify="right")
    table.add_column("until", no_wrap=True)
    for name in own:
        parts = [series(part.now.metric, part.now.labels) for part in explained_by(alerts, name)]
        table.add_row(*_cells(alerts[name], parts))
    console.print(table, soft_wrap=False)
    more = len(alerts) - len(own)
    console.print(
        counted(len(own), "alert")
        + (f", and {more:,} that they explain (their parts and totals)" if more else "")
    )


def _cells(alert: AlertRecord, explained: list[str]) -> tuple[str, ...]:
    worst, now = alert.worst, alert.now
    what = coloured(series(worst.metric, worst.labels), worst.severity)
    if worst.message:
        what += f"\n{escape(worst.message)}"
    if explained:
        what += f"\n[dim]explains {escape('; '.join(explained))}[/]"
    until = minute_of(now.resolved_at or "") or now.state
    return (
        minute_of(alert.first.at),
        what,
        f"{worst.observed:,.0f}",
        f"{worst.expected:,.1f}",
        coloured(until, now.state),
    )
