"""Alerts on the terminal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from streams.core.event_time.formats import minute_of
from streams.readmodel.causes import by_cause, fired
from streams.readmodel.wording import title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.readmodel.alerts import AlertRecord
    from streams.readmodel.rows import Transition

_STYLES: Final = {
    "pending": "yellow",
    "firing": "bold red",
    "resolved": "green",
    "stale": "dim",
}


def live_alerts(alerts: Mapping[str, AlertRecord], most: int) -> Group:
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
            f"{title(alert.now)}: {alert.peak.observed:,} where "
            f"{alert.peak.expected:,.1f} were expected{more}",
        )
    last = Text(f"Last: {causes[-1][0].peak.message}" if causes else "none as yet", style="dim")
    return Group(table, last)


def closing_alerts(alerts: Mapping[str, AlertRecord]) -> Table:
    """Draw every alert that fired: the causes by their start, under each those it explains."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("complaints with", min_width=20)
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


def _row(alert: AlertRecord, indent: str = "") -> Iterable[Text | str]:
    return (
        Text(indent + title(alert.now)),
        minute_of(alert.now.started_at),
        _delay(alert),
        _state(alert.now),
        f"{alert.peak.observed:,}",
        f"{alert.peak.expected:,.1f}",
    )


def _delay(alert: AlertRecord) -> str:
    if alert.fired_at is None:
        return "never"
    took = datetime.fromisoformat(alert.fired_at) - datetime.fromisoformat(alert.now.started_at)
    hours = round(took / timedelta(hours=1))
    return f"+{hours} h" if hours < 48 else f"+{hours / 24:.0f} d"  # noqa: PLR2004


def _state(alert: Transition) -> Text:
    if alert.verdict == "artefact":
        return Text("notice" if alert.state == "firing" else alert.state, style="blue")
    return Text(alert.state, style=_STYLES.get(alert.state, ""))
