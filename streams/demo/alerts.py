"""Alerts on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

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


def labels_text(labels: Mapping[str, str]) -> str:
    """Write labels as a person reads them: `company Navient, product Student loan`."""
    return ", ".join(f"{name} {value}" for name, value in labels.items()) or "all"


def moment(at: str) -> str:
    """Shorten an RFC 3339 time to its minute."""
    return at[:16].replace("T", " ")


def alert_line(alert: Alert) -> str:
    """Tell a transition in one line."""
    return f"{moment(alert.at)} alert {alert.state}, {alert.severity}: {alert.message}"


def by_cause(alerts: Mapping[str, Opened]) -> Iterator[tuple[Opened, list[Opened]]]:
    """Yield the alerts that no other explains, by their start, each with those it explains."""
    parts: dict[str, list[Opened]] = {}
    for alert in sorted(alerts.values(), key=lambda opened: opened.now.started_at):
        parts.setdefault(_cause(alert, alerts), []).append(alert)
    for cause, members in parts.items():
        root = alerts[cause]
        yield root, [alert for alert in members if alert is not root]


def live_alerts(alerts: Mapping[str, Opened], most: int) -> Table:
    """Draw the last `most` alerts that are causes, with the sentence that came with each."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for alert, parts in list(by_cause(alerts))[-most:]:
        more = f" (and {len(parts)} that it explains)" if parts else ""
        table.add_row(
            moment(alert.now.started_at), _state(alert.now.state), alert.peak.message + more
        )
    return table


def closing_alerts(alerts: Mapping[str, Opened]) -> Table:
    """Draw every alert: the causes by their start, under each those it explains."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("what")
    table.add_column("started", no_wrap=True)
    table.add_column("fired", no_wrap=True)
    table.add_column("state")
    table.add_column("observed", justify="right")
    table.add_column("expected", justify="right")
    for alert, parts in by_cause(alerts):
        table.add_row(*_row(alert))
        for part in parts:
            table.add_row(*_row(part, indent="  explains "), style="dim")
    return table


def _row(alert: Opened, indent: str = "") -> Iterable[Text | str]:
    fired_at, peak, now = alert
    return (
        Text(f"{indent}{now.metric}: {labels_text(now.labels)}"),
        moment(now.started_at),
        moment(fired_at) if fired_at else "never",
        _state(now.state),
        f"{peak.observed:,}",
        f"{peak.expected:,.1f}",
    )


def _state(state: str) -> Text:
    return Text(state, style=_STYLES.get(state, ""))


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
