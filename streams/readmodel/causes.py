"""Which alert explains which, over the records of a table of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.readmodel.alerts import AlertRecord

    Records = Mapping[str, AlertRecord]


def fired(alerts: Records) -> dict[str, AlertRecord]:
    """Leave out those that were pending and went away: nobody was paged for them."""
    return {name: alert for name, alert in alerts.items() if alert.fired_at}


def unexplained(alerts: Records) -> list[str]:
    """List the alerts that no other of the table explains, in the order in which they opened."""
    return [name for name, alert in alerts.items() if alert.now.explained_by not in alerts]


def explained_by(alerts: Records, cause: str) -> list[AlertRecord]:
    """List the alerts that name `cause` as what explains them."""
    return [alert for alert in alerts.values() if alert.now.explained_by == cause]


def pages(alerts: Records) -> int:
    """Count the alerts that somebody would have been paged for.

    They fired while real, and no other explains them.
    """
    return sum(alerts[name].fired_real for name in unexplained(alerts))


def notices(alerts: Records) -> int:
    """Count the alerts that were artefacts whenever they fired, and that no other explains."""
    own = (alerts[name] for name in unexplained(alerts))
    return sum(not alert.fired_real and alert.now.verdict == "artefact" for alert in own)


def by_cause(alerts: Records) -> Iterator[tuple[AlertRecord, list[AlertRecord]]]:
    """Yield the alerts that no other explains, by their start, each with those it explains.

    Those are all that lead to it, however long the way; in a ring each stands for itself.
    """
    parts: dict[str, list[AlertRecord]] = {}
    for alert in sorted(alerts.values(), key=lambda one: one.now.started_at):
        parts.setdefault(_cause(alert, alerts), []).append(alert)
    for cause, members in parts.items():
        root = alerts[cause]
        yield root, [alert for alert in members if alert is not root]


def _cause(alert: AlertRecord, alerts: Records) -> str:
    """Follow `explained_by` to its end; in a ring each alert stands for itself."""
    start = alert.now.alert_id
    seen = {start}
    while (cause := alert.now.explained_by) and cause in alerts:
        if cause in seen:
            return start
        seen.add(cause)
        alert = alerts[cause]
    return alert.now.alert_id
