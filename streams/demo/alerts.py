"""Alerts on the terminal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from streams.core.event_time.formats import minute_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.demo.board import Alert, Opened

_STYLES: Final = {
    "pending": "yellow",
    "firing": "bold red",
    "acknowledged": "magenta",
    "resolved": "green",
    "stale": "dim",
}


def subject(alert: Alert) -> str:
    """Name what rises as a person reads it: `company Navient`, `renewals: reason price`."""
    labels = ", ".join(f"{name} {value}" for name, value in alert.labels.items()) or "in all"
    return labels if alert.metric == "complaints" else f"{alert.metric}: {labels}"


def alert_line(alert: Alert) -> str | None:
    """Tell a transition in one line; None if there is no need to."""
    if alert.state == "firing" and alert.explained_by is None and alert.verdict == "artefact":
        return f"{minute_of(alert.at)} notice: {alert.message}"
    if alert.state == "firing" and alert.explained_by is None:
        return f"{minute_of(alert.at)} ALERT ({alert.severity}) {alert.message}"
    if alert.state == "firing":
        return f"{minute_of(alert.at)}   and so, by the same cause: {subject(alert)}"
    if alert.state == "resolved" and alert.explained_by is None:
        return f"{minute_of(alert.at)} over: {subject(alert)}"
    return None


def by_cause(alerts: Mapping[str, Opened]) -> Iterator[tuple[Opened, list[Opened]]]:
    """Yield the alerts that no other explains, by their start, each with those it explains."""
    parts: dict[str, list[Opened]] = {}
    for alert in sorted(alerts.values(), key=lambda opened: opened.now.started_at):
        parts.setdefault(_cause(alert, alerts), []).append(alert)
    for cause, members in parts.items():
        root = alerts[cause]
        yield root, [alert for alert in members if alert is not root]


def fired(alerts: Mapping[str, Opened]) -> dict[str, Opened]:
    """Leave out those that were pending and went away: nobody was told of them."""
    return {name: alert for name, alert in alerts.items() if alert.fired_at}


def live_alerts(alerts: Mapping[str, Opened], most: int) -> Group:
    """Draw the last `most` alerts that fired and are causes, and say the last one in full."""
    causes = list(by_cause(fired(alerts)))[-most:]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, min_width=16)
    table.add_column(no_wrap=True, min_width=8)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for alert, parts in causes:
        more = f" (explains {len(parts)} more)" if parts else ""
        table.add_row(
            minute_of(alert.now.started_at),
            _state(alert.now),
            f"{subject(alert.now)}: {alert.peak.observed:,} where "
            f"{alert.peak.expected:,.1f} were expected{more}",
        )
    last = Text(f"Last: {causes[-1][0].peak.message}" if causes else "none as yet", style="dim")
    return Group(table, last)


def closing_alerts(alerts: Mapping[str, Opened]) -> Table:
    """Draw every alert that fired: the causes by their start, under each those it explains."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("complaints with")
    table.add_column("started", no_wrap=True)
    table.add_column("fired", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("observed", justify="right")
    table.add_column("expected", justify="right")
    for alert, parts in by_cause(fired(alerts)):
        table.add_row(*_row(alert))
        for part in parts:
            table.add_row(*_row(part, indent="  explains "), style="dim")
    return table


def _row(alert: Opened, indent: str = "") -> Iterable[Text | str]:
    return (
        Text(indent + subject(alert.now)),
        minute_of(alert.now.started_at),
        _delay(alert),
        _state(alert.now),
        f"{alert.peak.observed:,}",
        f"{alert.peak.expected:,.1f}",
    )


def _delay(alert: Opened) -> str:
    if alert.fired_at is None:
        return "never"
    took = datetime.fromisoformat(alert.fired_at) - datetime.fromisoformat(alert.now.started_at)
    hours = round(took / timedelta(hours=1))
    return f"{hours} h later" if hours < 48 else f"{hours / 24:.0f} d later"  # noqa: PLR2004


def _state(alert: Alert) -> Text:
    if alert.verdict == "artefact":
        return Text("notice" if alert.state == "firing" else alert.state, style="blue")
    return Text(alert.state, style=_STYLES.get(alert.state, ""))


def _cause(alert: Opened, alerts: Mapping[str, Opened]) -> str:
    """Follow `explained_by` to its end; in a ring each alert stands for itself."""
    start = alert.now.alert_id
    seen = {start}
    while (cause := alert.now.explained_by) and cause in alerts:
        if cause in seen:
            return start
        seen.add(cause)
        alert = alerts[cause]
    return alert.now.alert_id
