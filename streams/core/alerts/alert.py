"""An alert as the alerts stage holds it, and what may happen to it."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.alerts import AlertReason, AlertSeverity, Verdict
from streams.core.alerts.lifecycle import State, Trigger, after
from streams.core.alerts.wording import Split
from streams.core.artefacts.verdict import Findings
from streams.core.detect.protocol import Reading
from streams.core.event_time.comparison import Comparison
from streams.core.incidents.severity import RANK, severity
from streams.core.messages import Curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.messages import Signal

WORSE_TIMES: Final = 2.0
"""An alert is worse when its excess is so many times what was published."""
WORSE_EVENTS: Final = 5.0
"""It must be so many events more as well."""


class Alert(msgspec.Struct, array_like=True):
    """One alert. `reading` is the last one beyond its bound; times are event time, and civil.

    Whoever publishes it turns them into instants, as `record` does.
    """

    alert_id: str
    reading: Reading
    customers: int = 0
    at: int = 0
    state: State | None = None
    previous: State | None = None
    reason: AlertReason = "opened"
    severity: AlertSeverity = "info"
    published_excess: float = 0.0
    published_cause: str | None = None
    resolved_at: int | None = None
    explained_by: str | None = None
    cause: str | None = None  # the series of the alert that explains it
    explains: list[str] = []  # msgspec makes a fresh one for each
    split: Split = {}
    samples: list[str] = []
    usual: float = 0.0  # distinct customers in spans as long, before
    curve: Curve | None = None
    comparison: list[Comparison] = []
    slow: Reading | None = None  # a slow rise beneath the spike that `reading` is of
    findings: Findings = msgspec.field(default_factory=Findings)
    published_verdict: Verdict = "real"
    beside: str | None = None  # the parent of a series without a history, which it is judged by
    incident_id: str | None = None

    # -- what it is --------------------------------------------------------------------------------

    @property
    def is_slow(self) -> bool:
        """It is about a slow rise."""
        return self.reading.detector == "slow"

    @property
    def is_notice(self) -> bool:
        """It is an artefact by what was found so far."""
        return self.findings.verdict == "artefact"

    @property
    def is_known(self) -> bool:
        """It was published as more than a hint."""
        return self.state not in {None, State.PENDING}

    @property
    def excess(self) -> float:
        """Events beyond the expectation."""
        return self.reading.observed - self.reading.expected

    def current_severity(self) -> AlertSeverity:
        """Return the severity by the last reading and findings; `severity` is the published one."""
        r = self.reading
        return "notice" if self.is_notice else severity(r.observed, r.expected, r.surprise)

    def is_worse(self) -> bool:
        """Return whether the rise is materially more than what was published."""
        least = max(WORSE_TIMES * self.published_excess, self.published_excess + WORSE_EVENTS)
        return RANK[self.current_severity()] > RANK[self.severity] or self.excess > least

    # -- what was read and found -------------------------------------------------------------------

    def read(self, signal: Signal, beside: str | None) -> None:
        """Note the numbers of a rise; `beside` is the parent that a young one is judged by."""
        self.reading, self.customers, self.usual = signal.reading, signal.customers, signal.usual
        self.beside = beside
        self.comparison = signal.comparison or self.comparison
        self.read_curve(signal)

    def read_curve(self, signal: Signal) -> None:
        """Note the closed days of its series."""
        self.curve = signal.curve or self.curve

    def cover(self) -> None:
        """Remember the slow rise beneath a spike, which is about to be read."""
        self.slow, self.published_excess = self.reading, 0.0
        self._forget_findings()

    def note_beneath(self, reading: Reading | None) -> None:
        """Remember a slow rise beneath the spike; None: there is none any more."""
        self.slow = reading

    def uncover(self) -> bool:
        """Go back to the slow rise beneath a spike that is over; False where there is none."""
        if self.slow is None:
            return False
        self.reading, self.slow = self.slow, None
        self.published_excess = self.excess
        self._forget_findings()
        return True

    def _forget_findings(self) -> None:
        """Forget the findings: they are those of the other rise of its series."""
        self.findings, self.published_verdict = Findings(), "real"
        self.severity = self.current_severity()

    def end(self, reading: Reading) -> None:
        """Note how the rise ended: calm, or accepted as the new level."""
        self.reading = msgspec.structs.replace(self.reading, status=reading.status)

    def judge(self, findings: Findings) -> None:
        """Note the verdict: real or an artefact, and why."""
        self.findings = findings

    def explain(self, cause: str | None, alert_id: str | None) -> None:
        """Note which series explains it, and the alert of that; None: it is a cause itself."""
        self.cause, self.explained_by = cause, alert_id

    def describe(self, split: Split, samples: Sequence[str]) -> None:
        """Note its parts and texts; where there are no texts now, the ones before stay."""
        self.split = split
        self.samples = list(samples) or self.samples

    # -- its life ----------------------------------------------------------------------------------

    def become(self, trigger: Trigger, at: int) -> None:
        """Change its state."""
        self.previous, self.state, self.at = self.state, after(self.state, trigger), at
        if trigger is Trigger.CALM:
            self.resolved_at = at

    def reason_to_publish(self, before: State | None) -> AlertReason | None:
        """Return why it is to be published after a rise, by its state before; None: it is not."""
        if before is None:
            return "opened"
        if before is State.STALE:
            return "came_back"
        if before is not self.state:
            return "confirmed"
        if self.findings.verdict != self.published_verdict:
            return "verdict_changed"
        return "worse" if self.is_worse() else None

    def grade(self) -> None:
        """Note severity, excess and verdict, which are about to be published."""
        self.severity = self.current_severity()
        self.published_excess = self.excess
        self.published_verdict = self.findings.verdict

    def link(self, explains: list[str]) -> bool:
        """Note which alerts it explains; False where that is as it was."""
        changed = explains != self.explains
        self.explains = explains
        return changed

    def publish(self, reason: AlertReason | None, at: int) -> None:
        """Note that it is published; without a reason it is no transition."""
        if reason == "cause_changed":
            self.previous = self.state
        self.at = at
        self.reason = reason or self.reason
        self.published_cause = self.explained_by


def alert_id(reading: Reading) -> str:
    """Name an alert: the same rise has the same name wherever and whenever it is worked out.

    A spike and a slow rise may begin at one time, and are two.
    """
    slow = "\tslow" if reading.detector == "slow" else ""
    return blake2b(f"{reading.series}\t{reading.since}{slow}".encode(), digest_size=8).hexdigest()
