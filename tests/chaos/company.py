"""A simulated company on a real Kafka, a worker killed in the middle, and `groundswell verify`.

Topics are mixed, one of them a day of event time behind the others; each fiftieth event comes a
second time. The worker is killed (-9) when about half is read. Status 1 if any number differs, or
if the conservation error was not 0 whenever it was asked for.

With `--kills N` it is killed so often while all is sent, each time when it has read a little: a
backlog grows, and is read in one go at the end.

With `--forget N`, N customers are then forgotten (`forgetting.py`), and all is verified once more.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import msgspec
from apache_kafka import ApacheKafka
from forgetting import forget_some, write_down
from groundswell_site import COMMAND, Site

from streams.core.event_time.buckets import DAY
from streams.settings import Settings
from streams.simulate.files import EVENTS, MANIFEST
from streams.simulate.manifest import read_manifest
from streams.simulate.truth.run import truth_of_folder, write_truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from forked import Started

BEHIND: Final = "cancellations"
"""The topic that comes a day of event time after the others."""
AGAIN: Final = 0.02
"""The share of events that are sent twice, besides those that stand twice in the files."""
SPREAD: Final = 6 * 3_600
"""Seconds of event time by which one topic is ahead of another, drawn anew each 40 events."""
A_LITTLE: Final = 1_000
"""Events that a worker has read when it is killed, one of several."""
WAIT: Final = 3_000.0
QUIET: Final = 20.0
"""Seconds in which nothing comes, when all is told."""
_ERROR: Final = r"^(groundswell_conservation_error{.*}) (\S+)$"
_READ: Final = r"^groundswell_events_total{.*} (\S+)$"
_CLOCK: Final = r'^groundswell_metric_watermark_timestamp_seconds{metric="active_customers"} (\S+)$'
_time: Final = re.compile(rb'"occurred_at":"([^"]+)"')
_customer: Final = re.compile(rb'"customer_id":"([^"]+)"')


def schedule(folder: Path, chance: Random) -> list[tuple[str, bytes]]:
    """Give all events in the order in which they are sent: that of their files within a topic."""
    found: list[tuple[float, str, bytes]] = []
    for file in sorted((folder / EVENTS).glob("*.jsonl")):
        reached, ahead = 0.0, 0.0
        for number, line in enumerate(file.read_bytes().splitlines()):
            at = _time.search(line)
            assert at is not None, line
            if number % 40 == 0:
                ahead = chance.random() * SPREAD
            sent = datetime.fromisoformat(at[1].decode()).timestamp() + ahead
            reached = max(reached, sent + (DAY if file.stem == BEHIND else 0))
            found += [(reached, file.stem, line)] * (2 if chance.random() < AGAIN else 1)
    found.sort(key=lambda one: one[:2])
    return [(topic, line) for _, topic, line in found]


class Watch:
    """Asks the worker: how much it has read, and whether all added up whenever it was asked."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.asked = 0
        self.wrong: list[str] = []

    def clock(self) -> float:
        """Give the customer clock of this worker, epoch seconds; 0 where it does not say."""
        try:
            said = self._site.ask("/metrics")
        except OSError:
            return 0.0
        return min((float(at) for at in re.findall(_CLOCK, said, re.MULTILINE)), default=0.0)

    def read(self) -> int:
        """Give the events that this worker has read."""
        try:
            said = self._site.ask("/metrics")
        except OSError:  # a busy machine
            return 0
        for name, value in re.findall(_ERROR, said, re.MULTILINE):
            self.asked += 1
            if float(value):
                self.wrong.append(f"{name} {value}")
        return sum(int(float(n)) for n in re.findall(_READ, said, re.MULTILINE))


def rows_of(site: Site, watch: Watch, clock: int) -> dict[bytes | None, bytes | None]:
    """Wait until periods are told up to the clock, and nothing more comes; give their rows.

    A row that is as it was is not told again, so no row need say that the clock has come so far.
    """
    before: dict[bytes | None, bytes | None] = {}
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        rows = dict(site.messages("metrics.periods"))
        if rows == before and watch.clock() >= clock:
            break
        before = rows
        time.sleep(QUIET)
    return before


