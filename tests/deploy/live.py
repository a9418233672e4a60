"""A real worker on the embedded broker, with the demo's customers streaming in."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from operator import attrgetter
from os import environ
from threading import Event, Thread
from typing import TYPE_CHECKING

from confluent_kafka import Producer

from streams.core.config import Customers
from streams.demo.complaints import FIRST
from streams.demo.events import Event as DemoEvent
from streams.demo.events import company_of, events
from streams.demo.fault_injection import with_faults
from streams.demo.times import midnight
from streams.settings import Kafka, Settings
from streams.transport.client import topics
from streams.transport.embedded import EmbeddedBroker
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streams.demo.fault_injection import Message

PARTITIONS = 2
CHUNK = 200
COMMAND = "from streams.cli.main import app; app(['worker'])"


@contextmanager
def worker(home: Path) -> Iterator[str]:
    """Run a worker on a stream of events that goes on; gives host:port of its metrics."""
    with EmbeddedBroker({}) as broker:
        settings = Settings(
            kafka=Kafka(brokers=broker.bootstrap, partitions=PARTITIONS),
            customers=Customers(enabled=True),
        )
        plan = topics.layout(settings, pipeline(settings)(PARTITIONS), PARTITIONS)
        broker.create({topic.name: topic.partitions or 1 for topic in plan})
        log = home / "worker.log"
        with (
            log.open("w") as output,
            subprocess.Popen(
                [sys.executable, "-c", COMMAND],
                env={
                    **environ,
                    "GROUNDSWELL_KAFKA__BROKERS": broker.bootstrap,
                    "GROUNDSWELL_KAFKA__CHECK_CRCS": "false",
                    "GROUNDSWELL_CUSTOMERS__ENABLED": "true",
                    "GROUNDSWELL_TABLES__IDLE_TIMEOUT": "3",  # of topics that nothing comes of
                    "GROUNDSWELL_WORKER__PORT": "0",
                },
                stderr=output,
            ) as process,
        ):
            try:
                with _streaming(broker.bootstrap):
                    yield _address(process, log)
            finally:
                process.terminate()
                status = process.wait(60)
        assert status == 0, log.read_text()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        text = log.read_text()
        if "http://" in text and text.endswith("\n"):
            return text.split("http://")[1].split()[0]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@contextmanager
def _streaming(brokers: str) -> Iterator[None]:
    """Send the demo's events, bad and late ones among them, a chunk at a time."""
    enough = Event()
    thread = Thread(target=_send, args=(brokers, enough))
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def _send(brokers: str, enough: Event) -> None:
    producer = Producer({"bootstrap.servers": brokers, "compression.type": "lz4"})
    messages = _messages()
    while not enough.wait(0.2):
        for message in islice(messages, CHUNK):
            producer.produce(message.topic, message.value, message.key)
        producer.flush(60)


def _messages() -> Iterator[Message]:
    start = midnight(FIRST)
    company = company_of(7, customers=800)
    sent = merge(events(company, company.end), _refusals(start), key=attrgetter("at"))
    return with_faults(sent, start=start, end=start + 40 * 86400, seed=7)


def _refusals(start: int) -> Iterator[DemoEvent]:
    """Yield one a day who does not renew: in a company so small that is seldom."""
    for day in range(40):
        customer = f"refuses-{day}"
        body = {
            "event_id": f"refused-{day}",
            "customer_id": customer,
            "segment": "household",
            "reason": "price",
            "currency": "USD",
            "outcome": "refused",
            "value": 12000,
        }
        yield DemoEvent(start + day * 86400, "renewals", customer, body)
