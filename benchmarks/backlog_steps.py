"""All stages on a backlog, without a broker: CPU microseconds an event, step by step.

    make bench-steps, or
    python benchmarks/backlog_steps.py [--events 100000] [--only sparse] [--runs 3] [--scrapes]

Complaints as `bench.py` has them go through four partitions of the ingest and the aggregate stage
and through the alerts stage, a flush of each every few thousand events, as far as a worker does
between one second and the next. What is sent and written is encoded, put into batches that are not
compressed yet, and dropped. The aggregate stage knows that there is a backlog until all is read.
With --scrapes, what a scrape of /metrics reads of the stages is read after each round of flushes.
"""

from __future__ import annotations

import argparse
import gc
import platform
import statistics
import time
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from bench_events import Work, complaints
from ingest_speed import BEGIN, PARTITIONS, WALL

from schemas.topics import TOPICS
from streams.core.aggregate.stage import AggregateStage
from streams.core.alerts.stage import AlertsStage
from streams.core.ingest.stage import IngestStage
from streams.core.messages import EXCHANGE, PARTIALS, SIGNALS
from streams.core.stage import Record
from streams.settings import Settings
from streams.telemetry.collector import WorkerCollector
from streams.transport.state.prepared import prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.core.stage import Stage
    from streams.core.views import FlushTime

FETCHED: Final = 2_000
"""Records of one partition that are handed on at once."""
FLUSHED: Final = 12_500
"""Records of one partition between two flushes."""
MAX_PENDING: Final = 25_000
"""Changes that force one, as `worker.flush_keys`."""
IDLE: Final = (2.0, 100.0, 200.0)
"""Seconds after the last event: all is told, and partitions are idle."""


class StagesAlone:
    """A worker as telemetry reads it, of which there are the stages and nothing else."""

    base_url = None

    def __init__(self, **stages: Sequence[Stage]) -> None:
        self.stages = {(name, n): one for name, own in stages.items() for n, one in enumerate(own)}
        self.stopped: dict[tuple[str, int], object] = {}
        self.held: set[tuple[str, int]] = set()

    def lag(self) -> dict[tuple[str, int], int]:
        """Return nothing: there is no broker."""
        return {}

    def flushes(self) -> dict[str, FlushTime]:
        """Return nothing."""
        return {}

    def guards(self) -> dict[tuple[str, str], int]:
        """Return nothing."""
        return {}


