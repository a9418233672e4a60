"""What the lives of customers cost an event: the ingest stage with them and without, in turn.

    groundswell simulate --customers 4000 --months 18 --seed 1 --out DIR
    python benchmarks/lives_backlog.py DIR [--runs 3] [--batch 2000] [--live]

The events are those of a simulated company, in batches of one topic each, all topics together in
event time. A backlog is flushed where a worker would (25,000 changes); live, each batch is. Figures
are CPU time of the process; each run is one with customers and one without.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import re
import time
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.core.config import Customers
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
from streams.core.messages import EXCHANGE
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.ingest.stage import IngestStage

TIERS = (("gold", {"USD": 60_000, "EUR": 55_000}), ("silver", {"USD": 20_000, "EUR": 18_000}))
FLUSH_KEYS = 25_000
WALL = 4e9

_IDS = re.compile(rb'"(customer_id|event_id|complaint_id|merged_into)": ?"')

Batch = tuple[str, list[Record]]


def batches(directory: Path, size: int, copies: int) -> list[Batch]:
    """Read a company's events, `copies` times with customers of their own, as a worker would."""
    events = []
    for file in sorted((directory / "events").glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            at = datetime.fromisoformat(json.loads(line)["occurred_at"])
            events += [(at, file.stem, renamed(line, copy)) for copy in range(copies)]
    events.sort(key=lambda one: one[0])
    made: list[Batch] = []
    for begin in range(0, len(events), size):
        piece = sorted(events[begin : begin + size], key=lambda one: one[1])
        for topic, some in groupby(piece, key=lambda one: one[1]):
            records = [Record(0, None, value) for _, _, value in some]
            made.append((topic, records))
    return made


def renamed(line: bytes, copy: int) -> bytes:
    """Give an event to another customer."""
    return _IDS.sub(rb"\g<0>%d-" % copy, line) if copy else line


def run(settings: Settings, made: list[Batch], *, live: bool) -> float:
    """Give the CPU seconds that a stage takes for all."""
    stage = ingest_stage(0, 1, settings)
    gc.collect()
    number = 0
    begin = time.process_time()
    for topic, records in made:
        stage.process(topic, records, WALL)
        if live or stage.pending() >= FLUSH_KEYS:
            number += 1
            flushed(stage, number)
    flushed(stage, number + 1)
    spent = time.process_time() - begin
    if isinstance(stage, IngestStageWithCustomers) and any(stage.conservation_error().values()):
        raise SystemExit("customers do not add up")
    return spent


def flushed(stage: IngestStage, number: int) -> None:
    """Flush, and let the stage read what it has told itself."""
    wall = WALL + 11.0 * number
    sends = stage.flush(number, wall).sends
    told = [Record(0, None, send.value) for send in sends if send.topic == EXCHANGE]
    if told:
        stage.process(EXCHANGE, told, wall)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=2_000)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--live", action="store_true")
    args = parser.parse_args()
    gc.set_threshold(200_000, 2, 20_000)  # as a worker does
    made = batches(args.directory, args.batch, args.copies)
    events = sum(len(records) for _, records in made)
    kept: dict[str, Any] = {"customers": Customers(enabled=True, tiers=TIERS)}
    print(f"Python {platform.python_version()}, {events} events, batches of {args.batch}")
    for _ in range(args.runs):
        off = run(Settings(), made, live=args.live) / events * 1e6
        on = run(Settings(**kept), made, live=args.live) / events * 1e6
        print(
            f"without {off:.1f} us, with {on:.1f} us an event: {on - off:.1f} us, {on / off:.2f}x"
        )


if __name__ == "__main__":
    main()
