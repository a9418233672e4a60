"""The board: the open alerts of one metric, and what every step makes of them.

Told is what matters: a rise opens, is confirmed, gets materially worse, turns out to have another
cause, goes stale, comes back or is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.alerts import peers, wording
from streams.core.alerts.alert import Case, alert_id, record
from streams.core.alerts.lifecycle import Happening, State, after
from streams.core.alerts.notice import Notices, is_notice, is_proved, settled
from streams.core.alerts.overlap import Meeting, by_kind, is_slow, meet
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


class Told(NamedTuple):
    """A record to publish: on `alerts`, and on `alerts.history` where it is a transition."""

    alert_id: str
    value: bytes
    transition: bool


class News(NamedTuple):
    """What a step brings: rises to explain, what was read of each series, and what is over."""

    fresh: list[Anatomy]
    risen: dict[str, Reading]
    over: list[Case]


class Board:
    """The alerts of one metric. `told` and `changed` (alert ids) collect until they are taken."""

    def __init__(self, evidence: Evidence, settings: Detect) -> None:
        self._evidence = evidence
        self._settings = settings
        self._learn_days = tuned(settings.tuning).learn_days
        self._due: dict[str, AlertReason] = {}
        self._linked: set[str] = set()  # to be told, though it is no transition
        self.open: dict[str, Case] = {}  # by series
        self.resolved: dict[str, Case] = {}  # by alert id
        self.changed: set[str] = set()
        self.told: list[Told] = []
        self._moved = True  # something was opened, explained or closed since the last look at all
        self._oldest = 0  # nothing was resolved before this

    def step(self, step: Step) -> None:
        """Work out what one step of the detectors means."""
        fresh, risen, over = news = News([], {}, [])
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
            case = self.open[series]
            beyond_doubt = is_proved(case, reading, proof)
            self._rise(case, Happening.PROOF if beyond_doubt else Happening.HINT, step.end)
        for case in over:
            self._become(case, Happening.CALM, step.end)
            case.resolved_at = step.end
            self._due[case.alert_id] = "resolved"
        if fresh or self._due or self._linked or self._moved:
            self._publish(step.end)
        self._moved = bool(over)
        for case in over:
            del self.open[case.reading.series]
            self.resolved[case.alert_id] = case

    def silence(self, at: int) -> None:
        """Note that nothing was heard for too long; `at` is the event time known last."""
        for case in self.open.values():
            if case.state is not State.STALE:
                self._become(case, Happening.SILENCE, at)
                self._due[case.alert_id] = "went_stale"
        self._publish(at)

    def forget(self, now: int) -> Iterator[str]:
        """Drop the alerts that were resolved long before `now`; yield their ids."""
        if now - REMEMBERED <= self._oldest:
            return
        for name, case in list(self.resolved.items()):
            if case.resolved_at is not None and case.resolved_at < now - REMEMBERED:
                del self.resolved[name]
                yield name
        ends = [case.resolved_at for case in self.resolved.values() if case.resolved_at is not None]
        self._oldest = min(ends, default=now - REMEMBERED)

    def cases(self) -> Iterator[Case]:
        """Give every alert that is known, those just resolved too."""
        yield from self.open.values()
        yield from self.resolved.values()

    def _take(self, signal: Signal, proof: float, news: News) -> None:
        """Sort one reading in; `proof` is the surprise from which it is beyond doubt."""
        signal, beside = self._young(signal)
        reading = signal.reading
        case = self.open.get(reading.series)
        meeting = meet(case, reading, proof - HINT)
        if case is not None and meeting in {Meeting.ABOVE, Meeting.BACK}:
            _forget_findings(case)  # they are those of the other rise
        if meeting in {Meeting.ALONE, Meeting.ABOVE}:
            if reading.observed > reading.upper or case is None or meeting is Meeting.ABOVE:
                news.fresh.append(self._note(signal, beside))
            news.risen[reading.series] = reading
        elif case is not None and meeting is not Meeting.NOTHING:
            self.changed.add(case.alert_id)
            case.curve = signal.curve or case.curve
            if meeting is Meeting.OVER:
                news.over.append(case)
            elif meeting is Meeting.BACK:
                self._linked.add(case.alert_id)

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
        case = self.open.get(reading.series)
        if case is None:
            name = alert_id(reading)
            case = self.open[reading.series] = Case(name, reading)
        case.reading, case.customers, case.usual = reading, signal.customers, signal.usual
        case.beside = beside
        case.curve = signal.curve or case.curve
        case.comparison = signal.comparison or case.comparison
        self.changed.add(case.alert_id)
        return dissect(self._rise_of(case), reading.since, self._evidence)

    def _judge(self, fresh: list[Anatomy], proof: float) -> None:
        """Tell real rises from artefacts: those still real once more, by what the others are."""
        if not fresh:
            return
        before = {a.rise.series: self.open[a.rise.series].findings for a in fresh}
        notices = Notices(self.cases())
        judged: dict[str, tuple[Known, Findings]] = {}  # what was known, and what was found by it
        for _ in range(2):
            for anatomy in fresh:
                case = self.open[anatomy.rise.series]
                case.findings = before[case.reading.series]
                known = notices.update(case)
                asked, found = judged.get(case.reading.series, (None, case.findings))
                if asked != known:  # else it is what was found the first time
                    since = case.reading.since
                    found = judge(anatomy, since, self._evidence, case.findings, known)
                    judged[case.reading.series] = known, found
                case.findings = settled(case, found, proof)
                notices.update(case)
            real = [a for a in fresh if not is_notice(self.open[a.rise.series])]
            if len(real) == len(fresh):
                return
            fresh = real

    def _rise_of(self, case: Case) -> Rise:
        r = case.reading
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
            case = self.open[series]
            case.cause, case.explained_by = cause_series, None
            if cause_series is not None:
                found = self.open.get(cause_series) or standing[cause_series]
                case.explained_by = found.alert_id

    def _flatten(self) -> None:
        """Let every alert point at a cause that has no cause itself."""
        for case in self.open.values():
            seen = {case.reading.series}
            while case.cause in self.open and case.cause not in seen:
                above = self.open[case.cause]
                if above.cause is None:
                    break
                seen.add(case.cause)
                case.cause, case.explained_by = above.cause, above.explained_by

    def _file(self, anatomy: Anatomy) -> None:
        case, rise = self.open[anatomy.rise.series], anatomy.rise
        if is_slow(case) and not anatomy.based:
            case.split = {}  # it began before what is known of its parts
        else:
            case.split = wording.split(anatomy, self._evidence.names)
        texts = self._evidence.samples(rise.start, rise.end, rise.place)
        case.samples = texts or case.samples

    def _rise(self, case: Case, happening: Happening, at: int) -> None:
        before, r = case.state, case.reading
        self._become(case, happening, at)
        excess = r.observed - r.expected
        severity = wording.severity(r.observed, r.expected, r.surprise)
        verdict = case.findings.verdict
        if is_notice(case):
            severity = "notice"
        graver = wording.RANK[severity] > wording.RANK[case.severity]
        worse = excess > max(WORSE * case.told_excess, case.told_excess + WORSE_BY)
        if before is None:
            self._due[case.alert_id] = "opened"
        elif before is State.STALE:
            self._due[case.alert_id] = "came_back"
        elif before is not case.state:
            self._due[case.alert_id] = "confirmed"
        elif verdict != case.told_verdict:
            self._due[case.alert_id] = "verdict_changed"
        elif graver or worse:
            self._due[case.alert_id] = "worse"
        if case.alert_id in self._due:
            case.severity, case.told_excess, case.told_verdict = severity, excess, verdict

    def _become(self, case: Case, happening: Happening, at: int) -> None:
        case.previous, case.state, case.at = case.state, after(case.state, happening), at
        self.changed.add(case.alert_id)

    def _publish(self, at: int) -> None:
        """Tell what is due, causes first; and whose cause or dependants are others now."""
        below: dict[str, list[str]] = {}
        for case in self.open.values():
            if case.explained_by is not None:
                below.setdefault(case.explained_by, []).append(case.alert_id)
        for case in sorted(
            self.open.values(), key=lambda c: (c.cause is not None, c.reading.series)
        ):
            explains = sorted(below.get(case.alert_id, ()))
            linked = explains != case.explains or case.alert_id in self._linked
            case.explains = explains
            reason = self._due.get(case.alert_id)
            if reason is None and case.explained_by != case.told_cause:
                reason = "cause_changed"
                case.previous = case.state
            if reason is not None or linked:
                case.at = at
                case.reason = reason or case.reason
                case.told_cause = case.explained_by
                self.changed.add(case.alert_id)
                value = record(case, self._settings.runbook)
                self.told.append(Told(case.alert_id, value, reason is not None))
        self._due.clear()
        self._linked.clear()


def _forget_findings(case: Case) -> None:
    r = case.reading
    case.findings, case.told_verdict = Findings(), "real"
    case.severity = wording.severity(r.observed, r.expected, r.surprise)
