"""What the broker tests share: a cluster, workers in processes of their own, their results."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import forked
import toy
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from streams.settings import Kafka, Settings
from streams.settings import Worker as WorkerSettings
from streams.transport.client import topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from streams.transport.embedded import EmbeddedBroker

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
TOY = str(Path(__file__).with_name("toy.py"))
SECONDS = 180.0
PARTITIONS = 4
KEYS = [f"key-{number}".encode() for number in range(97)]


def until(what: str, condition: Callable[[], T], seconds: float = SECONDS) -> T:
    """Wait for a condition and give its first true value.

    Between looks it sleeps three times as long as one took: what it waits for needs the cores.
    """
    deadline = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        if value := condition():
            return value
        now = time.monotonic()
        assert now < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(max(0.02, 3 * (now - begun)))


class Worker:
    """A worker of the toy stages in a process of its own."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        with log.open("wb") as stderr:
            self.process = forked.start([TOY], os.environ | environment, stderr.fileno())

    def text(self) -> str:
        return self.log.read_text()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self, seconds: float = SECONDS) -> int:
        return self.process.wait(seconds)

    def says(self, words: str) -> None:
        until(f"{self.log.name} says {words!r}", lambda: words in self.text() or self.gone())

    def gone(self) -> bool:
        assert self.process.poll() is None, self.text()[-3000:]
        return False

    def port(self) -> int:
        return int(self.text().split("http://127.0.0.1:")[1].split()[0])

    def get(self, path: str) -> tuple[int, str]:
        address = f"http://127.0.0.1:{self.port()}{path}"
        try:
            # A worker that is encoding a flush answers after it.
            with urllib.request.urlopen(address, timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class Bench:
    """Topics of one test on one broker; counts what went in and reads what came out."""

    def __init__(
        self, kind: str, bootstrap: str, prefix: str, home: Path, embedded: EmbeddedBroker | None
    ) -> None:
        self.kind, self.bootstrap, self.prefix, self.home = kind, bootstrap, prefix, home
        self.expected: dict[bytes, int] = {}
        self.totals: dict[bytes, int] = {}
        self.workers: list[Worker] = []
        self.environment: dict[str, str] = {}
        self.settings = Settings(
            kafka=Kafka(brokers=bootstrap, check_crcs=embedded is None, session_timeout=2.0),
            worker=WorkerSettings(app_id=prefix, port=0, flush_interval=0.2, flush_keys=1000),
        )
        self._make_topics(embedded)
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": f"{prefix}-reader",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 100,
            }
        )
        self._consumer.assign(
            [TopicPartition(toy.totals(prefix), number, 0) for number in range(PARTITIONS)]
        )

    def _make_topics(self, embedded: EmbeddedBroker | None) -> None:
        stages = toy.pipeline(self.prefix, PARTITIONS)
        plan = topics.layout(self.settings, stages, PARTITIONS)
        if embedded:
            embedded.create({topic.name: topic.partitions or 1 for topic in plan})
            return
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        made = admin.create_topics(
            [NewTopic(name, PARTITIONS, 1) for name in toy.sources(self.prefix)]
        )
        for future in made.values():
            future.result()

    def start(self) -> Worker:
        worker = self.settings.worker
        kafka = self.settings.kafka
        started = Worker(
            self.home / f"worker-{len(self.workers)}.log",
            {
                "TOY_PREFIX": self.prefix,
                "GROUNDSWELL_KAFKA__BROKERS": kafka.brokers,
                "GROUNDSWELL_KAFKA__CHECK_CRCS": str(kafka.check_crcs),
                "GROUNDSWELL_KAFKA__SESSION_TIMEOUT": str(kafka.session_timeout),
                "GROUNDSWELL_WORKER__APP_ID": worker.app_id,
                "GROUNDSWELL_WORKER__PORT": str(worker.port),
                "GROUNDSWELL_WORKER__FLUSH_INTERVAL": str(worker.flush_interval),
                "GROUNDSWELL_WORKER__FLUSH_KEYS": str(worker.flush_keys),
                **self.environment,
            },
        )
        self.workers.append(started)
        return started

    def produce(
        self,
        count: int,
        value: bytes = b"event",
        keys: Sequence[bytes] = KEYS,
        sides: Sequence[int] = (1, 0, 0),
    ) -> None:
        """Produce to the sources, by their numbers in turn."""
        sources = toy.sources(self.prefix)
        for number in range(count):
            key = keys[number % len(keys)]
            topic = sources[sides[number % len(sides)]]
            self._producer.produce(topic, value, key)
            self._producer.poll(0)
            if value == b"event" or value.startswith(b"at:"):
                self.expected[key] = self.expected.get(key, 0) + 1
        assert self._producer.flush(SECONDS) == 0

    def drop(self) -> None:
        """Produce to one partition of a source topic, and have that lost before it is read."""
        left, _ = toy.sources(self.prefix)
        if self.kind == "embedded":  # keeps 5 MiB
            for _ in range(100):
                self._producer.produce(left, os.urandom(100_000), b"key", partition=0)
                self._producer.poll(0)
        else:
            self._producer.produce(left, b"event", b"key", partition=0)
        assert self._producer.flush(SECONDS) == 0
        if self.kind == "kafka":
            place = TopicPartition(left, 0)
            _, place.offset = self._consumer.get_watermark_offsets(place, 60)
            admin = AdminClient({"bootstrap.servers": self.bootstrap})
            for future in admin.delete_records([place]).values():
                future.result()

    def read(self) -> int:
        """Read what is committed by now; gives the sum of all totals."""
        for message in self._consumer.consume(10_000, timeout=0.1):
            assert message.error() is None, message.error()
            key, total = bytes(message.key() or b""), int(message.value() or b"")
            assert total <= self.expected[key], f"{key!r} counted {total} times"
            self.totals[key] = total
        return sum(self.totals.values())

    def reach(self, total: int) -> None:
        until(f"totals of {total}, at {sum(self.totals.values())}", lambda: self.read() >= total)

    def exact(self) -> None:
        """Wait for the totals to be what went in; more than that fails at once."""
        until("exact totals", lambda: self.read() == sum(self.expected.values()))
        assert self.totals == self.expected

    def written(self, topic: str) -> int:
        """Sum up the end offsets of a topic, what is not committed yet among them."""
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        return sum(self._consumer.get_watermark_offsets(place, 60)[1] for place in places)

    def stop(self, worker: Worker) -> None:
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0, worker.text()[-3000:]

    def close(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
        self._consumer.close()


@contextlib.contextmanager
def opened(bench: Bench) -> Iterator[Bench]:
    """Close the bench, its workers too."""
    try:
        yield bench
    finally:
        bench.close()


def names(line: str) -> Iterable[str]:
    """Give the tables that a log line says were taken over."""
    return line.split("took over ")[1].split(":", maxsplit=1)[0].split(", ")
