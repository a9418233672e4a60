"""A worker that is killed with much state and comes back: how soon, and with how much memory.

    python benchmarks/recovery.py [--customers 1000000] [--companies 100000] [--against FOLDER]

As many complaints as there are customers, one of each, about companies in turn, wait on an Apache
Kafka of its own; a worker of this revision counts them. Then it is killed with -9 and started
again under its name (`worker.instance`), with some more complaints to count, as often as is asked
for; with --against in turn with a worker of another folder, in which `make install` was run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from live import MIB, ROOT, Broker, Worker, broker

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTITIONS: Final = 4
HOUR: Final = 3600
MORE: Final = 2_000
"""Complaints that come while nobody is there."""
QUIET_SECONDS: Final = 15.0
OF_FOLD: Final = "groundswell-fold-changelog"
CHANGELOGS: Final = OF_FOLD, "groundswell-series-changelog", "groundswell-incidents-changelog"
MOST_SECONDS: Final = 600
"""What takes longer has failed."""

_encode = msgspec.json.encode


class Restart(NamedTuple):
    """What one start took: wall seconds from its start, CPU seconds by then, MiB."""

    assigned: float
    ready: float
    committed: float
    cpu_at_commit: float
    rss_before: float
    rss_at_ready: float
    peak: float


def complaints(first: int, number: int, given: argparse.Namespace, begin: float) -> Iterator[bytes]:
    """Make complaints, evenly over the hours of the run; those of a load have one a customer."""
    for at in range(first, first + number):
        yield _encode(
            {
                "event_id": f"00000000-0000-0000-0000-{at:012d}",
                "customer_id": f"customer-{at * 7919 % given.customers}",
                "occurred_at": datetime.fromtimestamp(
                    begin + given.hours * HOUR * at / given.customers, UTC
                ),
                "product": f"Product {at % 10}",
                "issue": f"Issue {at // 7 % 6}",
                "company": f"Company {at % given.companies}",
                "region": f"Region {at // 3 % 50}",
                "channel": ("web", "phone")[at // 5 % 2],
                "segment": "small",
            }
        )


def send(site: Broker, made: Iterator[bytes]) -> None:
    """Put complaints on their topic."""
    producer = Producer(
        {
            "bootstrap.servers": site.bootstrap,
            "compression.type": "lz4",
            "enable.idempotence": True,
            "linger.ms": 50,
            "queue.buffering.max.messages": 500_000,
            "queue.buffering.max.kbytes": 2**20,
        }
    )
    for value in made:
        key = value.split(b'"customer_id":"', 1)[1].split(b'"', 1)[0]
        while True:
            try:
                producer.produce("complaints", value, key)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush()


def settled(site: Broker, worker: Worker) -> None:
    """Wait until all is counted and nothing is written any more."""
    since, ends = time.monotonic(), -1
    while time.monotonic() - since < QUIET_SECONDS:
        worker.said("")
        lag, now = worker.lag(), site.ends("metrics.buckets") + site.ends(OF_FOLD)
        if lag != 0 or now != ends:
            since, ends = time.monotonic(), now
        time.sleep(1)


def changelogs(site: Broker) -> None:
    """Print what a take-over reads."""
    for topic in CHANGELOGS:
        rows = size = 0
        keys = set()
        for message in site.messages(topic):
            rows += 1
            size += len(message.key() or b"") + len(message.value() or b"")
            keys.add(hash(message.key()))
        stored = sum(
            file.stat().st_size
            for folder in (site.home / "kafka").rglob(f"{topic}-*")
            for file in folder.glob("*.log")
        )
        print(
            f"{topic}: {rows:,} rows of {len(keys):,} keys, {size / 1e6:.1f} MB,"
            f" {stored / 1e6:.1f} MB as stored",
            flush=True,
        )


def _ready(worker: Worker) -> bool:
    port = worker.port()
    if port is None:
        return False
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20):
            return True
    except OSError:
        return False


def restart(site: Broker, before: float) -> tuple[Worker, Restart]:
    """Start a worker and watch it until the first commit of what has come meanwhile."""
    written = site.ends(OF_FOLD)
    begun = time.monotonic()
    worker = site.worker()
    found: dict[str, float] = {}

    def note(what: str, value: float | None = None) -> None:
        found.setdefault(what, time.monotonic() - begun if value is None else value)

    while "committed" not in found:
        text = worker.log.read_text(errors="replace")
        worker.said("")
        if "taking over" in text:
            note("assigned")
        if "ready" not in found and "took over" in text and _ready(worker):
            note("ready")
            note("rss_at_ready", worker.rss() / MIB)
        if "ready" in found and site.ends(OF_FOLD) > written:
            note("committed")
            note("cpu_at_commit", worker.cpu())
        time.sleep(0.05)
        if time.monotonic() - begun > MOST_SECONDS:
            sys.exit(text[-3000:])
    note("peak", worker.peak() / MIB)
    found.setdefault("assigned", float("nan"))
    return worker, Restart(**found, rss_before=before)


def main() -> None:
    """Measure, and print every restart and the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--hours", type=int, default=12)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--against", type=Path)
    given = parser.parse_args()
    begin = time.time() - (given.hours + 2) * HOUR
    builds = [ROOT] if given.against is None else [given.against.resolve(), ROOT]
    with tempfile.TemporaryDirectory() as folder, broker(Path(folder), PARTITIONS) as site:
        site.environment |= {
            "GROUNDSWELL_CUSTOMERS__ENABLED": "true",
            "GROUNDSWELL_TABLES__LABEL_CAP": "1000000",
            "GROUNDSWELL_WORKER__INSTANCE": "one",
        }
        admin = AdminClient({"bootstrap.servers": site.bootstrap, "log_level": 0})
        for future in admin.create_topics([NewTopic("complaints", PARTITIONS, 1)]).values():
            future.result()
        begun = time.monotonic()
        send(site, complaints(0, given.customers, given, begin))
        print(f"{given.customers:,} sent in {time.monotonic() - begun:.0f} s", flush=True)
        worker = site.worker()
        try:
            worker.started()
            settled(site, worker)
            seconds = time.monotonic() - begun
            print(f"counted: {worker.cpu():.0f} CPU s, {seconds:.0f} s", flush=True)
            runs: dict[Path, list[Restart]] = {build: [] for build in builds}
            sent = given.customers
            for number in range(given.runs):
                for build in builds:
                    before = worker.rss() / MIB
                    worker.process.kill()
                    worker.process.wait()
                    if not number:
                        changelogs(site)
                    send(site, complaints(sent, MORE, given, begin))
                    sent += MORE
                    site.environment["PYTHONPATH"] = str(build)
                    site.source = build
                    ours = build == ROOT
                    site.python = Path(sys.executable) if ours else build / ".venv/bin/python"
                    worker, one = restart(site, before)
                    runs[build].append(one)
                    print(build.name, _shown(one), flush=True)
                    settled(site, worker)
        finally:
            worker.process.kill()
    for build, several in runs.items():
        medians = Restart(*map(statistics.median, zip(*several, strict=True)))
        print(f"median, {build.name}: {_shown(medians)}")


def _shown(one: Restart) -> str:
    return (
        f"assigned {one.assigned:.1f} s, ready {one.ready:.1f} s, first commit"
        f" {one.committed:.1f} s ({one.cpu_at_commit:.1f} CPU s);"
        f" RSS {one.rss_before:.0f} MiB before the kill,"
        f" {one.rss_at_ready:.0f} at ready, peak {one.peak:.0f}"
    )


if __name__ == "__main__":
    main()
