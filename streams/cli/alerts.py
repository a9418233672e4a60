"""Alerts for people to read at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from rich.markup import escape
from rich.table import Table

from streams.cli.report import counted
from streams.core.event_time.formats import minute_of

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS: Final = {
    "notice": "blue",
    "critical": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "resolved": "green",
    "stale": "magenta",
}


class Transition(msgspec.Struct):
    """What a person is shown of a row of alerts or alerts.history."""

    alert_id: str
    state: str
    metric: str
    labels: dict[str, str]
    at: str
    started_at: str
    observed: float
    expected: float
    upper: float
    excess: float
    severity: str
    explained_by: str | None = None
    resolved_at: str | None = None
    message: str = ""
    verdict: str = "real"
    reason: str = ""


decode = msgspec.json.Decoder(Transition).decode


def series(metric: str, labels: dict[str, str]) -> str:
    """Name a series: `complaints company=NAVIENT`, or `complaints, all of them`."""
    if not labels:
        return f"{metric}, all of them"
    return f"{metric} " + ", ".join(f"{name}={value}" for name, value in labels.items())


def coloured(word: str, by: str | None = None) -> str:
    """Mark a word up in the colour of its severity or state."""
    colour = _COLOURS.get(by or word)
    return f"[{colour}]{escape(word)}[/]" if colour else escape(word)


class Incidents:
    """The alerts of a run, from their transitions: what each was at its worst, and is now."""

    def __init__(self) -> None:
        self._first: dict[str, Transition] = {}
        self._worst: dict[str, Transition] = {}
        self._last: dict[str, Transition] = {}
        self._fired: set[str] = set()

    def take(self, value: bytes) -> None:
        """Take a row of alerts.history."""
        row = decode(value)
        self._first.setdefault(row.alert_id, row)
        self._last[row.alert_id] = row
        if row.state == "firing" and row.verdict == "real":
            self._fired.add(row.alert_id)
        worst = self._worst.get(row.alert_id)
        if worst is None or row.excess > worst.excess:
            self._worst[row.alert_id] = row

    def pages(self) -> int:
        """Count the alerts that somebody would have been paged for.

        They fired while real, and no other explains them.
        """
        return sum(self._last[name].explained_by not in self._last for name in self._fired)

    def notices(self) -> int:
        """Count the alerts that were artefacts whenever they fired, and that no other explains."""
        return sum(
            row.explained_by not in self._last and row.verdict == "artefact"
            for name, row in self._last.items()
            if name not in self._fired
        )

    def show(self, console: Console) -> None:
        """Print a table of the alerts that no other explains, each with those that it does."""
        own = [name for name, row in self._last.items() if row.explained_by not in self._last]
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
            table.add_row(*self._cells(name))
        console.print(table, soft_wrap=False)
        parts = len(self._last) - len(own)
        console.print(
            counted(len(own), "alert")
            + (f", and {parts:,} that they explain (their parts and totals)" if parts else "")
        )

    def _cells(self, name: str) -> tuple[str, ...]:
        worst, last = self._worst[name], self._last[name]
        what = coloured(series(worst.metric, worst.labels), worst.severity)
        explained = [
            series(row.metric, row.labels)
            for row in self._last.values()
            if row.explained_by == name
        ]
        if worst.message:
            what += f"\n{escape(worst.message)}"
        if explained:
            what += f"\n[dim]explains {escape('; '.join(explained))}[/]"
        until = minute_of(last.resolved_at or "") or last.state
        return (
            minute_of(self._first[name].at),
            what,
            f"{worst.observed:,.0f}",
            f"{worst.expected:,.1f}",
            coloured(until, last.state),
        )
