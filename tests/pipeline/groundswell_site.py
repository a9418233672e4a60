"""A broker of its own with Groundswell's topics, workers on it, and what they published."""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import forked
from bench import until
from confluent_kafka import Producer
from topic_reader import TopicReader

from streams.core.config import Customers
from streams.core.event_time.formats import utc
from streams.settings import Kafka, Settings
from streams.simulate.events import Event, encode
from streams.transport.client import topics
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from forked import Ended, Started
    from topic_reader import Message

    from streams.transport.embedded import EmbeddedBroker

ROOT = Path(__file__).parents[2]
COMMAND = "from streams.cli.main import app; app()"
PARTITIONS = 2


class Site:
    """One broker; `start` and `stop` workers, `load` files, read `table`s and `messages`.

    The embedded broker gets every topic but those of `without`; on another a worker makes them.
    """

    def __init__(
        self,
        bootstrap: str,
        home: Path,
        embedded: EmbeddedBroker | None,
        without: Collection[str] = (),
    ) -> None:
        self.bootstrap, self.home = bootstrap, home
        self._logs = 0
        self._workers: list[Started] = []
        self._reader = TopicReader(bootstrap)
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "GROUNDSWELL_KAFKA__BROKERS": bootstrap,
            "GROUNDSWELL_KAFKA__PARTITIONS": str(PARTITIONS),
            "GROUNDSWELL_KAFKA__CHECK_CRCS": str(embedded is None),
            "GROUNDSWELL_KAFKA__SESSION_TIMEOUT": "4",
            "GROUNDSWELL_WORKER__PORT": "0",
            "GROUNDSWELL_TABLES__IDLE_TIMEOUT": "3",
        }
        self.producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "compression.type": "lz4",
                "linger.ms": 20,
                "partitioner": "murmur2_random",  # as docs/topics.md asks for
                "log_level": 0,  # a broker that stops after its test is no news
                "message.max.bytes": 4_000_000,
            }
        )
        if embedded:
            # With all topics that any settings ask for.
            settings = Settings(
                kafka=Kafka(partitions=PARTITIONS), customers=Customers(enabled=True)
            )
            plan = topics.layout(settings, pipeline(settings)(PARTITIONS), PARTITIONS)
            embedded.create({t.name: t.partitions or 1 for t in plan if t.name not in without})

    def begin(self, *arguments: str, command: str = COMMAND) -> Started:
        """Start a worker; `command` is the program, `arguments` what it is given."""
        self._logs += 1
        with self._log.open("wb") as stderr:
            program = ["-c", command, *(arguments or ("worker",))]
            worker = forked.start(program, self.environment, stderr.fileno())
        self._workers.append(worker)
        return worker

    def start(self, command: str = COMMAND) -> Started:
        """Start a worker, and wait until it has its partitions."""
        worker = self.begin(command=command)

        def took_over() -> bool:
            assert worker.poll() is None, self.log()[-3000:]
            return "took over" in self.log()

        until("the worker took over", took_over)
        return worker

    def stop(self, worker: Started) -> None:
        """Stop a worker in order."""
        worker.terminate()
        assert worker.wait(120) == 0, self.log()[-3000:]

    def say_over(self, at: int) -> None:
        """Let events of no customer say in each partition that an event time has come."""
        for partition in range(PARTITIONS):
            for number in range(3):
                event = Event(
                    event_id=f"end-{partition}-{number}",
                    customer_id="nobody",
                    occurred_at=utc(at),
                    complaint_id="none",
                    status="answered",
                )
                topic = "complaint_updates"
                self.producer.produce(topic, encode(event), b"", partition=partition)
        assert self.producer.flush(60) == 0

    def end(self) -> None:
        """End the workers that a test which failed has left."""
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
                worker.wait()

    @property
    def _log(self) -> Path:
        return self.home / f"worker-{self._logs}.log"

    def log(self) -> str:
        """Read what the worker that was started last has logged."""
        return self._log.read_text()

    def ask(self, path: str) -> str:
        """Ask the worker that was started last by HTTP; what it answers with an error too."""
        found = re.search(r"on (http://\S+)", self.log())
        assert found is not None, self.log()[-3000:]
        try:
            with urllib.request.urlopen(found[1] + path, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def run(self, *arguments: str, check: bool = True) -> Ended:
        """Run `groundswell` to its end."""
        ended = forked.run(["-c", COMMAND, *arguments], self.environment, timeout=240)
        assert not check or ended.returncode == 0, ended.stderr[-3000:]
        return ended

    def messages(self, topic: str) -> Sequence[Message]:
        """Read a topic from its beginning to its end."""
        return self._reader.messages(topic)

    def rows(self, topic: str) -> list[dict[str, Any]]:
        """Read every message of a topic as JSON."""
        return [row for row in self._reader.rows(topic) if row is not None]

    def table(self, topic: str) -> list[dict[str, Any]]:
        """Read a compacted topic as the table it is."""
        return self._reader.table(topic)

    def read_anew(self) -> None:
        """Forget what was read of topics that are deleted."""
        self._reader.close()
        self._reader = TopicReader(self.bootstrap)

    def total(self, metric: str = "complaints") -> int:
        """Sum up the daily totals of a metric."""
        return sum(
            row["count"]
            for row in self.table("metrics.buckets")
            if (row["metric"], row["grain"], row["labels"]) == (metric, "1d", {})
        )
