"""An older release begins, this one goes on: `upgrade.py REVISION`; status 1 if they differ.

Events stand on the source topics of a real Kafka. A worker of the older release takes part of them,
with the libraries that it was released with, and is stopped; the worker of this release takes its
state over and reads on. What is public then is compared with one clean pass of this release over
all events.

The older one keeps no customers, and this one does: they are built of what was read before, too, so
they must be those of the clean pass. With `--kept` the older one keeps them as well, and this one
goes on with its lives; no event is corrected then that was not counted, as older ones believe that.

Counts are the same whoever counts them. Alerts go on as `across_releases.py` says, unless the
detectors were mended between the two (`--mended`): this one goes on from what the older one had
learned, so it is held only to take over whatever was firing, and to bring it to its end.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from across_releases import Judged
from apache_kafka import ApacheKafka
from compare import (
    COUNTED,
    PUBLIC,
    clean_pass,
    counted,
    differences,
    left_open,
    never,
    published,
    repeated,
    tables,
)
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from producer import PARTITIONS, plan
from reader import Reader
from release import checked_out, installed
from small_cluster import SOURCES
from verdict import KEPT, SETTINGS, config

from schemas.topics import HISTORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from compare import Tables
    from producer import Message

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 300.0
QUIET: Final = 20.0
"""All is read and nothing comes for so long: nothing will."""
SHOWN: Final = 20


class Site:
    """A broker, and workers of one release or another on it."""

    def __init__(self, broker: ApacheKafka, home: Path) -> None:
        self.bootstrap, self.home = broker.bootstrap, home
        # A broker that is gone at the end is no news.
        client: dict[str, str | int | float | bool] = {
            "bootstrap.servers": broker.bootstrap,
            "log_level": 0,
        }
        self._admin = AdminClient(client)
        # A batch that is sent again must not come behind the next: what it has would be late.
        self._producer = Producer(client | {"enable.idempotence": True})
        self._group = Consumer(client | {"group.id": "groundswell"})

    @contextlib.contextmanager
    def worker(
        self, source: Path, python: Path, name: str, settings: Mapping[str, str] = {}
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run the worker of a source tree; it must end with status 0 once it is stopped.

        Raises:
            RuntimeError: it ended otherwise, or before that.
        """
        log = self.home / f"{name}.log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [python, "-c", "from streams.cli.main import app; app()", "worker"],
                cwd=source,
                env={
                    **os.environ,
                    **SETTINGS,
                    **settings,
                    "PYTHONPATH": str(source),
                    "GROUNDSWELL_KAFKA__BROKERS": self.bootstrap,
                },
                stderr=stderr,
            )
        try:
            yield process
            ended = process.poll() is not None
            process.send_signal(signal.SIGTERM)
            if process.wait(60) or ended:
                raise RuntimeError(f"the {name} worker failed: {log.read_text()[-3000:]}")
        finally:
            process.kill()
            process.wait()

    def produce(self, messages: Sequence[Message]) -> None:
        for topic, partition, key, value in messages:
            self._producer.produce(topic, value, key, partition)
            self._producer.poll(0)
        if self._producer.flush(SECONDS):
            raise RuntimeError("not all events were sent")

    def make_sources(self) -> None:
        made = self._admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in SOURCES])
        for future in made.values():
            future.result()

    def has(self, topics: Sequence[str]) -> bool:
        there = self._admin.list_topics(timeout=SECONDS).topics
        return all(topic in there for topic in topics)

    def committed(self) -> int:
        """Count the events that the workers' states include, as far as the group was told."""
        places = [TopicPartition(name, n) for name in SOURCES for n in range(PARTITIONS)]
        found = self._group.committed(places, timeout=SECONDS)
        return sum(max(0, place.offset) for place in found)


def until(what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {SECONDS:.0f} s: {what}")
        time.sleep(0.1)


def settled(
    reader: Reader, differs: Callable[[], list[str]], all_read: Callable[[], bool]
) -> list[str]:
    """Read until nothing differs, or nothing comes any more; list what differs."""
    quiet = begun = time.monotonic()
    while True:
        if reader.read() or not all_read():
            quiet = time.monotonic()
        found = differs()
        now = time.monotonic()
        if not found or now - quiet > QUIET or now - begun > 3 * SECONDS:
            return found


def tells_of_alerts(reader: Reader) -> bool:
    reader.read()
    return bool(reader.messages[HISTORY])


def truth(messages: Sequence[Message]) -> Tables:
    return tables(published(clean_pass(config(), messages, time.time(), PARTITIONS)))


def upgraded(given: argparse.Namespace, home: Path) -> list[str]:
    """Run it; list what differs."""
    revision, mended, kept = given.revision, given.mended, given.kept
    messages = plan(given.seed, given.events, phantoms=not kept).messages
    part = len(messages) * 7 // 10
    older = checked_out(revision, home / "older")
    python = installed(older)
    want = truth(messages)
    print(
        f"one clean pass: {sum(map(len, want.values())):,} rows, {len(want[HISTORY])} transitions"
    )
    broker = ApacheKafka(home / "kafka")
    try:
        broker.start()
        site = Site(broker, home)
        site.make_sources()
        site.produce(messages[:part])
        with site.worker(older, python, "older", KEPT if kept else {}) as process:
            until(
                "the older worker reads a third",
                lambda: process.poll() is not None or site.committed() > part // 3,
            )
            reader = Reader(broker.bootstrap, COUNTED)
            until(
                "the older worker tells of an alert",
                lambda: process.poll() is not None or tells_of_alerts(reader),
            )
        begun = site.committed()
        reader.read(2.0)
        older_said = list(reader.messages[HISTORY])
        print(
            f"release {revision} took {begun:,} of {len(messages):,} events, "
            f"and published {len(older_said)} transitions"
        )

        reader.close()

        def judged() -> Judged:
            return Judged(older_said, reader.messages[HISTORY], want[HISTORY].values())

        def differs() -> list[str]:
            have = tables(reader.messages)
            found = differences(counted(want), counted(have)) + left_open(older_said, have)
            return found if mended else found + judged().differences()

        site.produce(messages[part:])
        with site.worker(ROOT, Path(sys.executable), "newer", KEPT):
            until("the topics of customers are there", lambda: site.has(PUBLIC))
            reader = Reader(broker.bootstrap, PUBLIC)
            settled(reader, differs, lambda: site.committed() >= len(messages))
        reader.read(2.0)
        found = differs()
        found += never(reader.messages, want) + repeated(reader.messages[HISTORY])
        reader.close()
        print(f"this release took over, and read up to {site.committed():,}")
        if not mended:
            series, after = judged().compared()
            print(f"compared: {series} series with alerts, which had {after} transitions since")
            for metric, labels in sorted(judged().otherwise()):
                print(f"left out, as the older release said otherwise: {metric} {dict(labels)}")
        if not 0 < begun < len(messages) == site.committed():
            found.append("the releases did not share the events")
        return found
    finally:
        broker.stop()


def main(arguments: Sequence[str]) -> int:
    """Run it by command line arguments; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("revision", help="of the older release")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--mended", action="store_true", help="detectors: compare counts")
    parser.add_argument("--kept", action="store_true", help="customers, by the older one, too")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
        found = upgraded(given, Path(folder))
    for line in found[:SHOWN]:
        print(line)
    print(f"{len(found)} differences")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
