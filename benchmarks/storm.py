"""A storm of alerts on a real broker: does a worker go on meanwhile, and tell what it should?

    python benchmarks/storm.py [--events 1200000] [--rates 1000 10000]

All 373 series rise at once, several times in twelve days (`storm_history`), after two days of
learning. The history is loaded onto Apache Kafka at each rate, with one worker on it. `/healthz` is
asked every 100 ms. When six tenths are read, in a storm, the worker is told to stop, and another
one goes on. In the end alerts.history is compared with `groundswell replay` of the same file. Exit
status 1 if a transition differs, a partition was lost, an answer took a second or more, a stop ten
seconds or more, or the event loop was held for longer than 200 ms.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from live import Broker, Worker, broker
from storm_history import DAY, SERIES, history

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTITIONS = 4
START = 1_700_006_400 // DAY * DAY
HEIGHT = 0.6
QUIET_SECONDS = 45.0
"""Longer than the idle timeout: then idle partitions have said so, and the last buckets closed."""
ANSWER, STOP, HELD = 1.0, 10.0, 0.2
"""Seconds: bounds on an answer of /healthz, on a stop, and on a call that holds the loop."""
LOST = ("not ours any more", "take-over of generation", "stopped on a bug", "critical")


class Probe(threading.Thread):
    """Asks a worker for /healthz ten times a second; `waits` has how long each answer took."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(daemon=True)
        self._worker = worker
        self._done = threading.Event()
        self.waits: list[float] = []

    def run(self) -> None:
        """Ask until told to end."""
        address = f"http://127.0.0.1:{self._worker.port()}/healthz"
        while not self._done.wait(0.1):
            begun = time.monotonic()
            try:
                with urllib.request.urlopen(address, timeout=30) as answer:
                    answer.read()
            except OSError:
                if not self._done.is_set():
                    self.waits.append(30.0)
                continue
            self.waits.append(time.monotonic() - begun)

    def end(self) -> None:
        """Ask no more."""
        self._done.set()


class Run:
    """One rate: a load, the worker on it, the one after, and what was seen."""

    def __init__(self, site: Broker, file: Path, events: int) -> None:
        self.site, self.file, self.events = site, file, events
        self.waits: list[float] = []
        self.logs: list[Path] = []
        self.stopped = 0.0
        self.pushed: dict[str, float] = {}

    def play(self, rate: int) -> None:
        """Load it and let it be worked out."""
        worker = self._worker()
        log = (self.site.home / "load.log").open("wb")
        load = self.site.run(
            "load", str(self.file), "--topic", "complaints", "--rate", str(rate), stderr=log
        )
        probe = self._probe(worker)
        height, begun = int(HEIGHT * self.events), time.monotonic()
        while self.site.committed("complaints") < height:
            worker.said("")  # it lives
            time.sleep(1)
        probe.end()
        self._stop(worker)
        worker = self._worker()
        probe = self._probe(worker)
        if load.wait(36_000):
            sys.exit((self.site.home / "load.log").read_text()[-3000:])
        loaded = time.monotonic() - begun
        self._settle(worker)
        print(f"  loaded in {loaded:.0f} s, worked out after {time.monotonic() - begun:.0f} s")
        probe.end()
        worker.stop()

    def _worker(self) -> Worker:
        worker = self.site.worker()
        self.logs.append(worker.log)
        worker.started()
        return worker

    def _probe(self, worker: Worker) -> Probe:
        probe = Probe(worker)
        probe.waits = self.waits
        probe.start()
        return probe

    def _stop(self, worker: Worker) -> None:
        begun = time.monotonic()
        worker.process.send_signal(signal.SIGTERM)
        status = worker.process.wait(300)
        self.stopped = time.monotonic() - begun
        print(f"  SIGTERM at the height: gone after {self.stopped:.1f} s, status {status}")

    def _settle(self, worker: Worker) -> None:
        before, since = -1, time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            time.sleep(1)
            lag = worker.lag()
            now = self.site.ends("metrics.buckets") + self.site.ends("alerts.history")
            if lag is None or lag or now != before:
                before, since = now, time.monotonic()

    def text(self) -> str:
        """Give all that the workers said."""
        return "".join(log.read_text(errors="replace") for log in self.logs)

    def held(self) -> float:
        """Give how long a loop was held at most."""
        held = [part.split()[0] for part in self.text().split("event loop was held for ")[1:]]
        return max(map(float, held), default=-1.0)


def replayed(site: Broker, file: Path) -> list[dict[str, Any]]:
    """Replay the file: the transitions that it must give."""
    begun = time.monotonic()
    with (site.home / "replay.log").open("wb") as log:
        command = ("replay", str(file), "--topic", "complaints", "--json")
        replay = site.run(*command, stdout=subprocess.PIPE, stderr=log)
        lines = replay.communicate()[0].splitlines()
    text = (site.home / "replay.log").read_text()
    if replay.returncode:
        sys.exit(text[-3000:])
    print(f"replay: {len(lines):,} transitions in {time.monotonic() - begun:.0f} s", flush=True)
    return [json.loads(line) for line in lines]


def play(home: Path, file: Path, events: int, rate: int, tuning: str) -> bool:
    """Play it at one rate; False if anything is not as it must be."""
    print(f"{events:,} events of {SERIES} series at {rate:,}/s", flush=True)
    with broker(home, PARTITIONS) as site:
        site.environment["GROUNDSWELL_DETECT__TUNING"] = tuning
        expected = replayed(site, file)
        run = Run(site, file, events)
        run.play(rate)
        published = [json.loads(message.value()) for message in site.messages("alerts.history")]
    same = published == expected
    waits, lost = sorted(run.waits), sum(run.text().count(words) for words in LOST)
    late = waits[int(0.99 * len(waits))]
    print(f"  {len(published):,} transitions published, {'as' if same else 'NOT as'} in the replay")
    print(f"  /healthz: {len(waits):,} answers, 99 % within {late:.3f} s, all in {waits[-1]:.3f} s")
    print(f"  partitions lost or stopped: {lost}; the loop was held for {run.held():.3f} s at most")
    if not same:
        pairs = enumerate(zip(published, expected, strict=False))
        at = next((number for number, (one, other) in pairs if one != other), -1)
        print(f"  first difference at {at}")
    return (
        same and not lost and waits[-1] < ANSWER and run.stopped < STOP and 0 <= run.held() <= HELD
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 1 if anything is not as it must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_200_000)
    parser.add_argument("--rates", type=int, nargs="+", default=[1_000, 10_000])
    given = parser.parse_args(arguments)
    good = True
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "storm.jsonl"
        with file.open("wb") as lines:
            for _, value in history(given.events, START):
                lines.write(value + b"\n")
        for rate in given.rates:
            home = Path(name) / str(rate)
            home.mkdir()
            good &= play(home, file, given.events, rate, '{"learn_days": 2}')
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
