"""Kill -9 in mid-load, again and again, and look whether anything is counted wrong.

    python benchmarks/kills.py [FILE] [--kills 20] [--seed 1]

FILE has published complaints, in the shape of ../shared/data/cfpb. It is loaded onto Apache Kafka
while two workers count it. Kills come at even steps of the progress, of a worker that the seed
chooses; every third hits whatever a worker just does, mostly a take-over. What was killed is
started again. In the end daily buckets by product are compared with a plain count of the file, and
alerts.history with `groundswell replay` of it.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from cfpb import COLUMNS, FILE
from live import Broker, broker, until

from streams.core.series_key import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTITIONS = 4
SECONDS_A_KILL = 8.0
"""The load takes so long in all: a killed member leaves the group after its session timeout."""

Counts = Counter[tuple[str, str]]
"""Events by day (ISO date) and product."""

QUIET_SECONDS = 45.0
"""Longer than the idle timeout: then idle partitions have said so, and the last buckets closed."""


def options(file: Path) -> list[str]:
    """Say which column fills which field."""
    fields = {"occurred_at": "date_sent", **COLUMNS}
    mapped = (("--map", f"{field}={column}") for field, column in fields.items())
    return [str(file), "--topic", "complaints", *(word for pair in mapped for word in pair)]


def counted(file: Path) -> Counts:
    """Count the rows of the file."""
    table = pq.read_table(file, columns=["date_sent", "product"])
    days = (str(day)[:10] for day in table["date_sent"].to_pylist())
    products = (product or UNKNOWN for product in table["product"].to_pylist())
    return Counter(zip(days, products, strict=True))


def published(site: Broker) -> Counts:
    """Read the daily buckets by product, each as it was published last; the late ones are added."""
    counts: Counts = Counter()
    latest: dict[bytes, bytes] = {}
    for message in site.messages("metrics.buckets"):
        key, value = message.key(), message.value()
        if b'"1d"' in value and b'"labels":{"product":' in value and b'"issue"' not in value:
            latest[key] = value
    for row in map(json.loads, latest.values()):
        if (row["grain"], list(row["labels"])) == ("1d", ["product"]):
            counts[row["start"][:10], row["labels"]["product"]] += row["count"]
    for message in site.messages("late"):
        event = json.loads(message.value())["event"]
        counts[event["occurred_at"][:10], event.get("product") or UNKNOWN] += 1
    return counts


def replayed(site: Broker, file: Path) -> list[dict[str, Any]]:
    """Replay the file: the alerts that it must give."""
    with (site.home / "replay.log").open("wb") as log:
        replay = site.run("replay", *options(file), "--json", stdout=subprocess.PIPE, stderr=log)
        lines = replay.communicate()[0].splitlines()
    if replay.returncode:
        sys.exit((site.home / "replay.log").read_text()[-3000:])
    return [json.loads(line) for line in lines]


class Load:
    """A load under way, and two workers that are killed under it."""

    def __init__(self, site: Broker, file: Path, seed: int, kills: int, rows: int) -> None:
        self._site, self._rows, self._kills = site, rows, kills
        self._random = random.Random(seed)  # noqa: S311 -- seeded kills are no cryptography
        rate = rows / (SECONDS_A_KILL * (kills + 1))
        # The first one makes the topics, the load finds them.
        self._workers = [site.worker()]
        self._workers[0].started()
        self._workers.append(site.worker())
        self._log = (site.home / "load.log").open("wb")
        self.process = site.run("load", *options(file), "--rate", str(rate), stderr=self._log)

    def kill_all(self) -> None:
        """Kill, at even steps of the progress."""
        for number in range(1, self._kills + 1):
            step = self._rows * number // (self._kills + 1)
            until(f"{step:,} events are read", lambda step=step: self._read() >= step, 600)
            chosen = self._random.randrange(2)
            if number % 3:
                self._workers[chosen].started()
                time.sleep(self._random.random())  # some phase of a flush
            self._kill(number, chosen)

    def end(self) -> None:
        """Wait until all is read, published and worked out; stop the workers."""
        if self.process.wait(600):
            sys.exit((self._site.home / "load.log").read_text()[-3000:])
        before, since = -1, time.monotonic()
        deadline = since + 3600
        while time.monotonic() - since < QUIET_SECONDS:
            if time.monotonic() > deadline:
                sys.exit("the workers do not come to an end")
            time.sleep(1)
            lags = [worker.lag() for worker in self._workers]
            now = self._site.ends("metrics.buckets") + self._site.ends("alerts.history")
            if any(lags) or None in lags or now != before:
                before, since = now, time.monotonic()
        for worker in self._workers:
            worker.stop()

    def _read(self) -> int:
        return self._site.committed("complaints")

    def _kill(self, number: int, chosen: int) -> None:
        worker = self._workers[chosen]
        taken_over = worker.said("took over")
        read = self._read()
        partials = self._site.committed("groundswell.partials")
        worker.process.kill()
        worker.process.wait()
        phase = "counting" if taken_over else "taking over or before"
        print(
            f"kill {number:2}: worker {chosen + 1}, {phase}; complaints read and committed "
            f"{read:,}, partials {partials:,}",
            flush=True,
        )
        self._workers[chosen] = self._site.worker()


def different(expected: Mapping[Any, int], found: Mapping[Any, int]) -> list[str]:
    """Tell the cells that are not equal."""
    keys = sorted(expected.keys() | found.keys())
    return [
        f"{key}: {expected.get(key, 0)} in the file, {found.get(key, 0)} published"
        for key in keys
        if expected.get(key, 0) != found.get(key, 0)
    ]


def main() -> int:
    """Run it; 1 if there is a difference."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    expected = counted(given.file)
    rows = expected.total()
    with tempfile.TemporaryDirectory() as home, broker(Path(home), PARTITIONS) as site:
        site.environment["GROUNDSWELL_KAFKA__SESSION_TIMEOUT"] = "4"
        site.environment["GROUNDSWELL_TABLES__IDLE_TIMEOUT"] = "20"
        load = Load(site, given.file, given.seed, given.kills, rows)
        load.kill_all()
        load.end()
        found = published(site)
        history = [json.loads(message.value()) for message in site.messages("alerts.history")]
        alerts = replayed(site, given.file)
    wrong = different(expected, found)
    for line in wrong[:20]:
        print(line)
    print(f"{rows:,} events, {given.kills} kills; {len(expected):,} daily buckets by product:")
    print(f"  {len(wrong)} differ from the file")
    print(f"{len(history):,} alert transitions published, {len(alerts):,} in the replay: ", end="")
    print("equal" if history == alerts else "NOT equal")
    for number, (one, other) in enumerate(zip(history, alerts, strict=False)):
        if one != other:
            print(f"first difference at {number}:\n  worker {one}\n  replay {other}")
            break
    return int(bool(wrong) or history != alerts)


if __name__ == "__main__":
    sys.exit(main())
