"""The stages that `test_stage_contract.py` holds to the contract. A new one joins in STAGES."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import toy
from contract_company import KEPT, PIECES, SETTINGS, Batch, linked_pieces, moving_pieces
from events import WALL
from layouts.dump import before
from small_cluster import SOURCES, Cluster

from schemas.topics import (
    ACTIONS,
    ALERTS,
    BUCKETS,
    CUSTOMERS,
    DEADLETTER,
    HISTORY,
    INCIDENTS,
    LATE,
    PERIODS,
    ROLLING,
)
from streams.core import detail_messages
from streams.core.aggregate import kinds as aggregate
from streams.core.aggregate.stage import AggregateStage
from streams.core.aggregate.with_periods import AggregateStageWithPeriods
from streams.core.alerts import kinds as alerts
from streams.core.alerts.stage import AlertsStage
from streams.core.ingest import kinds as ingest
from streams.core.ingest.stage import IngestStage
from streams.core.ingest.with_customers import ingest_stage
from streams.core.messages import (
    EXCHANGE,
    PARTIALS,
    SIGNALS,
    Links,
    Movements,
    Signals,
)
from streams.core.partials import read as read_partials
from streams.core.stage import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from streams.core.changelog import Kind, Layout
    from streams.core.stage import Send, Stage

Rows = dict[bytes, bytes]
Reported = dict[Any, Any]


class Letter(NamedTuple):
    """What names a refused or late event in what a stage reported: each offset has its own."""

    key: bytes
    reason: str | None = None


@dataclass(frozen=True)
class Contract:
    """A stage to be held to the contract.

    `feed` gives its input and `reported` what its messages mean, so that the same sent twice is the
    same. `tallies` are the kinds of rows that count what came again. `sliced` have cells in
    columns, with sketches of customers: their bytes depend on the order in which they came, and
    the series have an order, too. Where records have nothing to know them by, `repeatable` is off:
    their offsets alone keep them from being counted twice.
    """

    layout: Layout
    make: Callable[[], Stage]
    feed: Callable[[], Sequence[Batch]]
    reported: Callable[[Iterable[Send]], Reported]
    tallies: frozenset[Kind[Any]] = frozenset()
    sliced: frozenset[Kind[Any]] = frozenset()
    repeatable: bool = True
    variant: str = ""

    @property
    def name(self) -> str:
        return self.layout.stage + self.variant


# -- the stages ------------------------------------------------------------------------------------


@cache
def world() -> Cluster:
    """Three partitions that lived through four weeks with spikes, late, odd and refused events."""
    cluster = Cluster(SETTINGS, WALL)
    before(cluster, rate=True)
    return cluster


def pieces(*topics: str) -> list[Batch]:
    """Give what stands in partition 0 of some topics, a piece of each in turn."""
    logs = {topic: world().logs[topic, 0] for topic in topics}
    cuts = {
        topic: [len(log) * n // PIECES for n in range(PIECES + 1)] for topic, log in logs.items()
    }
    return [
        Batch(topic, log[cuts[topic][n] : cuts[topic][n + 1]])
        for n in range(PIECES)
        for topic, log in logs.items()
        if cuts[topic][n] < cuts[topic][n + 1]
    ]


def counts_reported(sends: Iterable[Send]) -> Reported:
    """What the ingest stage reports: counts of cells and details, and events that were refused."""
    reported: Reported = {}
    for topic, _, key, value in sends:
        if topic == PARTIALS:
            if msgspec.msgpack.decode(value or b"")[0] == "m":
                reported.update(moved(msgspec.msgpack.decode(value or b"", type=Movements)))
                continue
            partials = read_partials(value or b"")
            for name, cells in partials.series:
                reported.update({(name, bucket): (n, values) for bucket, n, values, _ in cells})
            reported.update({("flow", day, segment): n for day, segment, n in partials.flows})
        elif topic == SIGNALS:
            details = detail_messages.decode(value or b"")
            reported.update({(details.metric, row.start, row.labels): row for row in details.rows})
        elif topic == CUSTOMERS:
            reported[topic, key] = value
        elif topic == EXCHANGE:
            for one in msgspec.msgpack.decode(value or b"", type=Links).links:
                reported["link", one.referrer, one.own] = one
        else:
            assert topic in {DEADLETTER, LATE}
            row = json.loads(value or b"")
            row.pop("at", None)
            reported[Letter(key or b"", row.get("reason"))] = row
    return reported


def moved(message: Movements) -> Reported:
    """What a message says of movements, by cell; a cell of nothing is none."""
    found: Reported = {}
    for cell in message.cells:
        *name, count, lives, values = msgspec.structs.astuple(cell)
        found["moved", *name] = (count, lives, values)
    return found


def periods_reported(sends: Iterable[Send]) -> Reported:
    """Collect what the aggregate stage reports of customers, but for when."""
    reported: Reported = {}
    for send in sends:
        if send.topic == PERIODS:
            row = {} if send.value is None else json.loads(send.value)
            row.pop("clock", None)
            if row.get("status") == "provisional":
                row.pop("losses", None)  # so far: they go on with the clock
            reported[send.topic, send.key] = row
            if not row:
                del reported[send.topic, send.key]
        else:
            reported.update(tables_reported([send]))
    return reported


def tables_reported(sends: Iterable[Send]) -> Reported:
    """Collect what the aggregate stage reports, but for when: a row may be sent again later."""
    reported: Reported = {}
    for topic, _, key, value in sends:
        if topic == SIGNALS:
            signals = msgspec.msgpack.decode(value or b"", type=Signals)
            reported[signals.metric, signals.through] = signals
            continue
        row = json.loads(value or b"")
        if topic == BUCKETS:
            reported[topic, key] = {
                name: value for name, value in row.items() if name != "watermark"
            }
            if not row["count"] and not row["values"]:  # it came to nothing, told or not
                del reported[topic, key]
        else:
            assert topic == ROLLING
            if row["count"] or any(row["values"].values()):
                reported[topic, key] = row["count"], row["values"], row["customers"]
            else:
                reported.pop((topic, key), None)
    return reported


def alerts_reported(sends: Iterable[Send]) -> Reported:
    """What the alerts stage reports: every transition, and what stands of each alert."""
    reported: Reported = {}
    for topic, _, key, value in sends:
        if topic == HISTORY:
            reported.setdefault(topic, []).append(value)
        elif topic == DEADLETTER:
            row = json.loads(value or b"")
            row.pop("at", None)
            reported[Letter(key or b"", row.get("reason"))] = row
        else:
            assert topic in {ALERTS, INCIDENTS}
            reported[topic, key] = value
    return reported


def actions() -> list[Batch]:
    """Give what people do, good and bad, a batch of two in turn."""
    kinds = ["acknowledged", "noted", "assigned", "judged"]
    values = [
        msgspec.json.encode(
            {
                "action_id": f"act-{n % 11}",
                "kind": kinds[n % 4],
                "about": f"{n % 5:016x}",
                "by": "Ada",
                "at": "2024-03-04T09:30:00Z",
                "note": "a note",
                "owner": "Bo",
                "judgement": "true",
            }
        )
        for n in range(2 * PIECES)
    ]
    values[-3] = b"no action"
    return [
        Batch(ACTIONS, [Record(at, None, values[at]) for at in range(n, n + 2)])
        for n in range(0, 2 * PIECES, 2)
    ]


def alerts_feed() -> list[Batch]:
    """Give what the detectors found, and what people do meanwhile."""
    return [batch for pair in zip(pieces(SIGNALS), actions(), strict=True) for batch in pair]


def toy_counts_reported(sends: Iterable[Send]) -> Reported:
    return {key: json.loads(value or b"")[1] for _, _, key, value in sends}


def toy_totals_reported(sends: Iterable[Send]) -> Reported:
    return {key: value for _, _, key, value in sends}


def toy_events() -> list[Batch]:
    left, right = toy.sources("toy")
    return [
        Batch(
            topic,
            [Record(at + n, b"key-%d" % (n * at % 17), b"at:%d" % n) for n in range(20)],
        )
        for at in range(0, 400, 20)
        for topic in (left, right)
    ]


def toy_parts() -> list[Batch]:
    return [
        Batch(
            "counts", [Record(at + n, b"key-%d" % n, b"[%d,%d,{}]" % (n % 3, at)) for n in range(9)]
        )
        for at in range(0, 90, 9)
    ]


STAGES = [
    Contract(
        ingest.LAYOUT,
        lambda: IngestStage(0, 3, SETTINGS),
        lambda: pieces(*SOURCES),
        counts_reported,
        tallies=frozenset({ingest.PROGRESS}),
        sliced=frozenset({ingest.CELLS}),
    ),
    Contract(
        ingest.LAYOUT,
        lambda: ingest_stage(0, 3, KEPT),
        linked_pieces,
        counts_reported,
        tallies=frozenset({ingest.PROGRESS}),
        sliced=frozenset({ingest.CELLS}),
        variant=" with customers",
    ),
    Contract(
        aggregate.LAYOUT,
        lambda: AggregateStage(0, 3, SETTINGS, provisional_interval=0),
        lambda: pieces(PARTIALS),
        tables_reported,
        sliced=frozenset({aggregate.BUCKETS, aggregate.SNAPSHOTS}),
    ),
    Contract(
        aggregate.LAYOUT,
        lambda: AggregateStageWithPeriods(0, 1, KEPT, provisional_interval=0),
        moving_pieces,
        periods_reported,
        sliced=frozenset({aggregate.BUCKETS, aggregate.SNAPSHOTS}),
        variant=" with periods",
    ),
    Contract(
        alerts.LAYOUT,
        lambda: AlertsStage(3, 3, SETTINGS),
        alerts_feed,
        alerts_reported,
    ),
    Contract(
        toy.COUNT_LAYOUT,
        lambda: toy.CountStage("counts", 0, 3),
        toy_events,
        toy_counts_reported,
        repeatable=False,
    ),
    Contract(
        toy.TOTAL_LAYOUT,
        lambda: toy.TotalStage("totals"),
        toy_parts,
        toy_totals_reported,
    ),
]
