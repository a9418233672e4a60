"""The console at its full size, as people run it: topics on a real Kafka, a process of its own.

PYTHONPATH=.:tests/kafka .venv/bin/python benchmarks/console_kafka.py

It writes the rows to Kafka, in transactions as a worker does, and starts `groundswell console` on
them with no index; waits until that has read all, and asks it over HTTP. A Kafka that is there
already (`--brokers`) may be filled in one run (`--only fill`) and read in another (`--only read`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
from apache_kafka import ApacheKafka
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from console import APART_S, PAGES, buckets, cpu_of, customers, follow, recorded, timed

from schemas.topics import BUCKETS, CUSTOMERS, INCIDENTS
from streams.console.index.tables import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PARTITIONS: Final = 4
FLUSH: Final = 50_000
"""Rows of a transaction."""
LOOK_S: Final = 5.0


def fill(bootstrap: str, given: argparse.Namespace) -> None:
    """Write all rows to Kafka."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in TOPICS]).values():
        made.result()
    producer = Producer({
        "bootstrap.servers": bootstrap, "transactional.id": "fill", "compression.type": "lz4",
        "linger.ms": 50, "partitioner": "murmur2_random", "queue.buffering.max.messages": 200_000,
    })  # fmt: skip
    producer.init_transactions(60)
    small = recorded()
    for topic, rows in (
        *((topic, rows) for topic, rows in small.items()),
        (CUSTOMERS, customers(given.customers)),
        (BUCKETS, buckets(given.series, given.days)),
    ):
        print(f"{topic}: {write(producer, topic, rows):,} rows", flush=True)


def write(producer: Producer, topic: str, rows: Iterable[tuple[bytes, bytes]]) -> int:
    """Write the rows of a topic in transactions; returns how many."""
    count, rows = 0, iter(rows)
    while batch := [row for _, row in zip(range(FLUSH), rows, strict=False)]:
        producer.begin_transaction()
        for key, value in batch:
            producer.produce(topic, value, key)
        producer.commit_transaction(120)
        count += len(batch)
    return count


def read(bootstrap: str, data: Path, given: argparse.Namespace) -> None:
    """Have a console read everything; print what that takes, and how long its pages take."""
    process = subprocess.Popen(  # noqa: S603 (our own command)
        [str(Path(sys.executable).with_name("groundswell")), "console", "--port", "0"],
        env=os.environ
        | {"GROUNDSWELL_KAFKA__BROKERS": bootstrap, "GROUNDSWELL_CONSOLE__DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = process.stdout or ()
        url = next(found[0] for line in lines if (found := re.search(r"http://\S+", line)))
        with httpx.Client(base_url=url, timeout=60) as client:
            began = time.perf_counter()
            most = caught_up(client, process.pid, began)
            took, spent = time.perf_counter() - began, cpu_of(process.pid)
            size = sum(one.stat().st_size for one in data.iterdir())
            print(
                f"index built in {took:.0f} s, {spent:.0f} s of CPU, load {os.getloadavg()[0]:.1f};"
                f" {size / 2**20:,.0f} MiB; while it reads, / took at most {most:.0f} ms"
            )
            print(f"memory at most {peak(process.pid):,} MiB")
            ask(client, given)
        with changing(bootstrap):
            asyncio.run(follow(client.base_url.port or 80, given.clients, 20.0, process.pid))
    finally:
        process.terminate()
        process.wait(30)


def caught_up(client: httpx.Client, process: int, began: float) -> float:
    """Wait until nothing is unread; returns how long a page took meanwhile at most, in ms."""
    most, told = 0.0, 0
    while True:
        asked = time.perf_counter()
        client.get("/")
        most = max(most, (time.perf_counter() - asked) * 1e3)
        behind = client.get("/healthz").json()["behind"]
        if behind == 0:
            return most
        if time.perf_counter() - began > told:
            told += 20
            after = time.perf_counter() - began
            print(f"{after:4.0f} s: {behind} behind, {cpu_of(process):.0f} CPU s", flush=True)
        time.sleep(LOOK_S)


def peak(process: int) -> int:
    """Return the most memory that a process has had, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def ask(client: httpx.Client, given: argparse.Namespace) -> None:
    """Print how long pages and look-ups take over HTTP."""
    for page in PAGES:
        began = time.perf_counter()
        client.get(page).raise_for_status()
        print(f"{page:40} first {(time.perf_counter() - began) * 1e3:9.2f} ms")
        timed(page, lambda _, page=page: client.get(page), 20)  # type: ignore[misc]
    timed(
        "GET /v1/customers/ID",
        lambda n: client.get(f"/v1/customers/customer-{n * 7919 % given.customers:07d}"),
        2_000,
    )


@contextmanager
def changing(bootstrap: str) -> Iterator[None]:
    """Have an open incident change again and again on Kafka, as long as the block takes."""
    key, value = next((k, v) for k, v in recorded()[INCIDENTS] if b'"state":"open"' in v)
    producer, over = Producer({"bootstrap.servers": bootstrap}), threading.Event()

    def change() -> None:
        number = 0
        while not over.wait(APART_S):
            number += 1
            producer.produce(INCIDENTS, json.dumps(json.loads(value) | {"observed": number}), key)
            producer.flush(10)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def main() -> None:
    """Fill a Kafka, and have a console read it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--brokers", help="a Kafka that is there; without, one is started")
    parser.add_argument("--only", choices=("fill", "read"), default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kafka = None if given.brokers else ApacheKafka(folder / "kafka", flags=())
        try:
            if kafka is not None:
                kafka.start()
            brokers = given.brokers if kafka is None else kafka.bootstrap
            if given.only != "read":
                fill(brokers, given)
            if given.only != "fill":
                read(brokers, folder / "console", given)
        finally:
            if kafka is not None:
                kafka.stop()


if __name__ == "__main__":
    main()
