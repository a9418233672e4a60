"""A broker and a worker that has read a history, for clients of other languages to read.

On a real Kafka there stands on both topics, besides what the worker says, what no client may show:
rows of a transaction that was taken back, and one that was deleted.
"""

from __future__ import annotations

import asyncio
import csv
import json
import random
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from apache_kafka import ApacheKafka
from bench import until
from confluent_kafka import Producer
from groundswell_site import Site
from printed_rows import ALERTS, BUCKETS, Tables, of_rows

from schemas.wire import bucket_key
from streams.settings import Kafka
from streams.transport.client.reader import follow
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST: Final = datetime(2017, 1, 2, tzinfo=UTC)
DAYS: Final = 40
SPIKE: Final = 37
"""The day of the history, from 0, on which one company has 160 complaints more."""

NOBODY: Final = {"product": 'made "up"'}
"""Labels of the rows that no client may show."""
TAKEN_BACK: Final = 777
"""The count of those that were taken back."""


def history(file: Path) -> Path:
    """Write complaints of forty days, with labels that have to be quoted, and a spike."""
    rng = random.Random(7)
    rows = []
    for day in range(DAYS):
        for _ in range(30):
            at = FIRST + timedelta(days=day, seconds=rng.randrange(86_400))
            product = rng.choice(("Student loan", "Mortgage"))
            company = rng.choice(("Acme Inc.", "Navient Solutions, LLC."))
            rows.append((at, product, company, rng.choice(("CA", "NY"))))
    for _ in range(160):
        at = FIRST + timedelta(days=SPIKE, hours=9, seconds=rng.randrange(4 * 3600))
        rows.append((at, "Student loan", "Navient Solutions, LLC.", "CA"))
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(("occurred_at", "customer_id", "product", "issue", "company", "region"))
        for number, (at, product, company, region) in enumerate(sorted(rows)):
            issue = rng.choice(("Fees", "Billing", 'Café & "tea"'))
            writer.writerow((at.isoformat(), f"c-{number % 700}", product, issue, company, region))
    return file


@contextmanager
def running(home: Path, codec: str, *, embedded: bool) -> Iterator[Site]:
    """Start a broker, and a worker that writes by `codec`, and let it read the history."""
    with ExitStack() as ends:
        if embedded:
            broker = ends.enter_context(EmbeddedBroker({}))
            site = Site(broker.bootstrap, home, broker)
        else:
            kafka = ApacheKafka(home / "kafka")
            ends.callback(kafka.stop)
            kafka.start()
            site = Site(kafka.bootstrap, home, None)
        site.environment["GROUNDSWELL_KAFKA__COMPRESSION"] = codec
        worker = site.start()
        ends.callback(worker.wait, 30)
        ends.callback(worker.terminate)
        site.run("load", str(history(home / "complaints.csv")), "--topic", "complaints")
        until("an alert fires", lambda: any(r["state"] == "firing" for r in site.rows(ALERTS)))
        until("all are counted", lambda: site.total() == DAYS * 30 + 160)
        if not embedded:  # which shows what was taken back
            _spoil(site.bootstrap)
        yield site


def _spoil(bootstrap: str) -> None:
    """Write rows and take them back; write others and delete them."""
    writer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "spoils"})
    writer.init_transactions(30)
    for count in (TAKEN_BACK, 666):
        writer.begin_transaction()
        for topic, key, row in _rows(count):
            writer.produce(topic, json.dumps(row).encode(), key, partition=0)
            if count != TAKEN_BACK:
                writer.produce(topic, None, key, partition=0)
        writer.flush(30)
        if count == TAKEN_BACK:
            writer.abort_transaction(30)
        else:
            writer.commit_transaction(30)


def _rows(count: int) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    start = "2017-01-18T00:00:00Z"
    series = {"metric": "complaints", "labels": NOBODY}
    key = bucket_key("complaints", NOBODY, "1d", 1_484_697_600)
    bucket = {"grain": "1d", "start": start, "count": count, "values": {}, "status": "final"}
    yield BUCKETS, key, series | bucket
    alert = {"alert_id": f"made-up-{count}", "state": "firing", "observed": count}
    more = {"severity": "critical", "started_at": start, "at": start, "message": "It never was."}
    yield ALERTS, f"made-up-{count}".encode(), series | alert | more


def tables(bootstrap: str, *, check_crcs: bool) -> Tables:
    """Read both tables with Groundswell's own reader, as the lines that clients print."""
    kafka = Kafka(brokers=bootstrap, check_crcs=check_crcs)

    async def read(topic: str) -> list[dict[str, Any]]:
        rows = {}
        async for key, value in follow(kafka, topic, from_beginning=True, to_end=True):
            rows[key] = json.loads(value)
        # It leaves out what deletes a row, and only ours are deleted.
        return [row for row in rows.values() if row["labels"] != NOBODY]

    return of_rows(asyncio.run(read(BUCKETS)), asyncio.run(read(ALERTS)))
