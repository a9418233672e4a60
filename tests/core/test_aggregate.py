"""Merging, closing and windows: snapshots of many partitions give what one pass gives."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from events import T0, WALL, complaint, records
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.aggregate.stage import AggregateStage
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS, SIGNALS, Signals
from streams.core.stage import Record, Send
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.detect.protocol import Reading

SETTINGS = Settings()
MINUTE, HOUR, DAY = 60, 3600, 86400


class Run:
    """Fold stages of some source partitions, one series stage, and the rows they reported."""

    def __init__(self, partitions: int, settings: Settings = SETTINGS) -> None:
        self.folds = [IngestStage(p, 1, settings) for p in range(partitions)]
        self.series = AggregateStage(0, partitions, SETTINGS, provisional_interval=0)
        self.rows: dict[str, dict[str, Any]] = {}
        self.statuses: list[tuple[str, str]] = []
        self.readings: list[Reading] = []
        self.changelog: dict[bytes, bytes] = {}
        self.number = 0

    def process(self, partition: int, *events: dict[str, Any], topic: str = "complaints") -> None:
        self.folds[partition].process(topic, records(*events), WALL)

    def flush(self, *, twice: bool = False, wall: float = WALL) -> None:
        self.number += 1
        for fold in self.folds:
            for send in fold.flush(self.number, WALL).sends:
                if send.topic == PARTIALS:
                    for _ in range(1 + twice):
                        self.series.process(PARTIALS, [Record(0, None, send.value)], WALL)
        self.publish(wall)

    def publish(self, wall: float = WALL) -> None:
        rows, sends = self.series.flush(self.number, wall)
        for key, value in rows:
            if value is None:
                del self.changelog[key]
            else:
                self.changelog[key] = value
        for send in sends:
            self._note(send)
            if send.topic == SIGNALS:
                reported = msgspec.msgpack.decode(send.value or b"", type=Signals)
                self.readings.extend(signal.reading for signal in reported.signals)

    def crash(self) -> None:
        partitions = len(self.folds)
        self.series = AggregateStage(0, partitions, SETTINGS, provisional_interval=0)
        self.series.restore(self.changelog)

    def total(self, grain: str, start: int, metric: str = "complaints") -> dict[str, Any]:
        for row in self.rows.values():
            if (row["metric"], row["labels"], row.get("grain")) == (metric, {}, grain) and (
                datetime.fromisoformat(row["start"]).timestamp() == start
            ):
                return row
        raise AssertionError(f"no {grain} row at {start}")

    def window(self, window: str, **labels: str) -> dict[str, Any]:
        return next(
            row
            for row in self.rows.values()
            if row["labels"] == labels and row.get("window") == window
        )

    def _note(self, send: Send) -> None:
        if send.topic in {"metrics.buckets", "metrics.rolling"}:
            assert send.key is not None
            assert send.value is not None
            row = json.loads(send.value)
            self.rows[send.topic + send.key.decode()] = row
            if row.get("grain") == "1d" and not row["labels"]:
                self.statuses.append((row["start"][:10], row["status"]))


def test_a_bucket_is_provisional_then_final_then_amended() -> None:
    run = Run(2)
    run.process(0, complaint("a", T0))
    run.process(1, complaint("b", T0))
    run.flush()
    assert run.total("1d", T0)["count"] == 2
    run.process(0, complaint("c", T0 + DAY + 11 * MINUTE))
    run.flush()
    assert run.statuses[:1] == [("2024-03-04", "provisional")]
    for fold in run.folds:
        fold.tick(WALL + 1, {"complaints"})
        fold.tick(WALL + 100, {"complaints"})
    run.flush()  # the quiet partition 1 no longer holds the day open
    assert ("2024-03-04", "final") in run.statuses
    run.process(1, complaint("d", T0 + HOUR))  # not late by its own partition's watermark
    run.flush()
    assert run.statuses[-1] == ("2024-03-04", "amended")
    assert run.total("1d", T0)["count"] == 3


def test_after_a_common_pause_nothing_closes_before_each_partition_was_heard() -> None:
    run = Run(2)
    run.process(0, complaint("a", T0))
    run.process(1, complaint("b", T0))
    for wall in (WALL + 1, WALL + 40):
        for fold in run.folds:
            fold.tick(wall, {"complaints"})
    run.flush()
    run.process(0, complaint("c", T0 + 2 * DAY))  # partition 1 wakes a little later
    run.flush()
    run.process(1, complaint("d", T0 + HOUR), complaint("e", T0 + 2 * DAY))
    run.flush()
    assert ("2024-03-04", "final") in run.statuses
    assert "amended" not in dict(run.statuses).values()


def test_days_are_final_only_when_the_slowest_partition_is_past_them() -> None:
    run = Run(2)
    run.process(0, complaint("a", T0), complaint("b", T0 + 3 * DAY))
    run.flush()
    assert all(status == "provisional" for _, status in run.statuses)
    run.process(1, complaint("c", T0 + DAY + 9 * MINUTE + 59))
    run.flush()
    assert run.total("1d", T0)["status"] == "provisional"
    run.process(1, complaint("d", T0 + DAY + 10 * MINUTE))
    run.flush()
    assert run.total("1d", T0)["status"] == "final"
    assert run.total("1d", T0 + 3 * DAY)["status"] == "provisional"


def test_too_late_events_are_reported_on_the_daily_total() -> None:
    run = Run(1)
    run.process(0, complaint("a", T0), complaint("b", T0 + 2 * DAY))
    run.flush()
    run.process(0, complaint("late", T0 + HOUR))
    run.flush()
    row = run.total("1d", T0)
    assert (row["count"], row["late"], row["status"]) == (1, 1, "final")


def test_money_is_kept_by_currency_and_metric() -> None:
    run = Run(1)
    common = {"customer_id": "c1", "kind": "subscription"}
    run.process(
        0,
        complaint("a", T0, amount=1000, cost_to_serve=300, currency="USD", **common),
        complaint("b", T0, amount=-200, currency="USD", **common),
        complaint("c", T0, amount=70, currency="EUR", **common),
        topic="revenue",
    )
    run.flush()
    assert run.total("1d", T0, "revenue")["values"] == {"USD": 800, "EUR": 70}
    assert run.total("1d", T0, "cost_to_serve")["values"] == {"USD": 300, "EUR": 0}
    assert run.total("1d", T0, "revenue")["customers"] == 1


def test_windows_reach_back_from_the_watermark_and_age() -> None:
    tables = SETTINGS.tables.model_copy(update={"jump": 400 * DAY})
    run = Run(1, SETTINGS.model_copy(update={"tables": tables}))
    days = (0, 300, 340, 358, 364)
    events = [complaint(f"e{d}", T0 + d * DAY, customer_id=f"c{d % 4}") for d in days]
    run.process(0, *events, complaint("now", T0 + 364 * DAY + 2 * HOUR, customer_id="c9"))
    run.flush()
    found = {w: run.window(w)["count"] for w in ("1h", "24h", "7d", "28d", "90d", "365d")}
    assert found == {"1h": 1, "24h": 2, "7d": 3, "28d": 4, "90d": 5, "365d": 6}
    assert run.window("365d")["customers"] == 3
    for wall in (WALL + 1, WALL + 40):
        run.folds[0].tick(wall, {"complaints"})
    run.flush()
    for wall in (WALL + 41, WALL + 41 + 8 * DAY):
        run.series.tick(wall, ())
    run.publish()  # nothing happened for 8 days but the clock
    found = {w: run.window(w)["count"] for w in ("1h", "24h", "7d", "28d", "90d", "365d")}
    assert found == {"1h": 0, "24h": 0, "7d": 0, "28d": 3, "90d": 5, "365d": 5}


def test_a_window_that_emptied_while_nobody_was_there_is_reported_as_empty() -> None:
    run = Run(1)
    run.process(0, complaint("a", T0, product="Card"))
    run.flush()
    assert run.window("1h", product="Card")["count"] == 1
    run.crash()
    run.process(0, complaint("b", T0 + DAY, product="Loan"))
    run.flush()
    assert run.window("1h", product="Card")["count"] == 0


def test_the_detectors_begin_where_the_events_do_wherever_the_first_batch_ends() -> None:
    """The second event is of the day before: the watched days begin there."""
    events = [complaint("a", T0), complaint("b", T0 - 300)]
    events += [complaint(f"d{day}", T0 + day * DAY) for day in range(1, 21)]
    events += [complaint(f"s{n}", T0 + 20 * DAY + n * MINUTE) for n in range(40)]
    events += [complaint("end", T0 + 22 * DAY)]
    found = []
    for first in (1, len(events)):
        run = Run(1)
        run.process(0, *events[:first])
        run.flush()
        run.process(0, *events[first:])
        run.flush()
        found.append([r.history for r in run.readings])
    assert found[0] == found[1] != []


steps = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3 * DAY)), max_size=5),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


@pytest.mark.slow
@given(steps)
@settings(deadline=None, max_examples=60)
def test_any_interleaving_repetition_and_crash_gives_the_exact_counts(
    plan: list[tuple[int, list[tuple[int, int]], bool, bool]],
) -> None:
    run = Run(3)
    expected: Counter[tuple[str, str, str]] = Counter()
    before: Counter[int] = Counter()
    for partition, events, twice, crash in plan:
        fold = run.folds[partition]
        for number, time in events:
            run.process(
                partition,
                complaint(f"{partition}-{number}", T0 + time, product=f"P{number % 3}"),
            )
            folded = fold.outcomes()["complaints", "folded"]
            if folded > before[partition]:
                before[partition] = folded
                for length, grain in ((300, "5m"), (HOUR, "1h"), (DAY, "1d")):
                    start = (T0 + time) // length * length
                    at = complaint("", start)["occurred_at"].replace("+00:00", "Z")
                    expected[grain, at, f"P{number % 3}"] += 1
        run.flush(twice=twice)
        if crash:
            run.crash()
    found = Counter(
        {
            (row["grain"], row["start"], row["labels"]["product"]): row["count"]
            for row in run.rows.values()
            if "grain" in row and list(row["labels"]) == ["product"]
        }
    )
    assert found == expected
