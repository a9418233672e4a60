"""What the runs on a broker share: Apache Kafka of their own, workers, and what they say."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from streams.settings import Kafka, Settings
from streams.transport.client import topics
from streams.transport.embedded import EmbeddedBroker
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
COMMAND = "from streams.cli.main import app; app()"
MIB = 1 << 20
TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def broker(home: Path, partitions: int, *, embedded: bool = False) -> Iterator[Broker]:
    """Start a broker: Apache Kafka, or the embedded one where it is asked for or all there is."""
    sys.path.append(str(ROOT / "tests" / "kafka"))
    from apache_kafka import ApacheKafka, missing  # noqa: PLC0415 -- found through that path

    if reason := missing():
        print(f"no Apache Kafka ({reason}): the embedded broker")
    if embedded or reason:
        settings = Settings(kafka=Kafka(partitions=partitions))
        plan = topics.layout(settings, pipeline(settings)(partitions), partitions)
        with EmbeddedBroker({topic.name: topic.partitions or 1 for topic in plan}) as small:
            yield Broker(small.bootstrap, home, partitions, crcs=False)
        return
    kafka = ApacheKafka(home / "kafka", flags=())
    try:
        kafka.start()
        yield Broker(kafka.bootstrap, home, partitions, crcs=True)
    finally:
        kafka.stop()


class Broker:
    """A broker with the source topics, workers on it, and readers of what they publish."""

    def __init__(self, bootstrap: str, home: Path, partitions: int, *, crcs: bool) -> None:
        self.bootstrap, self.home = bootstrap, home
        self.partitions = partitions
        self.python, self.source = Path(sys.executable), ROOT
        self._started = 0
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "GROUNDSWELL_KAFKA__BROKERS": bootstrap,
            "GROUNDSWELL_KAFKA__PARTITIONS": str(partitions),
            "GROUNDSWELL_KAFKA__CHECK_CRCS": str(crcs),
            "GROUNDSWELL_WORKER__PORT": "0",
        }

    def run(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
        """Start a command of Groundswell's."""
        command = [self.python, "-c", COMMAND, *arguments]
        # Python looks where it is started first, whatever PYTHONPATH says.
        return subprocess.Popen(  # noqa: S603 -- our own
            command, cwd=self.source, env=self.environment, **options
        )

    def worker(self, *arguments: str) -> Worker:
        """Start a worker, with these arguments."""
        self._started += 1
        return Worker(self, self.home / f"worker-{self._started}.log", arguments)

    def messages(self, topic: str) -> Iterator[Message]:
        """Read a topic from its beginning to its end, committed messages only."""
        consumer = self._consumer("benchmarks-reader")
        numbers = self._numbers(topic)
        consumer.assign([TopicPartition(topic, number, 0) for number in numbers])
        ended = 0
        while ended < len(numbers):
            for message in consumer.consume(10_000, 20):
                if message.error():
                    ended += 1
                else:
                    yield message
        consumer.close()

    def ends(self, topic: str) -> int:
        """Sum up the ends of a topic's partitions."""
        consumer = self._consumer("benchmarks-reader")
        places = [TopicPartition(topic, number) for number in self._numbers(topic)]
        total = sum(consumer.get_watermark_offsets(place, timeout=20)[1] for place in places)
        consumer.close()
        return total

    def committed(self, topic: str, group: str = "groundswell") -> int:
        """Sum up how far the group says it is with a topic: a hint, up to a second old."""
        consumer = self._consumer(group)
        places = [TopicPartition(topic, number) for number in self._numbers(topic)]
        found = consumer.committed(places, timeout=20)
        consumer.close()
        return sum(max(0, place.offset) for place in found)

    def _numbers(self, topic: str) -> list[int]:
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        return sorted(admin.list_topics(topic, 20).topics[topic].partitions)

    def _consumer(self, group: str) -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "fetch.message.max.bytes": 16 * MIB,
                "log_level": 0,
            }
        )


class Worker:
    """A `groundswell worker` in a process of its own, or in several."""

    def __init__(self, site: Broker, log: Path, arguments: tuple[str, ...] = ()) -> None:
        self.log = log
        with log.open("wb") as stderr:
            self.process = site.run("worker", *arguments, stderr=stderr)

    def said(self, words: str) -> bool:
        """Tell whether its log has these words; a worker that died ends the run."""
        text = self.log.read_text(errors="replace")
        if self.process.poll() is not None:
            sys.exit(f"{self.log.name}: the worker has ended\n{text[-3000:]}")
        return words in text

    def started(self) -> None:
        """Wait until it has taken partitions over."""
        until(f"{self.log.name} takes over", lambda: self.said("took over"))

    def pids(self) -> list[int]:
        """Give the process, and those that it started or had forked."""
        return _family(self.process.pid)

    def rss(self) -> int:
        """Give the resident memory of all its processes in bytes; shared pages count for each."""
        return sum(_memory(pid, "VmRSS") for pid in self.pids())

    def peak(self) -> int:
        """Return the most that was ever resident of each of its processes, added up, in bytes."""
        return sum(_memory(pid, "VmHWM") for pid in self.pids())

    def cpu(self) -> float:
        """Return the CPU seconds, of users and the system, that its processes have used."""
        return sum(map(_cpu, self.pids()))

    def port(self) -> int | None:
        """Give the port of its HTTP; None before it has said so."""
        text = self._text()
        if "http://127.0.0.1:" not in text:
            return None
        return int(text.split("http://127.0.0.1:")[1].split()[0].strip("/"))

    def _text(self) -> str:
        return self.log.read_text(errors="replace")

    def lag(self) -> int | None:
        """Count the records it has not taken yet; None before it has partitions.

        Raises:
            SystemExit: one of its partitions has stopped.
        """
        port = self.port()
        if port is None:
            return None
        try:
            url = f"http://127.0.0.1:{port}/metrics"
            with urllib.request.urlopen(url, timeout=20) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return None
        stops = [line for line in lines if line.startswith("groundswell_partition_stopped{")]
        if any(float(line.rsplit(" ", 1)[1]) for line in stops):
            sys.exit(f"{self.log.name}: a partition has stopped\n{self._text()[-3000:]}")
        found = [line for line in lines if line.startswith("groundswell_consumer_lag_events{")]
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in found) if found else None

    def stop(self) -> None:
        """Stop it in order."""
        self.process.terminate()
        if self.process.wait(30):
            sys.exit(f"{self.log.name}: {self.log.read_text(errors='replace')[-3000:]}")


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has just ended
        children = []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _memory(pid: int, name: str) -> int:
    try:
        return 1024 * int(Path(f"/proc/{pid}/status").read_text().split(f"{name}:")[1].split()[0])
    except (OSError, IndexError):  # it has just ended
        return 0


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def until(what: str, condition: Any, seconds: float = 120.0) -> None:  # noqa: ANN401
    """Wait for a condition.

    Raises:
        SystemExit: it did not come true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)
