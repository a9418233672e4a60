"""The rows of one metric's watch in the changelog: what of it changed is written, all is read.

The key is kind, metric, and what tells rows of a kind apart, with tabs between.

| kind | | |
|---|---|---|
| a | alert | by its id |
| l, w | a series partition, and each signal of it that waits for the others | partition, number |
| n, s | names of the labels, and how far a source partition was heard of | partition |
| o, h, d | evidence of an open bucket, an hour, a day | partition or 0, start |
| c | counts by hour of a day gone by | 0, start |
| t | the end of the last step | |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.core.alerts.alert import Alert
from streams.core.alerts.inbox import Lane
from streams.core.alerts.lifecycle import State
from streams.core.evidence.row import EvidenceRow
from streams.core.evidence.store import Source
from streams.core.messages import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streams.core.alerts.inbox import Inbox
    from streams.core.alerts.open_alerts import OpenAlerts
    from streams.core.alerts.stage import Watch
    from streams.core.evidence.label_counts import Labels
    from streams.core.evidence.store import Evidence

ChangelogRow = tuple[bytes, bytes | None]

_encode = msgspec.msgpack.Encoder().encode
_alert = msgspec.msgpack.Decoder(Alert)
_lane = msgspec.msgpack.Decoder(Lane)
_signal = msgspec.msgpack.Decoder(Signal)
_source = msgspec.msgpack.Decoder(Source)
_names = msgspec.msgpack.Decoder(tuple[str, ...])
_entries = msgspec.msgpack.Decoder(list[tuple[tuple[str, ...], EvidenceRow]])
_counts = msgspec.msgpack.Decoder(list[tuple[tuple[str, ...], int]])
_time = msgspec.msgpack.Decoder(int)


def parse(key: bytes) -> tuple[str, str, list[str]]:
    """Give the kind of a row, its metric and the rest of its key."""
    kind, metric, *rest = key.decode().split("\t")
    return kind, metric, rest


def read(watch: Watch, kind: str, rest: Sequence[str], value: bytes) -> None:
    """Take one row over."""
    if kind == "a":
        _read_alert(watch.open_alerts, value)
    elif kind == "t":
        watch.done = watch.told_done = _time.decode(value)
    elif kind == "l":
        watch.inbox.restore(int(rest[0]), _lane.decode(value))
    elif kind == "w":
        watch.inbox.wait((int(rest[0]), int(rest[1])), _signal.decode(value))
    elif kind == "n":
        watch.evidence.names = _names.decode(value)
    elif kind == "s":
        watch.evidence.sources[int(rest[0])] = _source.decode(value)
    else:
        _read_evidence(watch.evidence, kind, (int(rest[0]), int(rest[1])), value)
        watch.stored.add((kind, int(rest[0]), int(rest[1])))


def changed(watch: Watch) -> Iterator[ChangelogRow]:
    """Give the rows of what changed; None stands for what is gone."""
    metric = watch.metric
    yield from _evidence_rows(watch)
    yield from _inbox_rows(watch.inbox, metric)
    for alert in watch.open_alerts.alerts():
        if alert.alert_id in watch.open_alerts.changed:
            yield f"a\t{metric}\t{alert.alert_id}".encode(), _encode(alert)
    for name in watch.forgotten:
        yield f"a\t{metric}\t{name}".encode(), None
    if watch.done != watch.told_done:
        yield f"t\t{metric}".encode(), _encode(watch.done)


def _read_alert(open_alerts: OpenAlerts, value: bytes) -> None:
    alert = _alert.decode(value)
    if alert.state is State.RESOLVED:
        open_alerts.resolved[alert.alert_id] = alert
    else:
        open_alerts.open[alert.reading.series] = alert


def _read_evidence(evidence: Evidence, kind: str, place: tuple[int, int], value: bytes) -> None:
    _, start = place
    if kind == "o":
        evidence.bucket(*place).update(evidence.same.keys(_entries.decode(value)))
    elif kind == "h":
        evidence.hours[start] = evidence.same.keys(_entries.decode(value))
    elif kind == "d":
        evidence.days[start] = evidence.same.keys(_counts.decode(value))
    elif kind == "c":
        evidence.past.read(start, value)


def _inbox_rows(inbox: Inbox, metric: str) -> Iterator[ChangelogRow]:
    for partition in inbox.changed:
        yield f"l\t{metric}\t{partition}".encode(), _encode(inbox.lanes[partition])
    for (partition, number), signal in inbox.came.items():
        yield f"w\t{metric}\t{partition}\t{number}".encode(), _encode(signal)
    for partition, number in inbox.gone:
        yield f"w\t{metric}\t{partition}\t{number}".encode(), None


def _evidence_rows(watch: Watch) -> Iterator[ChangelogRow]:
    metric, evidence = watch.metric, watch.evidence
    if evidence.moved:
        yield f"n\t{metric}".encode(), _encode(evidence.names)
    for partition in evidence.moved:
        yield f"s\t{metric}\t{partition}".encode(), _encode(evidence.sources[partition])
    for bucket in evidence.changed:
        kind, partition, start = bucket
        key = f"{kind}\t{metric}\t{partition}\t{start}".encode()
        held: Mapping[Labels, EvidenceRow | int] | bytes | None
        if kind == "o":
            held = evidence.open.get((partition, start))
        elif kind == "h":
            held = evidence.hours.find(start)
        elif kind == "c":
            held = evidence.past.row(start)
        else:
            held = evidence.days.get(start)
        if held is not None:
            watch.stored.add(bucket)
            yield key, held if isinstance(held, bytes) else _encode(list(held.items()))
        elif bucket in watch.stored:
            watch.stored.remove(bucket)
            yield key, None
