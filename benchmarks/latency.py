"""How long an event takes to be seen on metrics.rolling, live, and what the worker takes for it.

    python benchmarks/latency.py [--rates 1000 10000] [--seconds 45] [--runs 1] [--settings ...]

Events of all six topics come evenly at a rate, to an Apache Kafka of its own with 4 partitions. The
total of complaints in the last hour is the number of those sent, as it began with none: an event is
seen with the first row that has at least as many as were sent up to it. Printed are quantiles over
all events of the time from just before it was handed to the producer until a reader had that row,
and of the time until the broker had acknowledged it, which is none of the worker's; how far apart
two rows came; the CPU of the worker as a share of one core, and the load of the machine.

A broker that has just begun runs code that Java has not compiled yet: for some ten seconds events
wait in the producer for up to three. They are not counted, and some seconds after them neither.
"""

from __future__ import annotations

import argparse
import bisect
import json
import os
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from crowd import Crowd
from live import Broker, Worker, broker, until

if TYPE_CHECKING:
    from collections.abc import Callable

PARTITIONS: Final = 4
WARM: Final = 5.0
"""Seconds in which the broker must have taken each event at once, and that are not counted."""
AT_ONCE: Final = 0.1
"""Seconds in which a broker that is warm acknowledges an event."""
COLD: Final = 60.0
"""Seconds for which a broker may be cold at most; a machine with more to do never is warm."""
SAMPLED: Final = 20
"""Of so many complaints it is noted when one was acknowledged."""
SLICE: Final = 0.01
"""Seconds between two handfuls of events."""
QUANTILES: Final = (0.5, 0.99, 0.999)


class Seen(NamedTuple):
    """What a reader had: when (monotonic seconds), and how many complaints it says."""

    at: float
    count: int


class Taken(NamedTuple):
    """A complaint that the broker has: when it was handed over, and how many seconds before."""

    at: float
    seconds: float


