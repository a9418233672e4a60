"""A tape of what the grouping of alerts is given in a history, so that it can be tried again.

Detecting, and judging what is an artefact, take most of a history's time, and do not depend on how
alerts are grouped. So a tape has the evidence as it came, and the alerts of each step.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import cfpb_alarms
import msgspec

from schemas.topics import INCIDENTS
from streams.core.alerts import open_alerts, steps
from streams.core.alerts.alert import Alert
from streams.core.alerts.grouped import GroupedAlerts
from streams.core.alerts.people import People
from streams.core.alerts.stakes import Stakes
from streams.core.event_time.zone import UTC_ZONE
from streams.core.evidence.evidence import Evidence
from streams.core.messages import Details
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import cfpb

Row = dict[str, Any]

METRIC: Final = "complaints"

_encode = msgspec.msgpack.Encoder().encode
_alert = msgspec.msgpack.Decoder(Alert).decode
_details = msgspec.msgpack.Decoder(Details).decode


class Step(NamedTuple):
    """One step: its end, the alerts that are otherwise than before, those gone, those touched."""

    end: int
    measure: bool
    changed: list[bytes]
    gone: list[str]
    touched: list[str]


class Tape(NamedTuple):
    """What came, in its order, and the first page of each alert as it was published."""

    log: list[tuple[str, Any]]
    pages: dict[str, Row]


def record(events: cfpb.Events) -> Tape:
    """Put complaints through the detectors and the alerts, and keep what the grouping gets."""
    tape = Tape([], {})
    before = open_alerts.GroupedAlerts, steps.Evidence
    try:
        open_alerts.GroupedAlerts = _grouped(tape.log)  # type: ignore[misc]
        steps.Evidence = _evidence(tape.log)  # type: ignore[misc]
        for row in cfpb_alarms.transitions(events):
            real = row["state"] == "firing" and row["verdict"] == "real"
            if real and row["explained_by"] is None:
                tape.pages.setdefault(row["alert_id"], row)
    finally:
        open_alerts.GroupedAlerts, steps.Evidence = before  # type: ignore[misc]
    return tape


def _evidence(log: list[tuple[str, Any]]) -> type[Evidence]:
    class Taped(Evidence):
        def admit(self, details: Details) -> None:
            log.append(("details", _encode(details)))
            super().admit(details)

        def advance(self, end: int) -> None:
            log.append(("advance", end))
            super().advance(end)

        def flush(self, metric: str, *, durable: bool = True) -> list[Any]:
            log.append(("pack", None))
            return super().flush(metric, durable=durable)

    return Taped


def _grouped(log: list[tuple[str, Any]]) -> type[GroupedAlerts]:
    class Taped(GroupedAlerts):
        known: dict[str, bytes] = {}  # noqa: RUF012 - one history has one

        def step(
            self, alerts: Mapping[str, Alert], touched: Iterable[Alert], at: int, *, measure: bool
        ) -> list[Alert]:
            touched = list(touched)
            now = {alert.alert_id: _bare(alert) for alert in alerts.values()}
            changed = [value for name, value in now.items() if self.known.get(name) != value]
            gone = [name for name in self.known if name not in now]
            self.known = now
            names = [alert.alert_id for alert in touched]
            log.append(("step", Step(at, measure, changed, gone, names)))
            return super().step(alerts, touched, at, measure=measure)

        def pass_by(self, now: int, alerts: Mapping[str, Alert]) -> None:
            log.append(("past", now))
            super().pass_by(now, alerts)

    return Taped


def _bare(alert: Alert) -> bytes:
    """Encode an alert without what the grouping itself puts there, or never looks at."""
    plain = msgspec.structs.replace(alert, incident_id=None, curve=None, comparison=[], split={})
    return _encode(plain)


def play(tape: Tape) -> tuple[list[Row], dict[str, Row]]:
    """Group the alerts of a tape; give the records of incidents, and pages with their incident."""
    settings = Settings()
    evidence = Evidence(settings.tables.grace)
    people = People(settings.handling)
    grouped = GroupedAlerts(
        METRIC, evidence, settings.detect, people, UTC_ZONE, stakes=Stakes(0, UTC_ZONE)
    )
    alerts: dict[str, Alert] = {}
    due: dict[int, list[str]] = {}
    for name, page in tape.pages.items():
        due.setdefault(at(page["at"]), []).append(name)
    rows: list[Row] = []
    pages = {name: dict(page) for name, page in tape.pages.items()}
    for what, value in tape.log:
        if what == "details":
            evidence.admit(_details(value))
        elif what == "advance":
            evidence.advance(value)
        elif what == "pack":
            evidence.flush(METRIC, durable=False)
        elif what == "past":
            grouped.pass_by(value, _by_series(alerts))
        else:
            _step(grouped, alerts, value)
            for name in due.get(value.end, ()):
                if name in alerts:
                    pages[name]["incident_id"] = alerts[name].incident_id
        rows += [json.loads(send.value) for send in grouped.drain() if send.topic == INCIDENTS]
    return rows, pages


def _step(grouped: GroupedAlerts, alerts: dict[str, Alert], step: Step) -> None:
    for name in step.gone:
        alerts.pop(name)
    for value in step.changed:
        alert = _alert(value)
        if alert.alert_id in alerts:
            alert.incident_id = alerts[alert.alert_id].incident_id
        alerts[alert.alert_id] = alert
    touched = [alerts[name] for name in step.touched]
    grouped.step(_by_series(alerts), touched, step.end, measure=step.measure)


def _by_series(alerts: Mapping[str, Alert]) -> dict[str, Alert]:
    return {alert.reading.series: alert for alert in alerts.values()}


def at(text: str) -> int:
    """Read a time as epoch seconds."""
    return int(datetime.fromisoformat(text).timestamp())
