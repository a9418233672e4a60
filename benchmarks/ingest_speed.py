"""The ingest stage alone: CPU microseconds an event, by how the events lie.

    make bench-ingest, or
    python benchmarks/ingest_speed.py [--events 200000] [--flush 10000] [--batch 1000] [--runs 3]

Complaints as `bench.py` has them, decoded, counted and encoded for the changelog and the other
stages, one partition of four; nothing is sent. `--profile` says where the time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import platform
import pstats
import statistics
import time
import zlib
from typing import TYPE_CHECKING, Final

from bench_events import HOUR, Work, complaints

from streams.core.ingest.stage import IngestStage
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN: Final = 1_700_000_000 // HOUR * HOUR
WALL: Final = BEGIN + 10 * 365 * 24 * HOUR
PARTITIONS: Final = 4


def loads(events: int) -> Iterator[Work]:
    """Give the loads: as dense as three million events in three hours, or as sparse as can be."""
    yield Work("dense", events, max(1, 3 * events // 3_000_000), 60)
    yield Work("sparse", events, 120 * events // 500_000, 60)
    yield Work("wide", events, max(1, 3 * events // 3_000_000), 100_000)


def partition(work: Work) -> list[Record]:
    """Return the records of one partition of four."""
    made = complaints(work._replace(events=PARTITIONS * work.events), BEGIN)
    mine = [one.value for one in made if zlib.crc32(one.key) % PARTITIONS == 0]
    return [Record(offset, None, value) for offset, value in enumerate(mine[: work.events])]


def ingest(records: list[Record], batch: int, every: int) -> float:
    """Count them; return the CPU microseconds an event."""
    stage = IngestStage(0, PARTITIONS, Settings())
    number = fresh = 0
    begun = time.process_time()
    for at in range(0, len(records), batch):
        stage.process("complaints", records[at : at + batch], WALL)
        fresh += batch
        if fresh >= every:
            fresh, number = 0, number + 1
            stage.flush(number, WALL)
    stage.flush(number + 1, WALL)
    return (time.process_time() - begun) / len(records) * 1e6


def main() -> None:
    """Measure and print every run, and the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--batch", type=int, default=1_000, help="records fetched at once")
    parser.add_argument("--flush", type=int, default=10_000, help="events between two flushes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help="one load")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    gc.set_threshold(50_000, 10, 20_000)  # as a worker does
    print(f"Python {platform.python_version()}, {given.events:,} events, a flush each", end=" ")
    print(f"{given.flush:,}, batches of {given.batch:,}")
    for work in loads(given.events):
        if given.only and work.name != given.only:
            continue
        records = partition(work)
        if given.profile:
            with cProfile.Profile() as profile:
                ingest(records, given.batch, given.flush)
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)
            continue
        runs = [ingest(records, given.batch, given.flush) for _ in range(given.runs)]
        each = ", ".join(f"{run:.2f}" for run in runs)
        print(f"{work.name}: {statistics.median(runs):.2f} microseconds an event ({each})")


if __name__ == "__main__":
    main()
