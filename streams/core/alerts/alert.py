"""An alert: one alert as the incidents stage holds it, and the record that tells it to others."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from schemas import wire
from schemas.alerts import AlertReason, Verdict
from streams.core.alerts.lifecycle import State
from streams.core.alerts.wording import (
    Severity,
    Split,
    named,
    sentence,
    slow_sentence,
    without_history,
)
from streams.core.artefacts.verdict import Findings, Reason
from streams.core.detect.protocol import Reading
from streams.core.event_time.comparison import Comparison
from streams.core.event_time.formats import minute, utc
from streams.core.messages import Curve
from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from streams.core.detect.exceedances import Exceedance


class Alert(msgspec.Struct, array_like=True):
    """One alert. `reading` is the last one beyond its bound; times are event time."""

    alert_id: str
    reading: Reading
    customers: int = 0
    at: int = 0
    state: State | None = None
    previous: State | None = None
    reason: AlertReason = "opened"
    severity: Severity = "info"
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
    slow: Reading | None = None  # a slow rise beneath the spike that `reading` tells
    findings: Findings = msgspec.field(default_factory=Findings)
    published_verdict: Verdict = "real"
    beside: str | None = None  # the parent of a series without a history, which it is judged by


def alert_id(reading: Reading) -> str:
    """Name an alert: the same rise has the same name wherever and whenever it is worked out.

    A spike and a slow rise may begin at one time, and are two.
    """
    slow = "\tslow" if reading.detector == "slow" else ""
    return blake2b(f"{reading.series}\t{reading.since}{slow}".encode(), digest_size=8).hexdigest()


def record(alert: Alert, runbook: str) -> bytes:
    """Encode what `alerts` and `alerts.history` tell of an alert."""
    r = alert.reading
    metric, labels = parse_series(r.series)
    tell = slow_sentence if r.detector == "slow" else sentence
    message = tell(r, alert.customers, alert.usual, alert.split)
    if alert.beside is not None:
        message += without_history(r.history, alert.beside)
    if alert.cause is not None:
        message += f" Explained by {named(*parse_series(alert.cause))}."
    found = alert.findings
    if found.reasons and found.verdict == "artefact":
        message += f" An artefact, it seems: {_evidence(found.reasons[0], r)}"
    if alert.state is State.RESOLVED:
        message = f"{'The new level' if r.status == 'accepted' else 'Over'}. {message}"
    return wire.encode_alert(
        alert_id=alert.alert_id,
        state=alert.state,
        previous=alert.previous,
        reason=alert.reason,
        metric=metric,
        labels=labels,
        at=alert.at,
        started_at=r.since,
        resolved_at=alert.resolved_at,
        grain=r.grain,
        window_start=r.start,
        window_end=r.end,
        observed=round(r.observed),
        expected=round(r.expected, 3),
        upper=round(r.upper, 3),
        excess=round(r.observed - r.expected, 3),
        surprise=round(r.surprise, 2),
        windows=[_window(one) for one in r.windows],
        severity=alert.severity,
        verdict=found.verdict,
        reasons=[
            {"artefact": one.artefact, "share": one.share, "evidence": _evidence(one, r)}
            for one in found.reasons
        ],
        history_days=r.history,
        customers=alert.customers,
        usual_customers=round(alert.usual, 1),
        curve=None if alert.curve is None else msgspec.structs.asdict(alert.curve),
        comparison=[_compared(one) for one in alert.comparison],
        explained_by=alert.explained_by,
        explains=alert.explains,
        split=alert.split,
        samples=alert.samples,
        message=message,
        runbook=f"{runbook}#a-rise-of-{metric.replace('_', '-')}",
    )


def _evidence(one: Reason, reading: Reading) -> str:
    """Give what shows an artefact; and where it was counted, if not in the window of the alert."""
    if not one.end or (one.start, one.end) == (reading.start, reading.end):
        return one.evidence
    return f"{one.evidence} Counted from {minute(utc(one.start))} to {minute(utc(one.end))}."


def _window(one: Exceedance) -> dict[str, int | float | None]:
    return {
        "start": one.start,
        "end": one.end,
        "observed": round(one.observed),
        "expected": round(one.expected, 3),
        "upper": round(one.upper, 3),
        "odds": one.odds or None,
    }


def _compared(one: Comparison) -> dict[str, str | int | float | None]:
    return msgspec.structs.asdict(one) | {
        "excess": round(one.count - one.expected, 2),
        "message": one.sentence,
    }
