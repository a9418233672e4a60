"""Cuts the network between worker and broker for 45 s, again and again: `python cuts.py --cuts 6`.

Each cut has a broker, a history and a worker of its own, in network namespaces (`namespaces`), and
begins with a commit request that is lost: the worker repeats it when the network is back, and the
system's TCP delivers the lost one as well, some seconds later. In the end all is compared with one
clean pass. The settings are the defaults. Status 1 if anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from apache_kafka import PROPERTIES, ApacheKafka, free_port
from broker import read, second, written
from compare import PUBLIC
from faults import PLACES
from feeder import Feeder
from mutants import MUTATIONS
from mutations import ROOT, mutated
from namespaces import BROKERS, Namespaces, inside, missing
from producer import plan
from reader import Reader
from team import Team
from verdict import KEPT, SETTINGS, judged, settled, truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

CUT_SECONDS: Final = 45.0
LATENCY: Final = 0.015
"""Seconds a packet takes one way, as between two regions."""
BEFORE_SECONDS: Final = 20.0
LOAD_SECONDS: Final = 110.0
RATE: Final = 400
READY_SECONDS: Final = 90.0
AIMING: Final = 60.0
SHOWN: Final = 5
GUARDED: Final = "a commit was sent and not answered"
"""What the log of a worker says when it takes a new epoch."""


class Cut:
    """One of them; `say` is for people."""

    def __init__(self, seed: int, home: Path, namespaces: tuple[str, str]) -> None:
        self._seed, self._home = seed, home
        self._workers, self._wire = namespaces
        self.problems: list[str] = []

    def say(self, line: str) -> None:
        print(f"  {line}", flush=True)  # noqa: T201

    async def run(self) -> list[str]:
        """Do it; gives what differs, and what else went wrong."""
        events = plan(self._seed, int(RATE * LOAD_SECONDS))
        want = await asyncio.to_thread(truth, events, self.say)
        async with self._broker() as (bootstrap, address), self._team(address) as team:
            begun = time.monotonic()
            feeding = asyncio.create_task(
                Feeder(bootstrap).feed(events, LOAD_SECONDS, lambda: time.monotonic() - begun)
            )
            await asyncio.sleep(BEFORE_SECONDS)
            await self._cut()
            await feeding
            arrivals = asyncio.create_task(self._arrivals())
            reader = Reader(bootstrap, PUBLIC)
            await settled(reader, want, lambda: team.owns(PLACES))
            for slot, status, seconds in await team.stop(team.slots):
                if status:
                    self.problems.append(f"worker {slot}: {status} after {seconds:.1f} s")
            await asyncio.to_thread(reader.read, 2.0)
            reader.close()
            arrivals.cancel()
            guarded = sum(worker.log.read_text().count(GUARDED) for worker in team.all_)
        self.say(f"{guarded} commits that were not answered got a new epoch behind them")
        return self.problems + judged(reader, want)

    @contextlib.asynccontextmanager
    async def _broker(self) -> AsyncIterator[tuple[str, str]]:
        properties, address = read(PROPERTIES), f"{BROKERS}:{free_port()}"
        second(properties, address, address)
        kafka = await asyncio.to_thread(ApacheKafka, self._home / "kafka", written(properties))
        try:
            await asyncio.to_thread(kafka.start)
            yield kafka.bootstrap, address
        finally:
            await asyncio.to_thread(kafka.kill)

    @contextlib.asynccontextmanager
    async def _team(self, address: str) -> AsyncIterator[Team]:
        """Give a wire, and a worker at its other end that has all partitions."""
        self._process = await asyncio.create_subprocess_exec(
            *inside(self._wire),
            *(sys.executable, str(Path(__file__).with_name("wire.py"))),
            *("near", "far", str(LATENCY)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        await self._told("ready")
        team = Team(
            self._home,
            {**SETTINGS, **KEPT, "GROUNDSWELL_KAFKA__BROKERS": address},
            self.problems.append,
            (*inside(self._workers), str(Path(sys.executable).with_name("groundswell")), "worker"),
        )
        try:
            await team.start(0)
            if not await team.whole(PLACES, READY_SECONDS):
                raise RuntimeError(f"the worker did not get ready: see {self._home}")
            yield team
        finally:
            await team.close()
            assert self._process.stdin is not None
            self._process.stdin.close()
            await self._process.wait()

    async def _cut(self) -> None:
        self._order("arm")
        self.say(await self._told("cut at a commit"))
        await asyncio.sleep(CUT_SECONDS)
        self._order("mend")
        self.say(f"after {CUT_SECONDS:.0f} s: {await self._told('mended')}")

    async def _arrivals(self) -> None:
        """Say where commits arrive that were lost, whenever they do."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.say(line.decode().strip())

    def _order(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())

    async def _told(self, beginning: str) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(AIMING):
            line = (await self._process.stdout.readline()).decode().strip()
        if not line.startswith(beginning):
            raise RuntimeError(f"the wire says {line!r}, not {beginning!r}")
        return line


def one(tree: Path, seed: int, home: Path) -> list[str]:
    """Have one cut in namespaces of its own, of the code in `tree`; gives what was wrong."""
    home.mkdir(parents=True, exist_ok=True)
    report = home / "report.json"
    path = [tree, tree / "tests" / "core", tree / "tests" / "kafka"]
    with Namespaces() as made:
        child = subprocess.Popen(
            [
                *inside(made.brokers),
                *(sys.executable, str(tree / "tests" / "chaos" / "cuts.py"), "--home", str(home)),
                *("--seed", str(seed), "--inside", made.workers, made.wire),
            ],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        )
        try:
            status = child.wait()
        finally:
            child.terminate()
            child.wait()
    if status:
        return [f"there is no result: status {status}"]
    found: list[str] = json.loads(report.read_text())
    return found


def main(arguments: Sequence[str]) -> int:
    """Cut by command line arguments; gives the exit status."""
    parser = argparse.ArgumentParser(description="Cut the network at a commit, for 45 s.")
    parser.add_argument("--cuts", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1, help="of the first; others count on")
    parser.add_argument("--home", type=Path, help="keep logs and the data of brokers here")
    parser.add_argument("--mutation", help="cut a copy of the source with this fault in it")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is cleaned up
    if given.inside:
        found = asyncio.run(Cut(given.seed, given.home, given.inside).run())
        (given.home / "report.json").write_text(json.dumps(found))
        return 0
    if reason := missing():
        parser.error(reason)
    with tempfile.TemporaryDirectory(prefix="cuts-") as folder:
        home = given.home or Path(folder)
        [tree] = [
            mutated(mutation, Path(folder))
            for mutation in MUTATIONS
            if mutation.name == given.mutation
        ] or [ROOT]
        wrong = 0
        for seed in itertools.islice(itertools.count(given.seed), given.cuts):
            print(f"cut of seed {seed}", flush=True)  # noqa: T201
            found = one(tree, seed, home / f"cut-{seed}")
            wrong += bool(found)
            for line in [f"{len(found):,} differences", *found[:SHOWN]]:
                print(f"  {line}", flush=True)  # noqa: T201
    print(f"{given.cuts - wrong} of {given.cuts} cuts exact")  # noqa: T201
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