class Reader(threading.Thread):
    """Reads metrics.rolling from its end: the total of complaints in the last hour."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(daemon=True)
        self.seen: list[Seen] = []
        self.rows = 0
        self._brokers = bootstrap
        self._stop_it = threading.Event()

    def run(self) -> None:
        """Read until told to stop."""
        consumer = Consumer(
            {
                "bootstrap.servers": self._brokers,
                "group.id": "latency",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
                "log_level": 0,
            }
        )
        admin = AdminClient({"bootstrap.servers": self._brokers, "log_level": 0})
        numbers = admin.list_topics("metrics.rolling", 20).topics["metrics.rolling"].partitions
        consumer.assign([TopicPartition("metrics.rolling", number, 0) for number in numbers])
        while not self._stop_it.is_set():
            found = consumer.consume(2_000, 0.01)
            now = time.monotonic()
            self.rows += len(found)
            for message in found:
                value = message.value() or b""
                if b'"complaints"' in value and b'"labels":{}' in value and b'"1h"' in value:
                    self.seen.append(Seen(now, json.loads(value)["count"]))
        consumer.close()

    def finish(self) -> None:
        """Stop reading."""
        self._stop_it.set()
        self.join()


class Sender(threading.Thread):
    """Sends events at a rate until told to stop.

    `handed` has when each complaint was handed over (monotonic seconds); `taken` how long it took
    until some of them were acknowledged (`Taken`).
    """

    def __init__(self, bootstrap: str, rate: float) -> None:
        super().__init__(daemon=True)
        self.handed: list[float] = []
        self.taken: list[Taken] = []
        self._brokers, self._rate = bootstrap, rate
        self._stop_it = threading.Event()

    def run(self) -> None:
        """Send until told to stop."""
        producer = Producer(
            {
                "bootstrap.servers": self._brokers,
                "compression.type": "lz4",
                "linger.ms": 5,
                "queue.buffering.max.messages": 1_000_000,
                "log_level": 0,
            }
        )
        crowd, sent, begun = Crowd(seed=3), 0, time.monotonic()
        while not self._stop_it.is_set():
            due = int((time.monotonic() - begun) * self._rate)
            if due > sent:
                for made in crowd.events(due - sent, time.time() - SLICE, SLICE):
                    note = self._hand() if made.topic == "complaints" else None
                    producer.produce(made.topic, made.value, made.key, on_delivery=note)
                sent = due
            producer.poll(0)
            time.sleep(SLICE)
        producer.flush()

    def _hand(self) -> Callable[[object, object], None] | None:
        """Note that a complaint is handed over; returns what notes that it was acknowledged."""
        at = time.monotonic()
        self.handed.append(at)
        if len(self.handed) % SAMPLED:
            return None
        return lambda _, __: self.taken.append(Taken(at, time.monotonic() - at))

    def warm(self) -> bool:
        """Tell whether the broker has taken events at once for the last seconds."""
        since = time.monotonic() - WARM
        some = [one.seconds for one in self.taken if one.at + one.seconds > since]
        return self.handed[0] < since and max(some, default=COLD) < AT_ONCE

    def finish(self) -> None:
        """Stop sending."""
        self._stop_it.set()
        self.join()


def waits(handed: list[float], seen: list[Seen], since: float, until: float) -> list[float]:
    """Give the seconds after which each complaint was seen, in order; of those handed over then."""
    highest, counts, times = 0, list[int](), list[float]()
    for one in seen:
        if one.count > highest:
            highest = one.count
            counts.append(highest)
            times.append(one.at)
    found: list[float] = []
    for number, at in enumerate(handed, 1):
        if since <= at < until:
            place = bisect.bisect_left(counts, number)
            if place == len(counts):
                raise SystemExit(f"complaint {number} of {len(handed)} was never seen")
            found.append(times[place] - at)
    return sorted(found)


def measure(site: Broker, rate: float, seconds: float) -> None:
    """Send at a rate, and print what came of it."""
    worker = site.worker()
    try:
        _measure(site, worker, rate, seconds)
    finally:
        worker.process.kill()


def _measure(site: Broker, worker: Worker, rate: float, seconds: float) -> None:
    worker.started()
    reader, sender = Reader(site.bootstrap), Sender(site.bootstrap, rate)
    reader.start()
    sender.start()
    until("the first are seen", lambda: worker.said("took over") and reader.seen)
    begun = time.monotonic()
    while not sender.warm() and time.monotonic() - begun < COLD:
        time.sleep(SLICE)
    from_, cpu, rows = time.monotonic(), worker.cpu(), reader.rows
    time.sleep(seconds)
    to, after, more = time.monotonic(), worker.cpu(), reader.rows
    sender.finish()
    handed = sender.handed
    until("all are counted", lambda: reader.seen[-1].count >= len(handed))
    reader.finish()
    worker.stop()
    found = waits(handed, reader.seen, from_, to)
    taken = sorted(one.seconds for one in sender.taken if from_ <= one.at < to)
    print(
        f"{rate:6.0f}/s  {quantiles(found)} s  CPU {(after - cpu) / (to - from_):.2f}"
        f" of a core  {(more - rows) / (to - from_):.0f} rows/s  load {os.getloadavg()[0]:.1f}\n"
        f"          on the broker after {quantiles(taken)} s\n"
        f"          rows come each {quantiles(apart(reader.seen, from_, to))} s",
        flush=True,
    )


def quantiles(seconds: list[float]) -> str:
    """Show quantiles of times that are in order, and the longest."""
    shown = "  ".join(f"p{100 * q:g} {seconds[int(q * (len(seconds) - 1))]:.2f}" for q in QUANTILES)
    return f"{shown}  most {seconds[-1]:.2f}"


def apart(seen: list[Seen], since: float, until: float) -> list[float]:
    """Give the seconds between two rows that said more than those before, in order."""
    times, highest = list[float](), 0
    for one in seen:
        if one.count > highest:
            highest = one.count
            times.append(one.at)
    return sorted(b - a for a, b in pairwise(times) if since <= a < until)


def main() -> None:
    """Measure each rate, as often as asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rates", type=float, nargs="+", default=[1_000.0, 10_000.0])
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--settings", nargs="*", default=[], metavar="SECTION__NAME=VALUE")
    parser.add_argument("--source", type=Path, help="a checkout whose worker is measured")
    given = parser.parse_args()
    for _ in range(given.runs):
        for rate in given.rates:
            with tempfile.TemporaryDirectory() as home, broker(Path(home), PARTITIONS) as site:
                if given.source:
                    site.source = given.source
                    site.environment["PYTHONPATH"] = str(given.source)
                for setting in given.settings:
                    name, _, value = setting.partition("=")
                    site.environment[f"GROUNDSWELL_{name}"] = value
                measure(site, rate, given.seconds)


if __name__ == "__main__":
    main()
