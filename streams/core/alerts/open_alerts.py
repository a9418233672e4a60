"""The open alerts of one metric, and what every step makes of them.

An alert is published when it matters: a rise opens, is confirmed, gets materially worse, turns out
to have another cause, has no data any more, comes back or is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from schemas.topics import ALERTS, HISTORY
from streams.core.alerts import causes, peers, wording
from streams.core.alerts.alert import Alert, alert_id
from streams.core.alerts.grouped import GroupedAlerts
from streams.core.alerts.kinds import ALERT, INCIDENT
from streams.core.alerts.lifecycle import State, Trigger
from streams.core.alerts.live_labels import is_copy
from streams.core.alerts.notice import Notices, is_proved, settled
from streams.core.alerts.overlap import Overlap, by_kind, meet
from streams.core.alerts.record import record
from streams.core.alerts.significance import HINT_MARGIN, bar
from streams.core.alerts.stakes import Stakes
from streams.core.artefacts.verdict import Findings, judge
from streams.core.detect.tuning import tuned
from streams.core.event_time.buckets import DAY
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.evidence.attribution import Anatomy, dissect
from streams.core.series_key import parse_series
from streams.core.stage import Flush, Send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.alerts import AlertReason
    from streams.core.alerts.inbox import Step
    from streams.core.alerts.people import People
    from streams.core.artefacts.verdict import Known
    from streams.core.changelog import StoredRow
    from streams.core.config import Detect
    from streams.core.detect import Reading
    from streams.core.evidence.evidence import Evidence
    from streams.core.messages import Signal
    from streams.core.views import IncidentValue

RESOLVED_KEPT: Final = 7 * DAY
"""So long a resolved alert can still be the cause of another one."""


class StepOutcome(NamedTuple):
    """What a step brings: rises to explain, the readings of series that are up, alerts over."""

    rises: list[Anatomy]
    readings: dict[str, Reading]
    over: list[Alert]


class OpenAlerts:
    """The alerts of one metric: those open by series, and those resolved of late by alert id.

    Times are civil, of `zone`, until an alert is published.
    """

    def __init__(  # noqa: PLR0913 (what it is made of)
        self,
        metric: str,
        evidence: Evidence,
        settings: Detect,
        people: People,
        zone: Zone = UTC_ZONE,
        *,
        stakes: Stakes | None = None,
    ) -> None:
        self._zone = zone
        self._evidence = evidence
        self._settings = settings
        self._learn_days = tuned(settings.tuning).learn_days
        self._open: dict[str, Alert] = {}
        self._resolved: dict[str, Alert] = {}
        self._followed: dict[str, Alert] = {}  # older ones, of which more may become known
        self._stakes = Stakes(0, zone) if stakes is None else stakes
        self._grouped = GroupedAlerts(metric, evidence, settings, people, zone, stakes=self._stakes)
        self._due: dict[str, AlertReason] = {}
        self._linked: set[str] = set()  # to be published, though it is no transition
        self._changed: set[str] = set()  # alert ids
        self._dropped: list[str] = []  # alert ids
        self._sends: list[Send] = []
        self._moved = True  # something was opened, explained or closed since all were last compared
        self._oldest = 0  # nothing was resolved before this

    # -- what happens ------------------------------------------------------------------------------

    def step(self, step: Step) -> None:
        """Work out what one step of the detectors means."""
        proof = bar(step.watched, self._settings.budget)
        rises, readings, over = self._sorted_in(step, proof)
        self._judge(rises, proof)
        for group in by_kind(rises, self._open):
            causes.explain_group(group, self._open, self._resolved, self._evidence)
        if rises:
            causes.flatten(self._open)
        for anatomy in rises:
            self._describe(anatomy)
        for series, reading in readings.items():
            alert = self._open[series]
            proved = is_proved(alert, reading, proof)
            self._rise(alert, Trigger.PROOF if proved else Trigger.HINT, step.end)
        for alert in over:
            self._become(alert, Trigger.CALM, step.end)
            self._due[alert.alert_id] = "resolved"
        touched = [*(self._open[series] for series in readings), *over]
        if touched:
            measure = bool(self._due)
            joined = self._grouped.step(self._open, touched, step.end, measure=measure)
            self._linked.update(alert.alert_id for alert in joined)
        if rises or self._due or self._linked or self._moved:
            self._publish(step.end)
        self._sends += self._grouped.drain()
        self._moved = bool(over)
        for alert in over:
            del self._open[alert.reading.series]
            self._resolved[alert.alert_id] = alert

    def go_stale(self, at: int) -> None:
        """Note that there is no data for too long; `at` is the event time known last."""
        for alert in self._open.values():
            if alert.state is not State.STALE:
                self._become(alert, Trigger.NO_DATA, at)
                self._due[alert.alert_id] = "went_stale"
        self._grouped.go_stale(at, self._open)
        self._publish(at)
        self._sends += self._grouped.drain()

    def forget(self, now: int) -> None:
        """Drop the alerts that were resolved long before `now`, and let incidents end."""
        self._grouped.pass_by(now, self._open)
        self._sends += self._grouped.drain()
        self._outdate(now)
        for name in [name for name in self._followed if not self._stakes.waits(name, now)]:
            del self._followed[name]
            self._stakes.drop(name)
            self._dropped.append(name)

    def _outdate(self, now: int) -> None:
        if now - RESOLVED_KEPT <= self._oldest:
            return
        for name, alert in list(self._resolved.items()):
            if alert.resolved_at is not None and alert.resolved_at < now - RESOLVED_KEPT:
                del self._resolved[name]
                self._followed[name] = alert
        ends = [one.resolved_at for one in self._resolved.values() if one.resolved_at is not None]
        self._oldest = min(ends, default=now - RESOLVED_KEPT)

    def value(self, wall: float) -> None:
        """Publish what is worth something else than was published, if its time has come."""
        for name in list(self._stakes.due(wall)):
            if not self._grouped.value(name, self._open):
                alert = next((one for one in self._all() if one.alert_id == name), None)
                if alert is not None:
                    self._send(alert, transition=False)
        self._sends += self._grouped.drain()

    def ask_all(self) -> None:
        """Ask what those are worth who complained, as far as nobody did."""
        for alert in self.alerts():
            self._ask(alert)
        self._grouped.ask_all()

    def _ask(self, alert: Alert) -> None:
        """Ask who complained, of an alert that is known, no artefact, and explained by none."""
        name, r = alert.alert_id, alert.reading
        if alert.is_known and not alert.is_notice and alert.cause is None:
            self._stakes.ask(name, parse_series(r.series)[1], r.since, alert.resolved_at)
        else:
            self._stakes.drop(name)

    def review(self) -> None:
        """Publish the incidents that are handled otherwise than was published."""
        self._grouped.review(self._open)
        self._sends += self._grouped.drain()

    def alerts(self) -> Iterator[Alert]:
        """Yield every alert that is known, those just resolved too."""
        yield from self._open.values()
        yield from self._resolved.values()

    def _all(self) -> Iterator[Alert]:
        yield from self.alerts()
        yield from self._followed.values()

    def incidents(self, wall: float) -> Iterator[IncidentValue]:
        """Yield the incidents that are not over, as they are handled at `wall`."""
        return self._grouped.shown(wall)

    # -- a step ------------------------------------------------------------------------------------

    def _sorted_in(self, step: Step, proof: float) -> StepOutcome:
        """Sort the readings of a step in; `proof` is the surprise beyond all doubt."""
        rises: list[Anatomy] = []
        readings: dict[str, Reading] = {}
        over: list[Alert] = []
        up: set[str] = set()
        for one in step.signals:
            signal, beside = self._compared(one)
            reading = signal.reading
            alert = self._open.get(reading.series)
            overlap = meet(alert, reading, proof - HINT_MARGIN)
            if alert is None and overlap is Overlap.ALONE:
                up = up or {s.reading.series for s in step.signals if s.reading.status != "calm"}
                if is_copy(reading, up | self._open.keys(), self._evidence):
                    continue
            if overlap in {Overlap.ALONE, Overlap.ABOVE}:
                if reading.observed > reading.upper or alert is None or overlap is Overlap.ABOVE:
                    rises.append(self._read(signal, beside))
                readings[reading.series] = reading
            elif alert is not None and overlap is not Overlap.NOTHING:
                self._changed.add(alert.alert_id)
                alert.read_curve(signal)
                if overlap is Overlap.OVER:
                    over.append(alert)
                elif overlap is Overlap.BACK:
                    self._linked.add(alert.alert_id)
        return StepOutcome(rises, readings, over)

    def _compared(self, signal: Signal) -> tuple[Signal, str | None]:
        """Judge the rise of a series without a history by those beside it; names their parent."""
        reading = signal.reading
        if not peers.is_young(reading, self._learn_days):
            return signal, None
        reading, beside = peers.judged(reading, self._evidence)
        return msgspec.structs.replace(signal, reading=reading), beside

    def _read(self, signal: Signal, beside: str | None) -> Anatomy:
        """Read the numbers of a rise, and look its evidence up."""
        reading = signal.reading
        alert = self._open.get(reading.series)
        if alert is None:
            alert = self._open[reading.series] = Alert(alert_id(reading), reading)
        alert.read(signal, beside)
        self._changed.add(alert.alert_id)
        return dissect(causes.rise_of(alert, self._evidence), reading.since, self._evidence)

    def _judge(self, rises: list[Anatomy], proof: float) -> None:
        """Judge which rises are artefacts; those still real once more, by what the others are."""
        if not rises:
            return
        before = {a.rise.series: self._open[a.rise.series].findings for a in rises}
        notices = Notices(self.alerts())
        judged: dict[str, tuple[Known, Findings]] = {}  # what was known, and what was found by it
        for _ in range(2):
            for anatomy in rises:
                alert = self._open[anatomy.rise.series]
                alert.judge(before[alert.reading.series])
                known = notices.update(alert)
                asked, found = judged.get(alert.reading.series, (None, alert.findings))
                if asked != known:  # else it is what was found the first time
                    since = alert.reading.since
                    found = judge(anatomy, since, self._evidence, alert.findings, known)
                    judged[alert.reading.series] = known, found
                alert.judge(settled(alert, found, proof))
                notices.update(alert)
            real = [a for a in rises if not self._open[a.rise.series].is_notice]
            if len(real) == len(rises):
                return
            rises = real

    def _describe(self, anatomy: Anatomy) -> None:
        alert, rise = self._open[anatomy.rise.series], anatomy.rise
        known = (
            anatomy.based or not alert.is_slow
        )  # else it began before what is known of its parts
        split = wording.split(anatomy, self._evidence.label_names) if known else {}
        alert.describe(split, self._evidence.events.samples(rise.start, rise.end, rise.place))

    def _rise(self, alert: Alert, trigger: Trigger, at: int) -> None:
        before = alert.state
        self._become(alert, trigger, at)
        reason = alert.reason_to_publish(before)
        if reason is not None:
            self._due[alert.alert_id] = reason
            alert.grade()

    def _become(self, alert: Alert, trigger: Trigger, at: int) -> None:
        alert.become(trigger, at)
        self._changed.add(alert.alert_id)

    def _publish(self, at: int) -> None:
        """Publish what is due, causes first; and whose cause or dependants are others now."""
        below: dict[str, list[str]] = {}
        for alert in self._open.values():
            if alert.explained_by is not None:
                below.setdefault(alert.explained_by, []).append(alert.alert_id)
        for alert in sorted(
            self._open.values(), key=lambda one: (one.cause is not None, one.reading.series)
        ):
            linked = alert.link(sorted(below.get(alert.alert_id, ())))
            reason = self._due.get(alert.alert_id)
            if reason is None and alert.explained_by != alert.published_cause:
                reason = "cause_changed"
            if reason is not None or linked or alert.alert_id in self._linked:
                alert.publish(reason, at)
                self._changed.add(alert.alert_id)
                self._send(alert, transition=reason is not None)
        self._due.clear()
        self._linked.clear()

    def _send(self, alert: Alert, *, transition: bool) -> None:
        self._ask(alert)
        key, runbook = alert.alert_id.encode(), self._settings.runbook
        worth = self._stakes.tell(alert.alert_id)
        value = record(alert, runbook, self._zone, worth)
        self._sends.append(Send(ALERTS, None, key, value))
        if transition:  # what it was worth then is known later, if at all
            then = value if worth is None else record(alert, runbook, self._zone)
            self._sends.append(Send(HISTORY, None, key, then))

    # -- its state ---------------------------------------------------------------------------------

    def pending(self) -> int:
        """Count the rows and messages that the next flush would give."""
        rows = len(self._changed) + len(self._dropped)
        return rows + len(self._sends) + self._grouped.pending()

    def flush(self, metric: str, *, durable: bool) -> Flush:
        """Return what is to be published, and the rows of what changed (none if not `durable`).

        Both are forgotten, and not given again.
        """
        changed, self._changed = self._changed, set()
        dropped, self._dropped = self._dropped, []
        sends, self._sends = self._sends, []
        rows = self._grouped.flush(durable=durable)
        if durable:
            rows += [
                (ALERT.key(metric, alert.alert_id), ALERT.encode(alert))
                for alert in self._all()
                if alert.alert_id in changed
            ]
            rows += [(ALERT.key(metric, name), None) for name in dropped]
        return Flush(rows, sends)

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        if row.kind is INCIDENT:
            self._grouped.restore(row)
        elif row.value.state is State.RESOLVED:
            self._resolved[row.value.alert_id] = row.value
        else:
            self._open[row.value.reading.series] = row.value