class Run:
    """One pass: `spent` has the CPU seconds by stage and step, `rows` how many came of which.

    `scrapes` has the CPU seconds of each scrape, where there are any.
    """

    def __init__(self, *, scraped: bool = False) -> None:
        settings = Settings()
        self.spent: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self._ingest = [IngestStage(p, PARTITIONS, settings) for p in range(PARTITIONS)]
        self._series = [AggregateStage(p, PARTITIONS, settings) for p in range(PARTITIONS)]
        self._alerts = AlertsStage(PARTITIONS, PARTITIONS, settings)
        self._kafka = settings.kafka
        self._counts = dict.fromkeys((*TOPICS, PARTIALS, SIGNALS, EXCHANGE), PARTITIONS)
        self._wall = float(WALL)
        self._flushes = 0
        self._scraped = scraped
        self.scrapes: list[float] = []
        view = StagesAlone(fold=self._ingest, series=self._series, incidents=[self._alerts])
        self._telemetry = WorkerCollector(view, lambda: self._wall)

    def backlog(self, parts: list[list[Record]]) -> None:
        """Read everything, then wait until all is told."""
        for stage in self._series:
            stage.backlog = True
        for first in range(0, max(map(len, parts)), FLUSHED):
            for at in range(first, first + FLUSHED, FETCHED):
                for stage, records in zip(self._ingest, parts, strict=True):
                    some = records[at : min(at + FETCHED, first + FLUSHED)]
                    self._step("ingest, process", stage.process, "complaints", some, self._wall)
                    if stage.pending() >= MAX_PENDING:
                        self._hand_on("ingest", stage)
            self._wall += 1.0
            self._flush_all()
            self._scrape()
        for later in IDLE:
            self._wall += later
            for series in self._series:
                series.backlog = False
            for one in (*self._ingest, *self._series, self._alerts):
                one.tick(self._wall, {"complaints", PARTIALS, SIGNALS})
            self._flush_all()

    def _scrape(self) -> None:
        if self._scraped:
            begun = time.process_time()
            list(self._telemetry.collect())
            self.scrapes.append(time.process_time() - begun)

    def _flush_all(self) -> None:
        self._hand_on("ingest", *self._ingest)
        self._hand_on("aggregate", *self._series)
        self._hand_on("alerts", self._alerts)

    def _hand_on(self, name: str, *stages: Stage) -> None:
        """Flush some; what they send to a partition is fetched at once."""
        sent: dict[tuple[str, int], list[Record]] = {}
        for stage in stages:
            self._flushes += 1
            flush = self._step(f"{name}, flush", stage.flush, self._flushes, self._wall)
            where = f"changelog of {name}", 0
            self._step(f"{name}, batches", prepared, flush, self._kafka, where, self._counts, 0)
            self.rows[f"{name}, rows of the changelog"] += len(flush.rows)
            for topic, partition, key, value in flush.sends:
                sent.setdefault((topic, partition or 0), []).append(Record(0, key, value))
                self.rows[f"{name}, to {topic}"] += 1
        for (topic, partition), records in sent.items():
            if topic == SIGNALS:
                self._step("alerts, process", self._alerts.process, SIGNALS, records, self._wall)
            elif topic == PARTIALS:
                series = self._series[partition]
                self._step("aggregate, process", series.process, PARTIALS, records, self._wall)
                if series.pending() >= MAX_PENDING:
                    self._hand_on("aggregate", series)

    def _step(self, name: str, call: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        begun = time.process_time()
        found = call(*arguments)
        self.spent[name] += time.process_time() - begun
        return found


def loads(events: int) -> Iterator[Work]:
    """Give the loads, as dense as those of `bench.py` with 300,000 events each."""
    yield Work("dense", events, max(1, 3 * events // 300_000), 60)
    yield Work("sparse", events, max(1, 120 * events // 300_000), 60)
    yield Work("wide", events, max(1, 3 * events // 300_000), 100_000)
    yield Work("texts", events, max(1, 3 * events // 300_000), 60, letters=500)


def parted(work: Work) -> list[list[Record]]:
    """Make the records of all partitions."""
    parts: list[list[Record]] = [[] for _ in range(PARTITIONS)]
    for one in complaints(work, BEGIN):
        part = parts[zlib.crc32(one.key) % PARTITIONS]
        part.append(Record(len(part), one.key, one.value))
    return parts


def main() -> None:
    """Measure, and print the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help="one load")
    parser.add_argument("--scrapes", action="store_true", help="time those of /metrics, too")
    given = parser.parse_args()
    gc.set_threshold(200_000, 2, 20_000)  # as a worker does
    print(f"Python {platform.python_version()}, {given.events:,} events, medians of {given.runs}")
    for work in loads(given.events):
        if given.only and work.name != given.only:
            continue
        parts = parted(work)
        spent: list[Counter[str]] = []
        scrapes: list[float] = []
        for _ in range(given.runs):
            run = Run(scraped=given.scrapes)
            run.backlog(parts)
            spent.append(run.spent)
            scrapes += run.scrapes
        print(f"{work.name}: microseconds an event")
        for name in sorted(spent[0]):
            median = statistics.median(one[name] for one in spent) / given.events * 1e6
            print(f"  {name:20} {median:7.2f}")
        if scrapes:
            median, most = statistics.median(scrapes) * 1e3, max(scrapes) * 1e3
            print(f"  a scrape: {median:.1f} ms, {most:.1f} at the most")


if __name__ == "__main__":
    main()
