"""A company as source partitions tell of it: movements in, public tables out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas.topics import BUCKETS, PERIODS
from streams.core.aggregate.with_periods import AggregateStageWithPeriods
from streams.core.config import Customers
from streams.core.customers.sums.cell_change import CellChange
from streams.core.messages import Movements, Source
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.stage import Send

ON: Final = Settings(customers=Customers(enabled=True))
WINDOW: Final = ON.customers.return_window
Cells = list[CellChange]
encode: Final = msgspec.msgpack.Encoder().encode


def when(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def cells(  # noqa: PLR0913, PLR0917 (what a cell is)
    day: str,
    kind: str,
    count: int = 1,
    value: int = 0,
    label: tuple[str, str] | None = None,
    segment: str = "home",
) -> list[CellChange]:
    """The cells of a day and of its month; without a label the whole, with one that part."""
    values = {"USD": value} if value else {}
    dimension, name = label or (None, None)
    return [
        CellChange(grain, start, segment, tier, kind, dimension, name, count, count, values)
        for grain, start, tier in (
            ("1d", when(day), None),
            ("1mo", when(f"{day[:8]}01"), "base"),
        )
    ]


class Company:
    """The stage with the periods, what it has written, and the tables that it has published."""

    def __init__(self, partitions: int = 1, settings: Settings = ON) -> None:
        self.partitions = partitions
        self.settings = settings
        self.rows: dict[bytes, bytes] = {}
        self.tables: dict[str, dict[bytes, dict[str, Any]]] = {}
        self.sent: list[Send] = []
        self.flushes = [0] * partitions
        self.number = self.offset = 0
        self.wall = 1_700_000_000.0
        self.stage = self.restored()

    def restored(self) -> AggregateStageWithPeriods:
        stage = AggregateStageWithPeriods(0, self.partitions, self.settings)
        stage.restore(dict(self.rows))
        return stage

    def tell(self, clock: str, *told: Cells, partition: int = 0, **more: Any) -> None:
        """Merge what a partition tells in a flush of its own."""
        if "flush" not in more:
            self.flushes[partition] += 1
        self.part(clock, *told, partition=partition, **{"last": True, **more})

    def part(self, clock: str, *told: Cells, partition: int = 0, **more: Any) -> None:
        flush = more.get("flush", self.flushes[partition])
        source = Source(
            "customers", partition, flush, more.get("part", 0), when(clock), more.get("idle", False)
        )
        changes = [cell for some in told for cell in some]
        message = Movements(source, changes, ON.customers.definitions.stamp, more["last"])
        self.offset += 1
        self.stage.process("", [Record(self.offset, None, encode(message))], self.wall)

    def publish(self) -> list[Send]:
        self.wall += 1.0
        self.number += 1
        rows, sends = self.stage.flush(self.number, self.wall)
        for key, value in rows:
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        for send in sends:
            table = self.tables.setdefault(send.topic, {})
            assert send.key is not None
            if send.value is None:
                table.pop(send.key, None)
            else:
                table[send.key] = json.loads(send.value)
        self.sent += sends
        return list(sends)

    def period(self, name: str, segment: str | None = None) -> dict[str, Any]:
        (row,) = (
            row
            for row in self.tables[PERIODS].values()
            if (row["period"], row["segment"]) == (name, segment)
        )
        return row

    def numbers(self, name: str, segment: str | None = None) -> dict[str, Any]:
        """Give counts and dollars by unit."""
        return {
            unit: (number["count"], number["values"].get("USD", 0))
            for unit, number in self.period(name, segment)["numbers"].items()
        }

    def bucket(self, metric: str, day: str, **labels: str) -> dict[str, Any]:
        (row,) = (
            row
            for row in self.tables[BUCKETS].values()
            if (row["metric"], row["start"][:10], row["labels"]) == (metric, day, labels)
        )
        return row
