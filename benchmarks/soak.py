"""A day of steady load in time-lapse: what a worker holds must not grow.

    python benchmarks/soak.py [--hours 24] [--speed 75] [--events 18000] [--embedded]

A worker on Apache Kafka (or the embedded broker) reads all six topics. Event time begins `hours`
ago and runs `speed` times as fast as the clock, so that it reaches now in the end; `events` come
evenly in every hour of it, from the same customers and with the same labels. Resident memory is
looked at every second; that after an hour is the median of its last ten minutes. Exit status 1 if
the last hour's is more than a tenth above the first one's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import Producer
from crowd import Crowd
from live import MIB, Broker, Worker, broker, until

if TYPE_CHECKING:
    from argparse import Namespace

PARTITIONS = 4
BORNE = 1.10
HOUR = 3600
LAST = 600


def live(site: Broker, worker: Worker, given: Namespace) -> list[float]:
    """Let the hours pass; give the resident memory at the end of each, in MiB."""
    producer = Producer({"bootstrap.servers": site.bootstrap, "compression.type": "lz4"})
    crowd = Crowd(seed=1)
    start, begun = time.time() - given.hours * HOUR, time.time()
    medians: list[float] = []
    at = 0.0  # seconds of event time made so far
    samples: list[float] = []
    while len(medians) < given.hours:
        now = min(given.speed * (time.time() - begun), (len(medians) + 1) * HOUR)
        number = int(given.events * now / HOUR) - int(given.events * at / HOUR)
        for made in crowd.events(number, start + at, now - at):
            while True:
                try:
                    producer.produce(made.topic, made.value, made.key)
                    break
                except BufferError:
                    producer.poll(0.1)
        producer.flush()
        at = now
        if at % HOUR >= HOUR - LAST or at == (len(medians) + 1) * HOUR:
            samples.append(worker.rss() / MIB)
        if at == (len(medians) + 1) * HOUR:
            medians.append(statistics.median(samples))
            print(
                f"{len(medians):4} {medians[-1]:8.1f} {max(samples):8.1f} "
                f"{int(given.events * at / HOUR):10,} {worker.lag() or 0:8,}",
                flush=True,
            )
            samples.clear()
        time.sleep(1)
        worker.said("")
    return medians


def main() -> int:
    """Run it; 1 if memory grew."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--speed", type=float, default=75.0)
    parser.add_argument("--events", type=int, default=18_000)
    parser.add_argument("--embedded", action="store_true")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        broker(Path(home), PARTITIONS, embedded=given.embedded) as site,
    ):
        worker = site.worker()
        try:
            worker.started()
            print("hour  RSS MiB  maximum     events      lag", flush=True)
            medians = live(site, worker, given)
            until("the worker reads all", lambda: worker.lag() == 0, 300)
            worker.stop()
        finally:
            worker.process.kill()
    ratio = medians[-1] / medians[0]
    print(f"last hour / first hour: {ratio:.3f} (borne: {BORNE})")
    return int(ratio > BORNE)


if __name__ == "__main__":
    sys.exit(main())
