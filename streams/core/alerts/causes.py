"""Which open alert makes which others rise: every one points at its cause, or is one itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.alerts.significance import EARLY_EVENTS
from streams.core.event_time.buckets import DAY
from streams.core.evidence.attribution import Rise, explain
from streams.core.evidence.query import BASE_DAYS
from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.alerts.alert import Alert
    from streams.core.evidence.attribution import Anatomy
    from streams.core.evidence.evidence import Evidence


def rise_of(alert: Alert, evidence: Evidence) -> Rise:
    """Return the rise that an alert is about; of a slow one as much as there can be evidence of."""
    r = alert.reading
    _, labels = parse_series(r.series)
    start = max(r.start, r.end - BASE_DAYS * DAY)
    part = (r.end - start) / (r.end - r.start)
    observed, expected, upper = (n * part for n in (r.observed, r.expected, r.upper))
    if r.detector == "fast":
        upper = max(upper, expected + EARLY_EVENTS)  # nobody is paged for less
    return Rise(
        r.series,
        labels,
        evidence.place(labels),
        start,
        r.end,
        observed,
        expected,
        upper,
        r.surprise,
    )


def explain_group(
    rises: Sequence[Anatomy],
    alerts: Mapping[str, Alert],
    resolved: Mapping[str, Alert],
    evidence: Evidence,
) -> None:
    """Find the cause of every new rise, among all that are up and its cause so far.

    Args:
        rises: all spikes or all slow rises; there is one at least.
        alerts: the open alerts by series.
        resolved: those over of late, by alert id.
        evidence: that of their metric.
    """
    new = {anatomy.rise.series for anatomy in rises}
    slow = alerts[rises[0].rise.series].is_slow
    # Nobody knows of what is pending yet: it need not stay what it was.
    known = {series: alert.cause for series, alert in alerts.items() if alert.is_known}
    standing = {
        series: alert
        for series, alert in alerts.items()
        if alert.is_slow is slow and series not in new and alert.cause is None
    }
    for series in sorted(new & known.keys()):
        cause = resolved.get(alerts[series].explained_by or "")
        if cause is None or cause.is_slow is not slow:
            continue
        if cause.reading.series not in alerts:
            standing[cause.reading.series] = cause
    up = [rise_of(standing[series], evidence) for series in sorted(standing)]
    notices = {s for s, one in (*alerts.items(), *standing.items()) if one.is_notice}
    for series, cause_series in explain(rises, up, known, notices).items():
        above = None
        if cause_series is not None:
            above = alerts.get(cause_series) or standing[cause_series]
        alerts[series].explain(cause_series, None if above is None else above.alert_id)


def flatten(alerts: Mapping[str, Alert]) -> None:
    """Let every alert point at a cause that has no cause itself."""
    for alert in alerts.values():
        seen = {alert.reading.series}
        while alert.cause is not None and alert.cause not in seen:
            above = alerts.get(alert.cause)
            if above is None or above.cause is None:
                break
            seen.add(alert.cause)
            alert.explain(above.cause, above.explained_by)
