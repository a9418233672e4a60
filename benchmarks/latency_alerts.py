"""How long after the close of a 5-minute bucket its alert is there.

    python benchmarks/latency_alerts.py [--spikes 30] [--settings ...] [--source DIR]

Ten weeks of complaints about some companies are on an Apache Kafka of its own before the worker
starts. Then one company after the other has a rise within 5 minutes of event time, and events
follow, one in each partition, that close the bucket. Printed are quantiles of the time from just
before those were handed to the producer until a reader had an alert that names the company, and
the load of the machine. Event time lies in the past, so that no spike waits for the grace period.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from live import Broker, Worker, broker

PARTITIONS: Final = 4
DAYS: Final = 70
DAY: Final = 86_400
A_DAY: Final = 6
"""Complaints about a company, as long as nothing happens."""
SPIKE: Final = 80
BUCKET, GRACE, APART = 300, 600, 7_200
QUANTILES: Final = (0.5, 0.9, 0.99)


class Source:
    """Sends complaints."""

    def __init__(self, site: Broker) -> None:
        self._sent = 0
        self._producer = Producer(
            {"bootstrap.servers": site.bootstrap, "linger.ms": 5, "log_level": 0}
        )

    def send(self, at: float, company: str, partition: int | None = None) -> None:
        """Send one that occurred at `at` (epoch seconds)."""
        self._sent += 1
        number = self._sent
        event = {
            "event_id": f"e{number}",
            "customer_id": f"customer-{number % 5_000}",
            "occurred_at": datetime.fromtimestamp(at, UTC).isoformat(),
            "company": company,
            "product": "Loan",
        }
        place = number % PARTITIONS if partition is None else partition
        self._producer.produce(
            "complaints", json.dumps(event).encode(), event["customer_id"].encode(), place
        )
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until all are there."""
        self._producer.flush()


def reader(site: Broker) -> Consumer:
    """Read the alerts from now on."""
    consumer = Consumer(
        {
            "bootstrap.servers": site.bootstrap,
            "group.id": "latency",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 10,
            "log_level": 0,
        }
    )
    consumer.assign([TopicPartition("alerts", 0, 0)])
    return consumer


def named(consumer: Consumer, company: str, seconds: float) -> float | None:
    """Give when an alert came that names a company (monotonic seconds); None: not in this time."""
    words = f'"{company}"'.encode()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for message in consumer.consume(1_000, 0.05):
            if words in (message.value() or b""):
                return time.monotonic()
    return None


def measure(site: Broker, spikes: int) -> None:
    """Have so many rises, and print what came of them."""
    draw = random.Random(7)  # noqa: S311 -- no cryptography
    admin = AdminClient({"bootstrap.servers": site.bootstrap, "log_level": 0})
    for future in admin.create_topics([NewTopic("complaints", PARTITIONS, 1)]).values():
        future.result()
    source = Source(site)
    companies = [f"Company {number:02d}" for number in range(spikes)]
    first = (time.time() - DAY - spikes * APART) // BUCKET * BUCKET
    for day in range(DAYS):
        begun = first - (DAYS - day) * DAY
        for at, company in sorted(
            (begun + draw.random() * DAY, one) for one in companies for _ in range(A_DAY)
        ):
            source.send(at, company)
    source.flush()
    worker = site.worker()
    try:
        _measure(site, worker, source, companies, first)
    finally:
        worker.process.kill()


def _measure(
    site: Broker, worker: Worker, source: Source, companies: list[str], first: float
) -> None:
    draw = random.Random(8)  # noqa: S311 -- no cryptography
    worker.started()
    deadline = time.monotonic() + 300
    while worker.lag() != 0:
        if time.monotonic() > deadline:
            raise SystemExit("the history was not read in time")
        time.sleep(0.5)
    time.sleep(5.0)
    consumer = reader(site)
    named(consumer, "nobody", 3.0)
    found: list[float] = []
    for number, company in enumerate(companies):
        at = first + number * APART
        for some in range(SPIKE):
            source.send(at + some * BUCKET / SPIKE, company)
        source.flush()
        named(consumer, "nobody", 1.5 + draw.random())  # so that it comes at any phase of a flush
        begun = time.monotonic()
        for partition in range(PARTITIONS):
            source.send(at + BUCKET + GRACE + 1, companies[number - 1], partition)
        source.flush()
        came = named(consumer, company, 10.0)
        if came is None:
            print(f"no alert about {company}")
        else:
            found.append(came - begun)
    worker.stop()
    consumer.close()
    found.sort()
    shown = "  ".join(f"p{100 * q:g} {found[int(q * (len(found) - 1))]:.2f}" for q in QUANTILES)
    print(
        f"{len(found)} of {len(companies)} alerts: {shown}  most {found[-1]:.2f} s after the close"
        f"  load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--spikes", type=int, default=30)
    parser.add_argument("--settings", nargs="*", default=[], metavar="SECTION__NAME=VALUE")
    parser.add_argument("--source", type=Path, help="a checkout whose worker is measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, broker(Path(home), PARTITIONS) as site:
        if given.source:
            site.source = given.source
            site.environment["PYTHONPATH"] = str(given.source)
        for setting in given.settings:
            name, _, value = setting.partition("=")
            site.environment[f"GROUNDSWELL_{name}"] = value
        measure(site, given.spikes)


if __name__ == "__main__":
    main()
