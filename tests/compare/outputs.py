"""What the stages write of a history, as digests: two revisions that write the same have the same.

    make same FROM=<revision> [DATA=complaints.parquet]

runs this file in a checkout of each revision, and compares: every public topic, every topic
between the stages and every changelog, row by row. The events go through the stages as a worker
has them, with a changelog each, one partition a stage, a flush every few thousand events, and a
take-over from the changelog half of the way. The order of rows within a flush, and of records
within a message between the stages, is left out: it hangs on the addresses of objects, and nobody
who reads may depend on it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from streams.core.aggregate.stage import AggregateStage
from streams.core.alerts.stage import AlertsStage
from streams.core.detail_messages import decode
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS, SIGNALS
from streams.core.stage import Record
from streams.load.loading import Loading
from streams.load.model import Options
from streams.load.readers import open_reader
from streams.settings import Settings

if TYPE_CHECKING:
    from _hashlib import HASH
    from collections.abc import Callable, Iterable, Iterator

    from streams.core.stage import Flush, Send

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "streams" / "demo" / "data" / "cfpb_2016-07_2017-03.csv.gz"
MAPPING = {
    "occurred_at": ("date_sent", "date", "day"),
    "region": ("state", "region"),
    "channel": ("submitted_via", "channel"),
}
"""Which column of a history fills a field, the first of these that is there."""


class Digests:
    """A digest and a number of rows by topic or changelog."""

    def __init__(self) -> None:
        self._hashes: defaultdict[str, HASH] = defaultdict(sha256)
        self.rows: Counter[str] = Counter()

    def add(self, where: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Take in the rows of one flush."""
        for row in sorted(map(repr, rows)):
            self._hashes[where].update(row.encode())
            self.rows[where] += 1

    def lines(self) -> Iterator[str]:
        """Give a line for each topic and changelog."""
        for where in sorted(self._hashes):
            digest = self._hashes[where].hexdigest()[:32]
            yield f"{where:32} {self.rows[where]:>10,} {digest}"


def in_order(value: bytes | None) -> Any:
    """Give a message between the stages, or a row of evidence, with its records sorted."""
    try:
        return None if value is None else _sorted(msgspec.msgpack.decode(value))
    except msgspec.DecodeError:
        return value


def _sorted(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    items = [_sorted(item) for item in value]
    return sorted(items, key=repr) if all(isinstance(i, list) for i in items) else items


def _apart(send: Send) -> Iterator[tuple[Any, ...]]:
    """Give what a message says; of details, which share messages as they come, each by itself."""
    value = in_order(send.value)
    if isinstance(value, list) and value[0] == "e":
        value = in_order(msgspec.msgpack.encode(decode(send.value or b"")))
    if isinstance(value, list) and value[0] == "d":
        _, _, metric, names, details = value
        yield from ((metric, names, detail) for detail in details)
    else:
        yield send.partition, send.key, value


class Chain:
    """The three stages with one partition each, and their changelogs."""

    def __init__(self, settings: Settings, digests: Digests) -> None:
        self._make: dict[str, Callable[[], Any]] = {
            "fold": lambda: IngestStage(0, 1, settings),
            "series": lambda: AggregateStage(0, 1, settings),
            "incidents": lambda: AlertsStage(1, 1, settings),
        }
        self._stages = {name: make() for name, make in self._make.items()}
        self._logs: dict[str, dict[bytes, bytes]] = {name: {} for name in self._make}
        self._digests = digests
        self._flushes = 0

    def put(self, topic: str, records: list[Record], wall: float) -> None:
        """Process a batch of a source topic, and flush every stage in turn."""
        self._stages["fold"].process(topic, records, wall)
        self.flush(wall)

    def flush(self, wall: float) -> None:
        """Flush every stage in turn, handing on what it sends."""
        self._flushes += 1
        sent = self._write("fold", wall)
        self._hand_on(sent, PARTIALS, "series", wall)
        between = self._write("series", wall)
        self._hand_on(chain(sent, between), SIGNALS, "incidents", wall)
        self._write("incidents", wall)

    def tick(self, wall: float) -> None:
        """Let the stages do their clock work: all is read."""
        for stage in self._stages.values():
            stage.tick(wall, {"complaints", PARTIALS, SIGNALS})
        self.flush(wall)

    def take_over(self) -> None:
        """Start every stage anew from its changelog."""
        self._stages = {name: make() for name, make in self._make.items()}
        for name, stage in self._stages.items():
            stage.restore(dict(self._logs[name]))

    def _hand_on(self, sent: Iterable[Send], topic: str, stage: str, wall: float) -> None:
        records = [Record(0, send.key, send.value) for send in sent if send.topic == topic]
        if records:
            self._stages[stage].process(topic, records, wall)

    def _write(self, name: str, wall: float) -> list[Send]:
        flush: Flush = self._stages[name].flush(self._flushes, wall)
        log = self._logs[name]
        for key, value in flush.rows:
            if value is None:
                log.pop(key, None)
            else:
                log[key] = value
        rows = [(key, in_order(value)) for key, value in flush.rows]
        self._digests.add(f"changelog of {name}", rows)
        by_topic: dict[str, list[Send]] = defaultdict(list)
        for send in flush.sends:
            by_topic[send.topic].append(send)
        for topic, sends in by_topic.items():
            apart = chain.from_iterable(map(_apart, sends))
            self._digests.add(topic, apart)
        return list(flush.sends)


def outputs(history: Path) -> Digests:
    """Run a history of complaints through the stages."""
    digests = Digests()
    stages = Chain(Settings(), digests)
    loading = _load(history)
    done, taken_over = 0, False
    for events in loading.batches():
        wall = float(events[-1].at + 60)
        stages.put("complaints", [Record(0, e.key, e.value) for e in events], wall)
        done += len(events)
        if not taken_over and done > loading.rows // 2:
            stages.take_over()
            taken_over = True
    for later in (1.0, 1e4, 1e5):
        stages.tick(loading.span[1] + later)
    return digests


def _load(history: Path) -> Loading:
    columns = open_reader(history).columns
    mapping = {
        field: next(name for name in names if name in columns)
        for field, names in MAPPING.items()
        if field not in columns and any(name in columns for name in names)
    }
    return Loading(history, "complaints", Options(mapping=mapping))


def run_in(checkout: Path, history: Path) -> list[str]:
    """Run the script of a checkout on its own sources."""
    script = checkout / "tests" / "compare" / "outputs.py"
    environment = os.environ | {"PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"}
    found = subprocess.run(
        [sys.executable, str(script), str(history)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return found.stdout.splitlines()


def main() -> int:
    """Print the digests of a history, or compare those of two revisions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("history", nargs="?", type=Path, default=DEMO)
    parser.add_argument("--against", metavar="REVISION", help="compare with this revision")
    given = parser.parse_args()
    history = given.history.resolve()
    if given.against is None:
        print(*outputs(history).lines(), sep="\n")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", before, given.against], check=True)
        try:
            theirs, ours = run_in(before, history), run_in(ROOT, history)
        finally:
            subprocess.run([*git, "remove", "--force", before], check=True)
    for line in ours:
        print("same     " if line in theirs else "DIFFERENT", line)
    for line in set(theirs) - set(ours):
        print("before   ", line)
    return int(theirs != ours)


if __name__ == "__main__":
    sys.exit(main())
