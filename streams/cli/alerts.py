"""Alerts for people to read at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.markup import escape

from streams.cli.report import counted
from streams.cli.terminal import hanging
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

_BELOW: Final = "    "


def coloured(word: str, by: str | None = None) -> str:
    """Mark a word up in the colour of its severity or state."""
    colour = _COLOURS.get(by or word)
    return f"[{colour}]{escape(word)}[/]" if colour else escape(word)


def show(console: Console, alerts: Mapping[str, AlertRecord]) -> None:
    """Print the alerts that no other explains, each with those that it does."""
    own = unexplained(alerts)
    if not own:
        console.print("no alerts")
        return
    for name in own:
        parts = [series(part.now.metric, part.now.labels) for part in explained_by(alerts, name)]
        _show_one(console, alerts[name], parts)
    more = len(alerts) - len(own)
    console.print(
        counted(len(own), "alert")
        + (f", and {more:,} that they explain (their parts and totals)" if more else "")
    )


def _show_one(console: Console, alert: AlertRecord, explained: list[str]) -> None:
    """Print an alert at its worst: a line of what it is, and below it what it says."""
    worst, now = alert.worst, alert.now
    what = coloured(series(worst.metric, worst.labels), worst.severity)
    ended = minute_of(now.resolved_at or "")
    until = f"until {coloured(ended, now.state)}" if ended else coloured(now.state)
    told = f"observed {worst.observed:,.0f}, expected {worst.expected:,.1f}  {until}"
    hanging(console, f"[dim]{minute_of(alert.first.at)}[/]  ", f"{what}  {told}")
    if worst.message:
        hanging(console, _BELOW, escape(worst.message))
    if explained:
        hanging(console, _BELOW, f"[dim]explains {escape('; '.join(explained))}[/]")
    console.print()