def verified(site: Site, company: Path) -> subprocess.CompletedProcess[str]:
    """Run `groundswell verify` on the topics, where all is told (`rows_of`)."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND, "verify", str(company), "--topics", "--to-the-end"],
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def in_zone(company: Path, zone: str) -> None:
    """Have days and months of a company begin in another zone, also those of the truth."""
    made = msgspec.json.decode((company / MANIFEST).read_bytes())
    made["definitions"]["zone"] = zone
    (company / MANIFEST).write_bytes(msgspec.json.encode(made))
    manifest = read_manifest(company)
    write_truth(company, truth_of_folder(company, manifest, lambda _: None), manifest)
    settings = company / "groundswell.toml"
    said = settings.read_text()
    settings.write_text(re.sub('zone = ".*"', f'zone = "{zone}"', said))
    assert f'zone = "{zone}"' in settings.read_text()


def main() -> int:
    """Run it; print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--forget", type=int, default=0, help="customers, with kills in between")
    parser.add_argument("--zone", help="in which days and months begin, if not UTC")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        kafka = ApacheKafka(Path(home) / "kafka")
        try:
            kafka.start()
            return run(Site(kafka.bootstrap, Path(home), None), Path(home), args)
        finally:
            kafka.stop()


def run(site: Site, home: Path, args: argparse.Namespace) -> int:
    """Send everything, kill the worker in the middle, and verify."""
    company, began = home / "company", time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", flush=True)

    size = ("--customers", str(args.customers), "--months", str(args.months))
    site.run("simulate", *size, "--seed", str(args.seed), "--out", str(company))
    if args.zone:
        in_zone(company, args.zone)
    manifest, chance = read_manifest(company), Random(args.seed)
    events = schedule(company, chance)
    tell(f"{len(events):,} events to send, {sum(manifest.events.values()):,} lines in the files")
    command = f"import sys; sys.argv += ['--settings', '{company / 'groundswell.toml'}']; {COMMAND}"
    with contextlib.ExitStack() as workers:
        worker = Worker(site, command, workers)
        status = followed(site, (company, events, args.kills), worker, tell)
        if args.forget and not status:
            status = forgotten(site, (company, args.forget), chance, worker, tell)
        site.stop(worker.process)
    return status


class Worker:
    """The worker of a site; when it is killed, another one takes over."""

    def __init__(self, site: Site, command: str, workers: contextlib.ExitStack) -> None:
        self._site, self._command, self._workers = site, command, workers
        self.process = self._start()

    def _start(self) -> Started:
        process = self._site.start(self._command)
        self._workers.callback(process.kill)
        return process

    def kill(self) -> None:
        """Kill it (-9), and wait until the next one has taken over."""
        self.process.kill()
        self.process.wait()
        self.process = self._start()


def forgotten(
    site: Site,
    what: tuple[Path, int],
    chance: Random,
    worker: Worker,
    tell: Callable[[str], None],
) -> int:
    """Forget some customers at the end of all, while commands and workers are killed; verify."""
    company, number = what
    clock, watch = read_manifest(company).clock, Watch(site)
    there = sorted(row["customer_id"] for row in site.table("customers"))
    names = chance.sample(there, number)
    found = forget_some(site, names, clock - 1, chance, worker.kill)
    tell(
        f"{number} forgotten: {found.killed} commands killed, of which {found.arrived} had sent; "
        f"left of them: {found.left[:5]}"
    )
    rows_of(site, watch, clock)
    write_down(company, site)
    return judged(site, company, watch, tell) or int(bool(found.left))


def judged(site: Site, company: Path, watch: Watch, tell: Callable[[str], None]) -> int:
    """Verify what was published, and give 1 if any of it is wrong."""
    watch.read()
    last = verified(site, company)
    print(last.stdout, last.stderr)
    watch.read()
    tell(f"conservation errors: {watch.asked} asked, not 0: {watch.wrong[:5]}")
    return int(last.returncode != 0 or bool(watch.wrong) or not watch.asked)


def followed(
    site: Site,
    what: tuple[Path, list[tuple[str, bytes]], int],
    worker: Worker,
    tell: Callable[[str], None],
) -> int:
    """Send events to a worker, kill it on the way, and verify what the last one has told."""
    company, events, kills = what
    manifest, watch = read_manifest(company), Watch(site)
    stops = {len(events) * n // (kills + 1) for n in range(1, kills + 1)}
    for number, (topic, line) in enumerate(events):
        if number in stops:
            site.producer.flush(60)
            while (done := watch.read()) < (A_LITTLE if kills > 1 else number * 9 // 10):
                time.sleep(0.2)
            tell(f"killed when {done:,} were read")
            worker.kill()
        found = _customer.search(line)
        site.producer.produce(topic, line, found[1] if found else b"nobody")
        if number % 5_000 == 0:
            site.producer.flush(60)
    site.say_over(manifest.clock + Settings().tables.grace)
    tell("all is sent")
    rows = rows_of(site, watch, manifest.clock)
    tell(f"{len(rows):,} rows of periods, and nothing more comes")
    return judged(site, company, watch, tell)


if __name__ == "__main__":
    sys.exit(main())
