"""The alerts of one metric put into incidents, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.topics import INCIDENTS
from streams.core.alerts import causes
from streams.core.alerts.kinds import INCIDENT
from streams.core.alerts.lifecycle import State
from streams.core.incidents.grouping import page_of
from streams.core.incidents.incident import Member
from streams.core.incidents.open_incidents import OpenIncidents
from streams.core.incidents.record import record
from streams.core.incidents.shown import value_of
from streams.core.series_key import parse_series
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from streams.core.alerts.alert import Alert
    from streams.core.alerts.people import People
    from streams.core.alerts.stakes import Stakes
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Detect
    from streams.core.event_time.zone import Zone
    from streams.core.evidence.combinations import Place
    from streams.core.evidence.evidence import Evidence
    from streams.core.incidents.incident import Incident
    from streams.core.views import IncidentValue


class GroupedAlerts:
    """Puts alerts into incidents, and publishes those; times are civil, of `zone`, until then."""

    def __init__(  # noqa: PLR0913 (what it is made of)
        self,
        metric: str,
        evidence: Evidence,
        settings: Detect,
        people: People,
        zone: Zone,
        *,
        stakes: Stakes,
    ) -> None:
        self._metric = metric
        self._evidence = evidence
        self._runbook = settings.runbook
        self._zone = zone
        self._people = people
        self._stakes = stakes
        self._incidents = OpenIncidents(metric, evidence)
        self._sends: list[Send] = []

    def step(
        self, alerts: Mapping[str, Alert], touched: Iterable[Alert], at: int, *, measure: bool
    ) -> list[Alert]:
        """Put the alerts of a step into their incidents; return those that came to be in one.

        Args:
            alerts: the open alerts by series, those that are over in this step too.
            touched: those that have something new.
            at: event time.
            measure: look again how large incidents are, though nothing joined.
        """
        by_id = {alert.alert_id: alert for alert in alerts.values()}
        # Broad ones first, then the least likely: the order of the rows changes nothing.
        order = sorted(touched, key=lambda a: (len(a.reading.series), a.reading.series))
        order.sort(key=lambda a: (_breadth(a), -a.reading.surprise))
        beside = [
            self._evidence.place(parse_series(alert.reading.series)[1])
            for alert in order
            if self._pages(alert) and _breadth(alert)
        ]
        names: set[str] = set()
        joined: list[Alert] = []
        for alert in order:
            if self._pages(alert):
                incident = self._join(alert, at, beside)
                joined.append(alert)
                names.add(incident.incident_id)
            elif alert.incident_id is not None:
                self._incidents.update(_member(alert, at))
                names.add(alert.incident_id)
        for alert in alerts.values():
            above = by_id.get(alert.explained_by or "")
            if alert.incident_id is None and above is not None and self._is_known(above):
                alert.incident_id = above.incident_id
                self._incidents.count(above.incident_id or "")
                joined.append(alert)
        known = {name for name in names if self._incidents.find(name) is not None}
        self._incidents.settle(known, at, measure=measure)
        self._follow(alerts)
        self._publish(alerts)
        return joined

    def _is_known(self, alert: Alert) -> bool:
        """Return whether the incident of an alert is known: one may outlive it by weeks."""
        return self._incidents.find(alert.incident_id or "") is not None

    def _pages(self, alert: Alert) -> bool:
        """Return whether an alert is about to page, and is in no incident by itself yet."""
        return (
            alert.state is State.FIRING
            and not alert.is_notice
            and alert.cause is None
            and not self._incidents.is_member(alert.alert_id)
        )

    def _join(self, alert: Alert, at: int, beside: Sequence[Place]) -> Incident:
        rise = causes.rise_of(alert, self._evidence)
        since = alert.reading.since
        page = page_of(alert.alert_id, rise, since, self._evidence, slow=alert.is_slow)
        incident = self._incidents.join(page, _member(alert, at), at, alert.incident_id, beside)
        if not incident.samples or incident.lead == alert.alert_id:
            incident.samples = alert.samples
        if alert.incident_id != incident.incident_id:
            self._incidents.count(incident.incident_id)
        alert.incident_id = incident.incident_id
        return incident

    def _follow(self, alerts: Mapping[str, Alert]) -> None:
        """Let the alerts of an incident that became a part of another belong to that."""
        for alert in alerts.values():
            own = self._incidents.find(alert.incident_id or "")
            if own is not None and own.merged_into is not None:
                alert.incident_id = own.merged_into

    def go_stale(self, at: int, alerts: Mapping[str, Alert]) -> None:
        """Note that there is no data for too long."""
        for alert in alerts.values():
            self._incidents.update(_member(alert, at))
        self._incidents.go_stale(at)
        self._publish(alerts)

    def pass_by(self, now: int, alerts: Mapping[str, Alert]) -> None:
        """Note how far event time is: what waits for a return may be over."""
        for name in self._incidents.pass_by(now, self._stakes.waiting(now)):
            self._stakes.drop(name)
        self._publish(alerts)

    def value(self, name: str, alerts: Mapping[str, Alert]) -> bool:
        """Publish an incident that is worth something else; False where it is none."""
        incident = self._incidents.find(name)
        if incident is None:
            return False
        self._incidents.renew(incident, "valued")
        self._publish(alerts)
        return True

    def ask_all(self) -> None:
        """Ask what those are worth who complained, of every incident, as far as nobody did."""
        for incident in self._incidents.all():
            self._ask(incident)

    def _ask(self, incident: Incident) -> None:
        if incident.merged_into is not None:
            self._stakes.drop(incident.incident_id)
        else:
            labels, since = incident.scope.labels, incident.started_at
            self._stakes.ask(incident.incident_id, labels, since, incident.resolved_at)

    def review(self, alerts: Mapping[str, Alert]) -> None:
        """Publish the incidents that are handled otherwise than was published."""
        for incident in self._incidents.all():
            if incident.handling != self._people.handling(self._metric, incident, self._zone):
                self._incidents.renew(incident, "handled")
        self._publish(alerts)

    def _publish(self, alerts: Mapping[str, Alert]) -> None:
        for incident in self._incidents.published():
            incident.handling = self._people.handling(self._metric, incident, self._zone)
            self._ask(incident)
            lead = next((a for a in alerts.values() if a.alert_id == incident.lead), None)
            value = record(
                self._metric,
                incident,
                curve=None if lead is None else lead.curve,
                open_alerts=sum(
                    alert.incident_id == incident.incident_id and alert.state is not State.RESOLVED
                    for alert in alerts.values()
                ),
                runbook=self._runbook,
                zone=self._zone,
                worth=self._stakes.tell(incident.incident_id),
            )
            self._sends.append(Send(INCIDENTS, None, incident.incident_id.encode(), value))

    def shown(self, wall: float) -> Iterator[IncidentValue]:
        """Yield the incidents that are not over, as they are handled at `wall`."""
        for incident in self._incidents.open_ones():
            yield value_of(self._metric, incident, self._zone, wall)

    # -- its state ---------------------------------------------------------------------------------

    def pending(self) -> int:
        """Count the rows that the next flush would give."""
        return self._incidents.pending()

    def drain(self) -> list[Send]:
        """Return the messages that wait, and forget them."""
        sends, self._sends = self._sends, []
        return sends

    def flush(self, *, durable: bool) -> list[ChangelogRow]:
        """Return the rows of what changed (none if not `durable`), and forget that it did."""
        rows = list(self._rows())
        return rows if durable else []

    def _rows(self) -> Iterator[ChangelogRow]:
        for name, incident in self._incidents.changes():
            key = INCIDENT.key(self._metric, name)
            yield key, None if incident is None else INCIDENT.encode(incident)

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        self._incidents.restore(row.value)


def _breadth(alert: Alert) -> int:
    return len(parse_series(alert.reading.series)[1])


def _member(alert: Alert, at: int) -> Member:
    r = alert.reading
    return Member(
        alert.alert_id,
        r.series,
        parse_series(r.series)[1],
        r.since,
        at,
        str(alert.state),
        alert.current_severity(),
        r.start,
        r.end,
        r.observed,
        r.expected,
        r.upper,
        round(r.surprise, 3),
        alert.is_slow,
        alert.customers,
        alert.is_notice,
        alert.resolved_at,
    )
