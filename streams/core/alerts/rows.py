"""The rows of one metric's watch in the changelog: what of it changed is written, all is read.

The kinds of rows are declared in `streams.core.alerts.kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams.core.alerts.kinds import (
    ALERT,
    DAY,
    HOUR,
    HOURS_PAST,
    LABEL_NAMES,
    LANE,
    OPEN_EVIDENCE,
    SOURCE,
    STEP,
    WAITING,
)
from streams.core.alerts.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.alerts.alert import Alert
    from streams.core.alerts.inbox import Inbox
    from streams.core.alerts.open_alerts import OpenAlerts
    from streams.core.alerts.stage import Watch
    from streams.core.changelog import ChangelogRow, Kind, StoredRow
    from streams.core.evidence.label_counts import Labels
    from streams.core.evidence.row import EvidenceRow
    from streams.core.evidence.store import Bucket, Evidence

EVIDENCE: Final[Mapping[str, Kind[Any]]] = {
    kind.letter: kind for kind in (OPEN_EVIDENCE, HOUR, DAY, HOURS_PAST)
}
"""The kinds of evidence by the first of a `Bucket`."""


def read(watch: Watch, row: StoredRow) -> None:
    """Take one row over."""
    kind, (_, *key), value = row
    if kind is ALERT:
        _read_alert(watch.open_alerts, value)
    elif kind is STEP:
        watch.done = watch.told_done = value
    elif kind is LANE:
        watch.inbox.restore(key[0], value)
    elif kind is WAITING:
        partition, number = key
        watch.inbox.wait((partition, number), value)
    elif kind is LABEL_NAMES:
        watch.evidence.names = value
    elif kind is SOURCE:
        watch.evidence.sources[key[0]] = value
    else:
        partition, start = key
        _read_evidence(watch.evidence, (kind.letter, partition, start), value)
        watch.stored.add((kind.letter, partition, start))


def changed(watch: Watch) -> Iterator[ChangelogRow]:
    """Give the rows of what changed; None stands for what is gone."""
    metric = watch.metric
    yield from _evidence_rows(watch)
    yield from _inbox_rows(watch.inbox, metric)
    for alert in watch.open_alerts.alerts():
        if alert.alert_id in watch.open_alerts.changed:
            yield ALERT.key(metric, alert.alert_id), ALERT.encode(alert)
    for name in watch.forgotten:
        yield ALERT.key(metric, name), None
    if watch.done != watch.told_done:
        yield STEP.key(metric), STEP.encode(watch.done)


def _read_alert(open_alerts: OpenAlerts, alert: Alert) -> None:
    if alert.state is State.RESOLVED:
        open_alerts.resolved[alert.alert_id] = alert
    else:
        open_alerts.open[alert.reading.series] = alert


def _read_evidence(evidence: Evidence, bucket: Bucket, held: Any) -> None:  # noqa: ANN401 - by kind
    letter, partition, start = bucket
    if letter == HOURS_PAST.letter:
        evidence.past.read(start, held)
        return
    entries = evidence.same.keys(held)
    if letter == OPEN_EVIDENCE.letter:
        evidence.bucket(partition, start).update(entries)
    elif letter == HOUR.letter:
        evidence.hours[start] = entries
    else:
        evidence.days[start] = entries


def _inbox_rows(inbox: Inbox, metric: str) -> Iterator[ChangelogRow]:
    for partition in inbox.changed:
        yield LANE.key(metric, partition), LANE.encode(inbox.lanes[partition])
    for (partition, number), signal in inbox.came.items():
        yield WAITING.key(metric, partition, number), WAITING.encode(signal)
    for partition, number in inbox.gone:
        yield WAITING.key(metric, partition, number), None


def _evidence_rows(watch: Watch) -> Iterator[ChangelogRow]:
    metric, evidence = watch.metric, watch.evidence
    if evidence.moved:
        yield LABEL_NAMES.key(metric), LABEL_NAMES.encode(evidence.names)
    for partition in evidence.moved:
        yield SOURCE.key(metric, partition), SOURCE.encode(evidence.sources[partition])
    for bucket in evidence.changed:
        letter, partition, start = bucket
        held: Mapping[Labels, EvidenceRow | int] | bytes | None
        if letter == OPEN_EVIDENCE.letter:
            held = evidence.open.get((partition, start))
        elif letter == HOUR.letter:
            held = evidence.hours.find(start)
        elif letter == HOURS_PAST.letter:
            held = evidence.past.row(start)
        else:
            held = evidence.days.get(start)
        kind = EVIDENCE[letter]
        key = kind.key(metric, partition, start)
        if held is not None:
            watch.stored.add(bucket)
            yield key, held if isinstance(held, bytes) else kind.encode(list(held.items()))
        elif bucket in watch.stored:
            watch.stored.remove(bucket)
            yield key, None
