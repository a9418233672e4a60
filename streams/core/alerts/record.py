"""What is published of an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from schemas import wire
from streams.core.alerts.lifecycle import State
from streams.core.alerts.wording import named, sentence, slow_sentence, without_history
from streams.core.event_time.formats import minute, utc
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.incidents.worth import fields
from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.core.alerts.alert import Alert
    from streams.core.artefacts.verdict import Reason
    from streams.core.detect.exceedances import Exceedance
    from streams.core.detect.protocol import Reading
    from streams.core.event_time.comparison import Comparison
    from streams.core.incidents.worth import Worth
    from streams.core.messages import Curve

    Instant = Callable[[int], int]

PERIODS: Final = ("start", "end", "before_start", "before_end")
"""The fields of a comparison that are times."""


def record(alert: Alert, runbook: str, zone: Zone = UTC_ZONE, worth: Worth | None = None) -> bytes:
    """Encode the record of an alert, as it is published on `alerts` and `alerts.history`.

    Its fields are times, its sentences tell the civil time of `zone`. `worth` is what is known of
    the customers who complained.
    """
    r, instant = alert.reading, zone.instant
    metric, labels = parse_series(r.series)
    describe = slow_sentence if alert.is_slow else sentence
    message = describe(r, alert.customers, alert.usual, alert.split)
    if alert.beside is not None:
        message += without_history(r.history, alert.beside)
    if alert.cause is not None:
        message += f" Explained by {named(*parse_series(alert.cause))}."
    found = alert.findings
    if found.reasons and alert.is_notice:
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
        at=instant(alert.at),
        started_at=instant(r.since),
        resolved_at=None if alert.resolved_at is None else instant(alert.resolved_at),
        grain=r.grain,
        window_start=instant(r.start),
        window_end=instant(r.end),
        observed=round(r.observed),
        expected=round(r.expected, 3),
        upper=round(r.upper, 3),
        excess=round(r.observed - r.expected, 3),
        surprise=round(r.surprise, 2),
        windows=[_window(one, instant) for one in r.windows],
        severity=alert.severity,
        verdict=found.verdict,
        reasons=[
            {"artefact": one.artefact, "share": one.share, "evidence": _evidence(one, r)}
            for one in found.reasons
        ],
        history_days=r.history,
        customers=alert.customers,
        usual_customers=round(alert.usual, 1),
        complained=fields(worth),
        curve=None if alert.curve is None else _curve(alert.curve, instant),
        comparison=[_compared(one, instant) for one in alert.comparison],
        incident_id=alert.incident_id,
        explained_by=alert.explained_by,
        explains=alert.explains,
        split=alert.split,
        samples=alert.samples,
        message=message,
        runbook=f"{runbook}#a-rise-of-{metric.replace('_', '-')}",
    )


def _evidence(one: Reason, reading: Reading) -> str:
    """Return the sentence that shows an artefact, and where it was counted if not in the window."""
    if not one.end or (one.start, one.end) == (reading.start, reading.end):
        return one.evidence
    return f"{one.evidence} Counted from {minute(utc(one.start))} to {minute(utc(one.end))}."


def _window(one: Exceedance, instant: Instant) -> dict[str, int | float | None]:
    return {
        "start": instant(one.start),
        "end": instant(one.end),
        "observed": round(one.observed),
        "expected": round(one.expected, 3),
        "upper": round(one.upper, 3),
        "odds": one.odds or None,
    }


def _curve(one: Curve, instant: Instant) -> dict[str, int | list[int] | list[float]]:
    return msgspec.structs.asdict(one) | {"start": instant(one.start)}


def _compared(one: Comparison, instant: Instant) -> dict[str, str | int | float | None]:
    times = {name: instant(getattr(one, name)) for name in PERIODS}
    return (
        msgspec.structs.asdict(one)
        | times
        | {
            "excess": round(one.count - one.expected, 2),
            "message": one.sentence,
        }
    )
