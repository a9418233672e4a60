"""What happens in the small cluster: events of a few customers, and what the world may see."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from events import T0, complaint
from small_cluster import PARTITIONS, SOURCES, Cluster, Place

from schemas.topics import ALERTS, BUCKETS, DEADLETTER, HISTORY, LATE, ROLLING
from streams.core.config import Calendar
from streams.core.event_time.buckets import GRAINS
from streams.core.ingest.stage import IngestStage
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from streams.core.event_time.buckets import Grain

MINUTE, HOUR, DAY = 60, 3600, 86400
USED: Final = ("complaints", "revenue", "renewals")
BASE_DAYS: Final = 21
_KEPT: Final = {
    "complaints": ((), ("company",), ("product",)),
    "revenue": ((), ("segment",)),
    "renewals": ((), ("reason",)),
    "refusals": ((), ("reason",)),
}
_BEATS: Final = (0, 15, 5)
"""For each partition a kind that lives there, all with the same labels: others fall silent."""

Table = dict[str, Any]


def small_settings(*, idle_timeout: float, timezone: str = "UTC") -> Settings:
    """Few breakdowns, and a cap that a handful of labels passes."""
    settings = Settings(calendar=Calendar(timezone=timezone))
    changed = {"breakdowns": _KEPT, "label_cap": 3, "idle_timeout": idle_timeout}
    tables = settings.tables.model_copy(update=changed)
    return settings.model_copy(update={"tables": tables})


def event(topic: str, event_id: str, time: int, kind: int) -> dict[str, Any]:
    """Make an event; `kind` chooses customer, labels and amount."""
    known = {"customer_id": f"c{kind % 7}"}
    label = "ABCDE"[kind % 5]
    if topic == "complaints":
        text = f"call {label} about {kind % 11}"
        return complaint(event_id, time, company=label, product=f"P{kind % 2}", text=text, **known)
    if topic == "revenue":
        cash = {"amount": 1000 * kind - 5000, "cost_to_serve": kind}
        currency = "USD" if kind % 3 else "EUR"
        return complaint(event_id, time, segment=label, currency=currency, **cash, **known)
    outcome = "refused" if kind % 4 == 0 else "renewed"
    return complaint(
        event_id, time, outcome=outcome, value=kind, currency="USD", reason=label, **known
    )


def produce(cluster: Cluster, topic: str, event_id: str, time: int, kind: int) -> None:
    """Write an event to the partition of its customer."""
    value = msgspec.json.encode(event(topic, event_id, time, kind))
    cluster.produce(topic, kind % 7 % PARTITIONS, None, value)


def beat(cluster: Cluster, time: int) -> None:
    """Send one event a partition and topic, so that all have reached `time`."""
    for topic in USED:
        for partition, kind in enumerate(_BEATS):
            produce(cluster, topic, f"beat-{time}-{partition}", time, kind)


def base(cluster: Cluster) -> int:
    """Write three quiet weeks, so that the detectors have learned; return where they end."""
    beat(cluster, T0)
    for (
        kind
    ) in _BEATS:  # a little out of order, so the first is not the earliest: of the day before
        produce(cluster, "complaints", f"early-{kind}", T0 - 5 * MINUTE, kind)
    for day in range(BASE_DAYS):
        for n in range(6):
            produce(cluster, "complaints", f"{day}-{n}", T0 + day * DAY + n * 4 * HOUR, n % 3)
    beat(cluster, T0 + BASE_DAYS * DAY)
    return T0 + BASE_DAYS * DAY


def rows(cluster: Cluster, topic: str) -> Table:
    """Read a public topic as a table: the last value of each key."""
    return {
        str(record.key): json.loads(record.value or b"null") for record in cluster.logs[topic, 0]
    }


def buckets(cluster: Cluster, *, status: bool = True, grains: Collection[Grain] = GRAINS) -> Table:
    """Read metrics.buckets; `watermark` shows when a row was written, not what is true."""
    unfit = {"watermark"} if status else {"watermark", "status"}
    return {
        key: {k: v for k, v in row.items() if k not in unfit}
        for key, row in rows(cluster, BUCKETS).items()
        if row["grain"] in grains
    }


def rolling(cluster: Cluster) -> Table:
    """Read metrics.rolling: a window with nothing in it may be reported or not, which is the same.

    A window is reported when its value changes, so `start`, `end`, `status` and `watermark` are
    those of that moment.
    """
    return {
        key: (row["count"], {c: v for c, v in row["values"].items() if v}, row["customers"])
        for key, row in rows(cluster, ROLLING).items()
        if row["count"] or any(row["values"].values())
    }


def letters(cluster: Cluster) -> Table:
    """Read deadletter and late, without the wall time at which an event was refused."""
    refused = rows(cluster, DEADLETTER)
    for row in refused.values():
        del row["at"]
    return {**refused, **rows(cluster, LATE)}


def alerts(cluster: Cluster) -> tuple[Table, list[Any]]:
    """Read the alerts, and every transition in the order in which they were reported."""
    history = [json.loads(record.value or b"null") for record in cluster.logs[HISTORY, 0]]
    return rows(cluster, ALERTS), history


def received(cluster: Cluster) -> dict[str, Counter[str]]:
    """Count the outcomes of every source topic-partition, as their folds report."""
    found: dict[str, Counter[str]] = {}
    for partition in range(PARTITIONS):
        fold = cluster.owners[Place("fold", partition)].stage
        assert isinstance(fold, IngestStage)
        for (topic, outcome), n in fold.outcomes().items():
            found.setdefault(f"{topic}:{partition}", Counter())[outcome] += n
    return found


def positions(cluster: Cluster) -> Mapping[str, int]:
    """Return how many records of every source topic-partition its fold has processed."""
    return {
        f"{topic}:{partition}": cluster.owners[Place("fold", partition)].position[topic]
        for topic in SOURCES
        for partition in range(PARTITIONS)
    }
