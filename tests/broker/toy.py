"""Two toy stages for the broker tests, and a worker that runs them: `python toy.py`.

count: events by key, per source partition; sends each key's cumulative count on. A value of at:N
is an event of second N.
total: merges the counts of the source partitions by replacing, sends each key's total on.
A value of "hang" holds the count stage for ever; it says so on stderr.
The values in BUGS make the count stage raise, until the file TOY_REPAIRED is there: then they count
nothing.
TOY_VERSION is the version of its state: from 2 on, its rows begin with it.
TOY_UNREADABLE names a partition whose state the count stage cannot restore.
TOY_OLD_BROKER has it take its broker for one that gives no new producer epochs.
TOY_PROCESSES has several of them run, each in a process of its own.
TOY_HELD is a file for the most batches that were fetched and not taken at once.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from streams.core.changelog import ChangelogRow
    from streams.core.stage import Record
    from streams.transport.batch import Batch

from streams.core.changelog import Kind, Layout, msgpack, raw, text
from streams.core.stage import Flush, Send, SourceProgress
from streams.transport.client import topics
from streams.transport.consumer.fetching import ConsumerThread
from streams.transport.spec import StageSpec, Topic
from streams.transport.state.initproducerid import KEY, NewEpochRequest
from streams.transport.state.task_manager import TaskManager

BUGS = (b"boom", b"boom in tick", b"boom in flush")
STUCK_AFTER = os.environ.get("TOY_STUCK_AFTER")
VERSION = int(os.environ.get("TOY_VERSION", "1"))
REPAIRED = Path(os.environ.get("TOY_REPAIRED", os.devnull + "/none"))
UNREADABLE = int(os.environ.get("TOY_UNREADABLE", "-1"))
PREFIX = os.environ.get("TOY_PREFIX", "toy")
HELD = os.environ.get("TOY_HELD")
PROCESSES = os.environ.get("TOY_PROCESSES")
OLD_BROKER = os.environ.get("TOY_OLD_BROKER")


def number(value: bytes) -> int:
    return int(value.split(b":")[-1])


COUNT: Kind[bytes] = Kind("events of a key", "c", (text("key"),), raw(number))
COUNT_LAYOUT = Layout("count", VERSION, COUNT)
PARTS: Kind[dict[str, int]] = Kind("parts of a total", "p", (text("key"),), msgpack(dict[str, int]))
TOTAL_LAYOUT = Layout("total", 1, PARTS)


def sources(prefix: str) -> tuple[str, str]:
    return f"{prefix}.left", f"{prefix}.right"


def counts(prefix: str) -> str:
    return f"{prefix}.counts"


def totals(prefix: str) -> str:
    return f"{prefix}.totals"


class CountStage:
    def __init__(self, target: str, partition: int, partitions: int) -> None:
        self.target, self.partition, self.partitions = target, partition, partitions
        self.counts: dict[bytes, int] = {}
        self.changed: set[bytes] = set()
        self.at: dict[str, int] = {}
        self.at_end: Collection[str] = ()
        self.met = b""

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        if self.partition == UNREADABLE:
            raise ValueError("boom")
        self.counts = {key.encode(): number(value) for _, (key,), value in COUNT_LAYOUT.read(rows)}

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        del wall
        self.at_end = ()
        counts = self.counts
        keys = []
        for _, key, value in records:
            if value in BUGS:
                if value == b"boom" and not REPAIRED.exists():
                    raise ValueError("boom")
                self.met = value
                continue
            if value == b"hang":
                print("hanging", file=sys.stderr, flush=True)  # noqa: T201
                time.sleep(1e9)
            assert key is not None
            assert value is not None
            if value.startswith(b"at:"):
                self.at[topic] = max(self.at.get(topic, 0), int(value[3:]))
            keys.append(key)
            counts[key] = counts.get(key, 0) + 1
        self.changed.update(keys)

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        del wall
        self.at_end = caught_up
        if self.met == b"boom in tick" and not REPAIRED.exists():
            raise ValueError("boom")

    def source_progress(self) -> Iterable[SourceProgress]:
        for topic, at in self.at.items():
            yield SourceProgress(topic, self.partition, at, topic in self.at_end)

    def pending(self) -> int:
        # A bug in tick is met before anything is flushed.
        return 0 if self.met == b"boom in tick" and not REPAIRED.exists() else 2 * len(self.changed)

    def flush(self, number: int, wall: float) -> Flush:
        del number, wall
        if self.met == b"boom in flush" and not REPAIRED.exists():
            raise ValueError("boom")
        rows: list[ChangelogRow] = []
        sends: list[Send] = []
        for key in self.changed:
            count = b"%d" % self.counts[key]
            value = count if VERSION == 1 else b"%d:%s" % (VERSION, count)
            rows.append((COUNT.key(key.decode()), COUNT.encode(value)))
            place = zlib.crc32(key) % self.partitions
            value = json.dumps([self.partition, self.counts[key], self.at]).encode()
            sends.append(Send(self.target, place, key, value))
        self.changed.clear()
        return Flush(rows, sends)


class TotalStage:
    def __init__(self, target: str) -> None:
        self.target = target
        self.parts: dict[bytes, dict[str, int]] = {}
        self.at: dict[tuple[str, int], int] = {}
        self.changed: set[bytes] = set()

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        self.parts = {key.encode(): parts for _, (key,), parts in TOTAL_LAYOUT.read(rows)}

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        del topic, wall
        for _, key, value in records:
            assert key is not None
            assert value is not None
            partition, count, reached = json.loads(value)
            self.at.update({(topic, partition): at for topic, at in reached.items()})
            self.parts.setdefault(key, {})[str(partition)] = count
            self.changed.add(key)

    def tick(self, wall: float, caught_up: Collection[str]) -> None: ...

    def source_progress(self) -> Iterable[SourceProgress]:
        return (SourceProgress(*place, at, ended=False) for place, at in self.at.items())

    def pending(self) -> int:
        return 2 * len(self.changed)

    def flush(self, number: int, wall: float) -> Flush:
        del number, wall
        rows: list[ChangelogRow] = [
            (PARTS.key(key.decode()), PARTS.encode(self.parts[key])) for key in self.changed
        ]
        sends = [
            Send(self.target, None, key, b"%d" % sum(self.parts[key].values()))
            for key in self.changed
        ]
        self.changed.clear()
        return Flush(rows, sends)


def pipeline(prefix: str, partitions: int) -> list[StageSpec]:
    middle, last = counts(prefix), totals(prefix)
    return [
        StageSpec(
            COUNT_LAYOUT.stage,
            sources(prefix),
            lambda partition: CountStage(middle, partition, partitions),
            writes=(Topic(middle),),
            version=COUNT_LAYOUT.version,
        ),
        StageSpec(
            TOTAL_LAYOUT.stage,
            (middle,),
            lambda _: TotalStage(last),
            writes=(Topic(last, config=topics.COMPACT),),
        ),
    ]


class Held:
    """Counts the batches between the fetch and their state; `most` is the most at once."""

    def __init__(self) -> None:
        self.made = self.taken = self.most = 0
        fetch, process = ConsumerThread.fetch, TaskManager.process

        async def counted(thread: ConsumerThread, seconds: float) -> list[Batch]:
            batches = await fetch(thread, seconds)
            self.made += len(batches)
            return batches

        async def noted(partitions: TaskManager, batches: Sequence[Batch]) -> None:
            self.most = max(self.most, self.made - self.taken)
            await process(partitions, batches)
            self.taken += len(batches)

        ConsumerThread.fetch = counted  # type: ignore[method-assign, assignment]
        TaskManager.process = noted  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    from streams import logs, settings
    from streams.cli import worker_process
    from streams.worker import health, run
    from streams.worker.processes import fork_server, supervisor
    from streams.worker.processes.child import by_command

    one_of_several = partial(worker_process.main, of=lambda _: partial(pipeline, PREFIX))
    if len(sys.argv) > 1:
        one_of_several(sys.argv[1])
    start = by_command([sys.executable, __file__])
    if PROCESSES and fork_server.AVAILABLE:
        start = fork_server.ForkServer(one_of_several).start
    held = Held()
    if STUCK_AFTER:
        health.STUCK_AFTER = float(STUCK_AFTER)
    if OLD_BROKER:
        prepare = NewEpochRequest.prepare
        NewEpochRequest.prepare = lambda request, _: prepare(request, {KEY: (0, 2)})
    logs.configure("DEBUG")
    try:
        if PROCESSES:
            supervisor.serve(settings.load(), partial(pipeline, PREFIX), int(PROCESSES), start)
        else:
            run.serve(settings.load(), partial(pipeline, PREFIX))
    except run.WorkerFailedError as error:
        sys.exit(f"failed: {error}")
    if HELD:
        Path(HELD).write_text(str(held.most))
