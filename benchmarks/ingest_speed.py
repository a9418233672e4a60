"""The ingest stage alone: CPU microseconds an event, by how the events lie.

    make bench-ingest, or
    python benchmarks/ingest_speed.py [--events 100000] [--flush 10000] [--batch 1000] [--runs 3]

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
from itertools import islice
from typing import Final

from bench_events import HOUR, Work, complaints

from streams.core.ingest.stage import IngestStage
from streams.core.stage import Record
from streams.settings import Settings

BEGIN: Final = 1_700_000_000 // HOUR * HOUR
WALL: Final = BEGIN + 10 * 365 * 24 * HOUR
PARTITIONS: Final = 4


LOADS: Final = (
    Work("dense", 3_000_000, 3, 60),
    Work("sparse", 500_000, 120, 60),
    Work("wide", 3_000_000, 3, 100_000),
)


def partition(work: Work, events: int) -> list[Record]:
    """Return the first records of one partition of four."""
    made = (one.value for one in complaints(work, BEGIN) if zlib.crc32(one.key) % PARTITIONS == 0)
    return [Record(offset, None, value) for offset, value in enumerate(islice(made, events))]


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
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=1_000, help="records fetched at once")
    parser.add_argument("--flush", type=int, default=10_000, help="events between two flushes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help="one load")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    gc.set_threshold(200_000, 2, 20_000)  # as a worker does
    print(f"Python {platform.python_version()}, {given.events:,} events, a flush each", end=" ")
    print(f"{given.flush:,}, batches of {given.batch:,}")
    for work in LOADS:
        if given.only and work.name != given.only:
            continue
        records = partition(work, given.events)
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
