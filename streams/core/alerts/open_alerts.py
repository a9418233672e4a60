"""The open_alerts: the open alerts of one metric, and what every step makes of them.

Told is what matters: a rise opens, is confirmed, gets materially worse, turns out to have another
cause, goes stale, comes back or is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.alerts import peers, wording
from streams.core.alerts.alert import Alert, alert_id, record
from streams.core.alerts.lifecycle import State, Trigger, after
from streams.core.alerts.notice import Notices, is_notice, is_proved, settled
from streams.core.alerts.overlap import Overlap, by_kind, is_slow, meet
from streams.core.alerts.significance import FEW, HINT, bar
from streams.core.artefacts.verdict import Findings, judge
from streams.core.detect.tuning import tuned
from streams.core.event_time.buckets import DAY
from streams.core.evidence.attribution import Anatomy, Rise, dissect, explain
from streams.core.evidence.query import BASE_DAYS
from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.alerts import AlertReason
    from streams.core.alerts.inbox import Step
    from streams.core.artefacts.verdict import Known
    from streams.core.config import Detect
    from streams.core.detect import Reading
    from streams.core.evidence.store import Evidence
    from streams.core.messages import Signal

WORSE: Final = 2.0
"""A rise is told again when its excess has grown by so much,"""
WORSE_BY: Final = 5.0
"""and by so many events."""
REMEMBERED: Final = 7 * DAY
"""So long a resolved alert can still be the cause of another one."""


class Publication(NamedTuple):
    """A record to publish: on `alerts`, and on `alerts.history` where it is a transition."""

    alert_id: str
    value: bytes
    transition: bool


class StepOutcome(NamedTuple):
    """What a step brings: rises to explain, what was read of each series, and what is over."""

    fresh: list[Anatomy]
    risen: dict[str, Reading]
    over: list[Alert]


class OpenAlerts:
    """The alerts of one metric. `told` and `changed` (alert ids) collect until they are taken."""

    def __init__(self, evidence: Evidence, settings: Detect) -> None:
        self._evidence = evidence
        self._settings = settings
        self._learn_days = tuned(settings.tuning).learn_days
        self._due: dict[str, AlertReason] = {}
        self._linked: set[str] = set()  # to be told, though it is no transition
        self.open: dict[str, Alert] = {}  # by series
        self.resolved: dict[str, Alert] = {}  # by alert id
        self.changed: set[str] = set()
        self.told: list[Publication] = []
        self._moved = True  # something was opened, explained or closed since the last look at all
        self._oldest = 0  # nothing was resolved before this

    def step(self, step: Step) -> None:
        """Work out what one step of the detectors means."""
        fresh, risen, over = news = StepOutcome([], {}, [])
        proof = bar(step.watched, self._settings.budget)
        for signal in step.signals:
            self._take(signal, proof, news)
        self._judge(fresh, proof)
        for group in by_kind(fresh, self.open):
            self._explain(group)
        if fresh:
            self._flatten()
        for anatomy in fresh:
            self._file(anatomy)
        for series, reading in risen.items():
            alert = self.open[series]
            beyond_doubt = is_proved(alert, reading, proof)
            self._rise(alert, Trigger.PROOF if beyond_doubt else Trigger.HINT, step.end)
        for alert in over:
            self._become(alert, Trigger.CALM, step.end)
            alert.resolved_at = step.end
            self._due[alert.alert_id] = "resolved"
        if fresh or self._due or self._linked or self._moved:
            self._publish(step.end)
        self._moved = bool(over)
        for alert in over:
            del self.open[alert.reading.series]
            self.resolved[alert.alert_id] = alert

    def silence(self, at: int) -> None:
        """Note that nothing was heard for too long; `at` is the event time known last."""
        for alert in self.open.values():
            if alert.state is not State.STALE:
                self._become(alert, Trigger.SILENCE, at)
                self._due[alert.alert_id] = "went_stale"
        self._publish(at)

    def forget(self, now: int) -> Iterator[str]:
        """Drop the alerts that were resolved long before `now`; yield their ids."""
        if now - REMEMBERED <= self._oldest:
            return
        for name, alert in list(self.resolved.items()):
            if alert.resolved_at is not None and alert.resolved_at < now - REMEMBERED:
                del self.resolved[name]
                yield name
        ends = [
            alert.resolved_at for alert in self.resolved.values() if alert.resolved_at is not None
        ]
        self._oldest = min(ends, default=now - REMEMBERED)

    def alerts(self) -> Iterator[Alert]:
        """Give every alert that is known, those just resolved too."""
        yield from self.open.values()
        yield from self.resolved.values()

    def _take(self, signal: Signal, proof: float, news: StepOutcome) -> None:
        """Sort one reading in; `proof` is the surprise from which it is beyond doubt."""
        signal, beside = self._young(signal)
        reading = signal.reading
        alert = self.open.get(reading.series)
        overlap = meet(alert, reading, proof - HINT)
        if alert is not None and overlap in {Overlap.ABOVE, Overlap.BACK}:
            _forget_findings(alert)  # they are those of the other rise
        if overlap in {Overlap.ALONE, Overlap.ABOVE}:
            if reading.observed > reading.upper or alert is None or overlap is Overlap.ABOVE:
                news.fresh.append(self._note(signal, beside))
            news.risen[reading.series] = reading
        elif alert is not None and overlap is not Overlap.NOTHING:
            self.changed.add(alert.alert_id)
            alert.curve = signal.curve or alert.curve
            if overlap is Overlap.OVER:
                news.over.append(alert)
            elif overlap is Overlap.BACK:
                self._linked.add(alert.alert_id)

    def _young(self, signal: Signal) -> tuple[Signal, str | None]:
        """Judge the rise of a series without a history by those beside it; names their parent."""
        reading = signal.reading
        if not peers.is_young(reading, self._learn_days):
            return signal, None
        reading, beside = peers.judged(reading, self._evidence)
        return msgspec.structs.replace(signal, reading=reading), beside

    def _note(self, signal: Signal, beside: str | None) -> Anatomy:
        """Take the numbers of a rise over, and look its evidence up."""
        reading = signal.reading
        alert = self.open.get(reading.series)
        if alert is None:
            name = alert_id(reading)
            alert = self.open[reading.series] = Alert(name, reading)
        alert.reading, alert.customers, alert.usual = reading, signal.customers, signal.usual
        alert.beside = beside
        alert.curve = signal.curve or alert.curve
        alert.comparison = signal.comparison or alert.comparison
        self.changed.add(alert.alert_id)
        return dissect(self._rise_of(alert), reading.since, self._evidence)

    def _judge(self, fresh: list[Anatomy], proof: float) -> None:
        """Tell real rises from artefacts: those still real once more, by what the others are."""
        if not fresh:
            return
        before = {a.rise.series: self.open[a.rise.series].findings for a in fresh}
        notices = Notices(self.alerts())
        judged: dict[str, tuple[Known, Findings]] = {}  # what was known, and what was found by it
        for _ in range(2):
            for anatomy in fresh:
                alert = self.open[anatomy.rise.series]
                alert.findings = before[alert.reading.series]
                known = notices.update(alert)
                asked, found = judged.get(alert.reading.series, (None, alert.findings))
                if asked != known:  # else it is what was found the first time
                    since = alert.reading.since
                    found = judge(anatomy, since, self._evidence, alert.findings, known)
                    judged[alert.reading.series] = known, found
                alert.findings = settled(alert, found, proof)
                notices.update(alert)
            real = [a for a in fresh if not is_notice(self.open[a.rise.series])]
            if len(real) == len(fresh):
                return
            fresh = real

    def _rise_of(self, alert: Alert) -> Rise:
        r = alert.reading
        _, labels = parse_series(r.series)
        place = self._evidence.place(labels)
        # Of a slow rise, as much as there can be evidence of.
        start = max(r.start, r.end - BASE_DAYS * DAY)
        part = (r.end - start) / (r.end - r.start)
        observed, expected, upper = (n * part for n in (r.observed, r.expected, r.upper))
        if r.detector == "fast":
            upper = max(upper, expected + FEW)  # nobody is paged for less
        return Rise(r.series, labels, place, start, r.end, observed, expected, upper, r.surprise)

    def _explain(self, fresh: list[Anatomy]) -> None:
        """Find the cause of every fresh rise, among all that are up and its cause so far."""
        new = {anatomy.rise.series for anatomy in fresh}
        kind = is_slow(self.open[fresh[0].rise.series])
        # Nobody knows of what is pending yet: it need not stay what it was.
        known = {s: c.cause for s, c in self.open.items() if c.state not in {None, State.PENDING}}
        alike = {s: c for s, c in self.open.items() if is_slow(c) is kind}
        standing = {s: c for s, c in alike.items() if s not in new and c.cause is None}
        for series in sorted(new & known.keys()):
            cause = self.resolved.get(self.open[series].explained_by or "")
            if cause is None or is_slow(cause) is not kind:
                continue
            if cause.reading.series not in self.open:
                standing[cause.reading.series] = cause
        rises = [self._rise_of(standing[series]) for series in sorted(standing)]
        notices = {s for s, c in (*self.open.items(), *standing.items()) if is_notice(c)}
        for series, cause_series in explain(fresh, rises, known, notices).items():
            alert = self.open[series]
            alert.cause, alert.explained_by = cause_series, None
            if cause_series is not None:
                found = self.open.get(cause_series) or standing[cause_series]
                alert.explained_by = found.alert_id

    def _flatten(self) -> None:
        """Let every alert point at a cause that has no cause itself."""
        for alert in self.open.values():
            seen = {alert.reading.series}
            while alert.cause in self.open and alert.cause not in seen:
                above = self.open[alert.cause]
                if above.cause is None:
                    break
                seen.add(alert.cause)
                alert.cause, alert.explained_by = above.cause, above.explained_by

    def _file(self, anatomy: Anatomy) -> None:
        alert, rise = self.open[anatomy.rise.series], anatomy.rise
        if is_slow(alert) and not anatomy.based:
            alert.split = {}  # it began before what is known of its parts
        else:
            alert.split = wording.split(anatomy, self._evidence.names)
        texts = self._evidence.samples(rise.start, rise.end, rise.place)
        alert.samples = texts or alert.samples

    def _rise(self, alert: Alert, trigger: Trigger, at: int) -> None:
        before, r = alert.state, alert.reading
        self._become(alert, trigger, at)
        excess = r.observed - r.expected
        severity = wording.severity(r.observed, r.expected, r.surprise)
        verdict = alert.findings.verdict
        if is_notice(alert):
            severity = "notice"
        graver = wording.RANK[severity] > wording.RANK[alert.severity]
        worse = excess > max(WORSE * alert.published_excess, alert.published_excess + WORSE_BY)
        if before is None:
            self._due[alert.alert_id] = "opened"
        elif before is State.STALE:
            self._due[alert.alert_id] = "came_back"
        elif before is not alert.state:
            self._due[alert.alert_id] = "confirmed"
        elif verdict != alert.published_verdict:
            self._due[alert.alert_id] = "verdict_changed"
        elif graver or worse:
            self._due[alert.alert_id] = "worse"
        if alert.alert_id in self._due:
            alert.severity, alert.published_excess, alert.published_verdict = (
                severity,
                excess,
                verdict,
            )

    def _become(self, alert: Alert, trigger: Trigger, at: int) -> None:
        alert.previous, alert.state, alert.at = alert.state, after(alert.state, trigger), at
        self.changed.add(alert.alert_id)

    def _publish(self, at: int) -> None:
        """Tell what is due, causes first; and whose cause or dependants are others now."""
        below: dict[str, list[str]] = {}
        for alert in self.open.values():
            if alert.explained_by is not None:
                below.setdefault(alert.explained_by, []).append(alert.alert_id)
        for alert in sorted(
            self.open.values(), key=lambda c: (c.cause is not None, c.reading.series)
        ):
            explains = sorted(below.get(alert.alert_id, ()))
            linked = explains != alert.explains or alert.alert_id in self._linked
            alert.explains = explains
            reason = self._due.get(alert.alert_id)
            if reason is None and alert.explained_by != alert.published_cause:
                reason = "cause_changed"
                alert.previous = alert.state
            if reason is not None or linked:
                alert.at = at
                alert.reason = reason or alert.reason
                alert.published_cause = alert.explained_by
                self.changed.add(alert.alert_id)
                value = record(alert, self._settings.runbook)
                self.told.append(Publication(alert.alert_id, value, reason is not None))
        self._due.clear()
        self._linked.clear()


def _forget_findings(alert: Alert) -> None:
    r = alert.reading
    alert.findings, alert.published_verdict = Findings(), "real"
    alert.severity = wording.severity(r.observed, r.expected, r.surprise)
