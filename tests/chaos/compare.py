"""What the world sees, as tables, and where two of them differ. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from small_cluster import Cluster, Place

from schemas.topics import (
    ALERTS,
    BUCKETS,
    CUSTOMERS,
    DEADLETTER,
    HISTORY,
    LATE,
    PERIODS,
    ROLLING,
)
from streams.core.ingest.stage import IngestStage
from streams.core.stage import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from producer import Message

    from streams.core.config import Config

COUNTED: Final = (BUCKETS, ROLLING, DEADLETTER, LATE, ALERTS, HISTORY)
PUBLIC: Final = (*COUNTED, CUSTOMERS, PERIODS)
"""With what is kept of customers."""
ONCE: Final = (DEADLETTER, LATE)
"""Topics on which each key comes once."""
_NOT_COMPARED: Final = {
    BUCKETS: {"watermark"},  # when the row was last written, not what is true
    DEADLETTER: {"at"},  # the wall clock
    # What was said when a period became final, and when the row was last written.
    PERIODS: {"published", "difference", "status", "clock", "losses"},
    # What a customer was worth by then may be known sooner or later.
    HISTORY: {"complained", "value_at_risk"},
}

MOVEMENTS: Final = frozenset(
    {
        *("new_customers", "reactivated_customers", "discovered_customers", "lost_customers"),
        *("merged_in_customers", "merged_out_customers", "expansion", "contraction"),
        "active_customers",
    }
)
"""Metrics of customers: a loss, say, is taken back by a return that is read later."""
_TELLING: Final = frozenset({"count", "state", "reason", "at", "labels", "event_id"})

Messages = list[tuple[bytes, bytes | None]]
Tables = dict[str, dict[bytes, Any]]

_row = msgspec.json.Decoder()


def clean_pass(
    config: Config, messages: Iterable[Message], wall: float, partitions: int
) -> Cluster:
    """Run the pure stages once over what is produced, partition by partition."""
    cluster = Cluster(config, wall, partitions)
    for topic, partition, key, value in messages:
        log = cluster.logs[topic, partition]
        log.append(Record(len(log), key, value))
    cluster.settle()
    for _ in range(3):  # until what is published every half-minute has been
        cluster.wall += 60.0
        cluster.settle()
    return cluster


def outcomes(cluster: Cluster) -> dict[str, Counter[str]]:
    """Count by source topic what came of its messages."""
    found: dict[str, Counter[str]] = {}
    for partition in range(cluster.partitions):
        fold = cluster.owners[Place("fold", partition)].stage
        assert isinstance(fold, IngestStage)
        for (topic, outcome), count in fold.outcomes().items():
            found.setdefault(topic, Counter())[outcome] += count
    return found


def published(cluster: Cluster) -> dict[str, Messages]:
    """Give the messages of the public topics."""
    return {
        topic: [
            (record.key or b"", record.value)
            for partition in range(cluster.partitions)
            for record in cluster.logs[topic, partition]
        ]
        for topic in PUBLIC
    }


def tables(messages: Mapping[str, Messages]) -> Tables:
    """Read the public topics as tables by key; the history of alerts by its place in order."""
    return {topic: _table(topic, messages[topic]) for topic in messages}


def _table(topic: str, messages: Messages) -> dict[bytes, Any]:
    latest = dict(messages)
    if topic == HISTORY:
        latest = {b"%d" % n: value for n, (_, value) in enumerate(messages)}
    rows = {key: _row.decode(value) for key, value in latest.items() if value}
    if topic == ROLLING:  # an empty window may be published or not, which is the same
        return {
            key: (row["count"], {c: v for c, v in row["values"].items() if v}, row["customers"])
            for key, row in rows.items()
            if row["count"] or any(row["values"].values())
        }
    if topic == BUCKETS:  # a movement that was taken back is none, told or not
        rows = {
            key: _moved(row) if row["metric"] in MOVEMENTS else row
            for key, row in rows.items()
            if row["metric"] not in MOVEMENTS or row["count"] or any(row["values"].values())
        }
    for name in _NOT_COMPARED.get(topic, ()):
        for row in rows.values():
            row.pop(name, None)
    return rows


def _moved(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a row of movements what depends on when it was told."""
    values = {currency: value for currency, value in row["values"].items() if value}
    return {"metric": row["metric"], "count": row["count"], "values": values}


def differences(want: Tables, have: Tables) -> list[str]:
    """List what is not the same, one line a key."""
    return [line for topic in want for line in _differ(topic, want[topic], have[topic])]


def counted(all_tables: Tables) -> Tables:
    """Give the tables of what is counted, without those of what is judged."""
    return {t: rows for t, rows in all_tables.items() if t not in {ALERTS, HISTORY}}


def left_open(before: Messages, have: Tables) -> list[str]:
    """List the alerts that were not resolved by these transitions, nor are by now."""
    rows = [_row.decode(value or b"null") for _, value in before]
    states = {row["alert_id"]: row["state"] for row in rows}
    now = {row["alert_id"]: row["state"] for row in have[ALERTS].values()}
    return [
        f"{ALERTS} {alert}: {state} before, {now.get(alert, 'no row')} now"
        for alert, state in states.items()
        if state != "resolved" and now.get(alert) != "resolved"
    ]


def _differ(topic: str, want: Mapping[bytes, Any], have: Mapping[bytes, Any]) -> Iterator[str]:
    if want == have:
        return
    for key in sorted(want.keys() | have.keys()):
        if want.get(key) != have.get(key):
            yield f"{topic} {key.decode()}: {_contrast(want.get(key), have.get(key))}"


def _contrast(want: Any, have: Any) -> str:
    if isinstance(want, dict) and isinstance(have, dict):
        fields = [f for f in want.keys() | have.keys() if want.get(f) != have.get(f)]
        want, have = ({f: row.get(f) for f in sorted(fields)} for row in (want, have))
    elif isinstance(want or have, dict):
        known = {f: v for f, v in (want or have).items() if f in _TELLING}
        return f"{'missing' if have is None else 'one too many'}: {known}"
    return f"expected {want}, found {have}"


def never(messages: Mapping[str, Messages], want: Tables) -> list[str]:
    """List what must not be seen at any time, though a later message may mend it.

    More counted in a bucket than there is; a refused or late event published twice.
    """
    found = []
    for key, value in messages[BUCKETS]:
        row = _row.decode(value or b"null")
        if row is not None and row["metric"] not in MOVEMENTS:  # these are taken back
            truth, count = want[BUCKETS].get(key), row["count"]
            if truth is None or count > truth["count"]:
                right = truth["count"] if truth else "no such bucket"
                found.append(f"{BUCKETS} {key.decode()}: {count} published once, expected {right}")
    for topic in ONCE:
        counts = Counter(key for key, _ in messages[topic])
        found += [
            f"{topic} {key.decode()}: published {n} times" for key, n in counts.items() if n > 1
        ]
    return found


def repeated(history: Sequence[tuple[bytes, bytes | None]]) -> list[str]:
    """List the transitions of alerts that were published more than once."""
    counts = Counter(history)
    return [
        f"{HISTORY} {key.decode()}: published {n} times" for (key, _), n in counts.items() if n > 1
    ]
