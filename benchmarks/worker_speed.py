"""A worker on a backlog, beside that of another revision: CPU and time until all is counted.

    python benchmarks/worker_speed.py --against REVISION [--events 500000] [--hours 120] [--runs 3]
    python benchmarks/worker_speed.py --processes 2 [...]

REVISION may be a folder, too: a checkout of it in which `make install` was run. With --processes,
one process of this revision is held against so many under one command, all of their CPU added up.

Events of all six topics, the same in every run, wait on an Apache Kafka of its own; then a worker
starts, of this revision and of the other in turn, each with the libraries that it is locked to.
Measured is the CPU time (user and system) of the worker from its start until every stage has taken
all there is, and the seconds that it took. The totals that it published must be equal.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from crowd import Crowd, Made
from live import MIB, ROOT, Broker, broker

PARTITIONS: Final = 4
HOUR: Final = 3600
OPEN: Final = 6 * HOUR
"""The last hours may be open still, and are published otherwise by one revision than by another."""
LOOK: Final = 0.5
"""Seconds between two looks: each asks for all metrics, which costs CPU, too."""
QUIET_SECONDS: Final = 12.0
"""Nothing has lagged and no bucket was published for so long: all is counted."""


class Build(NamedTuple):
    """A revision: its source, the Python that has its libraries, and what a worker is given."""

    name: str
    source: Path
    python: Path
    arguments: tuple[str, ...] = ()


class Run(NamedTuple):
    """What one worker took: seconds of CPU, seconds, and its peak of memory in MiB."""

    cpu: float
    seconds: float
    peak: float


def events(number: int, hours: int, end: float) -> list[Made]:
    """Make events of so many hours up to `end` (epoch seconds), in the order of event time."""
    return list(Crowd(seed=1).events(number, end - hours * HOUR, hours * HOUR))


def fill(site: Broker, made: list[Made]) -> None:
    """Make the topics of events, and put them there."""
    admin = AdminClient({"bootstrap.servers": site.bootstrap, "log_level": 0})
    topics = [NewTopic(topic, PARTITIONS, 1) for topic in sorted({one.topic for one in made})]
    for future in admin.create_topics(topics).values():
        future.result()
    producer = Producer(
        {
            "bootstrap.servers": site.bootstrap,
            "compression.type": "lz4",
            "enable.idempotence": True,  # a retry must not change the order
            "linger.ms": 50,
            "queue.buffering.max.messages": len(made) + 1,
            "queue.buffering.max.kbytes": 2**21 - 1,
        }
    )
    for one in made:
        producer.produce(one.topic, one.value, one.key)
        producer.poll(0)
    producer.flush()


def run(site: Broker, build: Build, made: list[Made]) -> Run:
    """Start a worker on a backlog, and wait until it has counted all of it."""
    topics = {one.topic for one in made}
    site.environment["PYTHONPATH"] = str(build.source)
    site.python, site.source = build.python, build.source
    begun = time.monotonic()
    worker = site.worker(*build.arguments)
    found, since, rows = Run(0.0, 0.0, 0.0), time.monotonic(), -1
    try:
        while time.monotonic() - since < QUIET_SECONDS or not found.cpu:
            worker.said("")
            now = Run(worker.cpu(), time.monotonic() - begun, worker.peak() / MIB)
            behind, before = worker.lag(), rows
            if behind is not None:
                rows = site.ends("metrics.buckets")
            reads = behind != 0 or sum(map(site.committed, topics)) < len(made)
            if reads or rows > before:
                since, found = time.monotonic(), now
            time.sleep(LOOK)
        worker.stop()
    finally:
        worker.process.kill()
    return found


def _totals(site: Broker, until: float) -> Counter[str]:
    """Add up the hours that ended before `until` by metric, each row as published last."""
    limit = datetime.fromtimestamp(until, UTC).isoformat()
    last: dict[bytes, tuple[str, int]] = {}
    for message in site.messages("metrics.buckets"):
        row = json.loads(message.value() or b"null")
        if row and row["grain"] == "1h" and not row["labels"] and row["end"] < limit:
            last[message.key() or b""] = row["metric"], row["count"]
    totals: Counter[str] = Counter()
    for metric, count in last.values():
        totals[metric] += count
    return totals


def beside(revision: str, home: Path) -> Build:
    """Check a revision out, with its libraries, or find both in a folder."""
    if Path(revision).is_dir():
        source = Path(revision).resolve()
        return Build(source.name, source, source / ".venv" / "bin" / "python")
    sys.path.append(str(ROOT / "tests" / "kafka"))
    from release import checked_out, installed  # noqa: PLC0415 -- found through that path

    source = checked_out(revision, home / "source")
    return Build(revision, source, installed(source))


def main() -> None:
    """Measure and print every run, and the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    other = parser.add_mutually_exclusive_group(required=True)
    other.add_argument("--against", metavar="REVISION")
    other.add_argument("--processes", type=int)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--hours", type=int, default=120)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    end = time.time() - HOUR
    made = events(given.events, given.hours, end)
    ours = subprocess.run(  # noqa: S603 -- our own
        ["git", "-C", ROOT, "describe", "--always", "--dirty"],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    print(f"Python {platform.python_version()}, {len(made):,} events of {given.hours} hours")
    with tempfile.TemporaryDirectory() as folder:
        here = Build(ours, ROOT, Path(sys.executable))
        if given.processes:
            asked = "--processes", str(given.processes)
            builds = [here, here._replace(name=f"{ours}-{given.processes}", arguments=asked)]
        else:
            builds = [beside(given.against, Path(folder)), here]
        runs: dict[str, list[Run]] = {build.name: [] for build in builds}
        totals: Counter[str] | None = None
        for number in range(given.runs):
            for build in builds:
                home = Path(folder) / f"{number}-{build.name}"
                home.mkdir()
                with broker(home, PARTITIONS) as site:
                    fill(site, made)
                    one = run(site, build, made)
                    found = _totals(site, end - OPEN)
                runs[build.name].append(one)
                if totals is not None and totals != found:
                    sys.exit(f"{build.name} counts {found}, and not {totals}")
                totals = found
                print(
                    f"run {number + 1}, {build.name}: {one.cpu:.1f} CPU s, {one.seconds:.1f} s,"
                    f" peak {one.peak:.0f} MiB",
                    flush=True,
                )
    print(f"counted alike: {dict(totals or {})}")
    theirs, own = (
        Run(*(statistics.median(each) for each in zip(*runs[build.name], strict=True)))
        for build in builds
    )
    print(f"medians, {builds[1].name} to {builds[0].name}:")
    for name, is_, was in zip(Run._fields, own, theirs, strict=True):
        print(f"  {name:8} {is_:8.1f} / {was:8.1f} = {is_ / was:.3f}")


if __name__ == "__main__":
    main()
