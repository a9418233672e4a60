"""A worker started on a long backlog: what it holds must not depend on how long that is.

    python benchmarks/backlog.py [--events 5000000] [--hours 240] [--every 250000]

So many events of all six topics, from the same customers and with the same labels, are put on
Apache Kafka; then a worker starts. Its resident memory is looked at ten times a second until it has
read them all, and the peak of every `every` events is shown. Exit status 1 if the peak of the
whole is more than 15 % above that of the first fifth.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from confluent_kafka import Producer
from crowd import TOPICS, Crowd
from live import MIB, Broker, Worker, broker

PARTITIONS = 4
BORNE = 1.15
HOUR = 3600
AT_ONCE = 20_000
QUIET_SECONDS = 5.0


def fill(site: Broker, events: int, hours: int) -> None:
    """Put the events on the topics, in the order of event time; they end an hour ago."""
    producer = Producer(
        {
            "bootstrap.servers": site.bootstrap,
            "compression.type": "lz4",
            "linger.ms": 50,
            "queue.buffering.max.messages": 2 * AT_ONCE,
        }
    )
    crowd = Crowd(seed=1)
    start, seconds = time.time() - (hours + 1) * HOUR, hours * HOUR
    for first in range(0, events, AT_ONCE):
        number = min(AT_ONCE, events - first)
        at, length = start + seconds * first / events, seconds * number / events
        for made in crowd.events(number, at, length):
            producer.produce(made.topic, made.value, made.key)
        producer.flush()


def watch(site: Broker, worker: Worker, events: int, every: int) -> dict[int, float]:
    """Read until all is taken; give the peak of each `every` events read, in MiB."""
    peaks: dict[int, float] = {}
    begun, looked, quiet, read = time.monotonic(), 0.0, time.monotonic(), 0
    while time.monotonic() - quiet < QUIET_SECONDS:
        worker.said("")
        step = min(read, events - 1) // every
        peaks[step] = max(peaks.get(step, 0.0), worker.rss() / MIB)
        if time.monotonic() - looked > 1:
            read = sum(site.committed(topic) for topic in set(TOPICS))
            lag = worker.lag()
            looked = time.monotonic()
            if lag is None or lag or read < events:
                quiet = looked
            if read // every > step:
                print(f"{read:10,} {peaks[step]:8.1f} {looked - begun:8.0f} {lag or 0:10,}")
                sys.stdout.flush()
        time.sleep(0.1)
    return peaks


def main() -> int:
    """Run it; 1 if memory grew with the backlog."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--hours", type=int, default=240)
    parser.add_argument("--every", type=int, default=250_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, broker(Path(home), PARTITIONS) as site:
        starter = site.worker()  # makes the topics
        starter.started()
        starter.stop()
        fill(site, given.events, given.hours)
        worker = site.worker()
        try:
            print("      read  peak MiB  seconds        lag", flush=True)
            peaks = watch(site, worker, given.events, given.every)
            worker.stop()
        finally:
            worker.process.kill()
    last = max(1, given.events // 5 // given.every)
    first, whole = max(v for k, v in peaks.items() if k < last), max(peaks.values())
    ratio = whole / first
    print(f"peak of all {whole:.1f} MiB / peak of the first fifth {first:.1f} MiB: ")
    print(f"{ratio:.3f} (borne: {BORNE})")
    return int(ratio > BORNE)


if __name__ == "__main__":
    sys.exit(main())
