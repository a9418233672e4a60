"""The test bed: `python bed.py --seed 1 --minutes 3`; status 1 if anything differs or nothing bit.

feeder -----------------> brokers <------------------ reader, compared with one clean pass
                             ^
workers 0, 1 (and 2) --> proxies    faults: to workers, brokers and proxies, by the schedule
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from broker import Cluster
from compare import PUBLIC
from faults import PLACES, Faults
from feeder import Feeder
from network import Network
from pace import Pace
from producer import plan
from reader import Reader
from report import Run, line, show, write
from rich.console import Console
from schedule import SESSION, WORKERS, schedule
from small_cluster import SOURCES
from team import Team
from verdict import KEPT, SETTINGS, judged, settled, truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from compare import Tables
    from faults import Bite
    from schedule import Fault

RATE: Final = 400
"""Events a second; what comes behind them makes a quarter more."""
READY_SECONDS: Final = 90.0
SLACK: Final = 2.0
"""Seconds before the next fault is due by which the one before should be over."""
STAGES: Final = ("fold", "series", "incidents")
QUICK: Final = {
    "GROUNDSWELL_WORKER__FLUSH_INTERVAL": "0.3",
    # Of 45 days of event time: whoever loses time to a fault makes the others wait.
    "GROUNDSWELL_TABLES__LEAD": str(6 * 3600),
}
"""So that much happens in a short time."""


class Asked(NamedTuple):
    """What a run is to be: its seed, its load in seconds, brokers, session timeout in seconds."""

    seed: int
    seconds: float
    brokers: int = 1
    session: float = SESSION


class Bed:
    """One run. `home` is for logs and the data of brokers."""

    def __init__(self, asked: Asked, home: Path, console: Console) -> None:
        seed, seconds, self.brokers, self.session = asked
        self.seed, self.seconds, self.home, self.console = seed, seconds, home, console
        self.faults = schedule(seed, seconds, asked.session)
        poisons = [fault.at for fault in self.faults if fault.kind == "poison"]
        self.plan = plan(seed, int(RATE * seconds), [at / seconds for at in poisons])
        self.poisons = [home / "poisons" / f"poison-{number}" for number in range(len(poisons))]
        self.problems: list[str] = []
        self.bites: list[Bite] = []
        self.pace = Pace()

    def say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def problem(self, line: str) -> None:
        self.say(f"PROBLEM: {line}")
        self.problems.append(line)

    async def run(self) -> Run:
        """Do it all."""
        self.say(
            f"seed {self.seed}: {len(self.plan.messages):,} messages in {self.seconds:.0f} s, "
            f"{len(self.faults)} faults"
        )
        want = await asyncio.to_thread(truth, self.plan, self.say)
        for poison in self.poisons:
            poison.parent.mkdir(exist_ok=True)
            poison.touch()
        async with self._cluster() as cluster, self._network(cluster) as network:
            team = Team(
                self.home,
                {
                    **SETTINGS,
                    **KEPT,
                    **QUICK,
                    "GROUNDSWELL_KAFKA__BROKERS": cluster.fronts,
                    "GROUNDSWELL_KAFKA__REPLICATION": str(self.brokers),
                    "GROUNDSWELL_KAFKA__SESSION_TIMEOUT": str(self.session),
                    "CHAOS_POISON": str(self.home / "poisons"),
                },
                self.problem,
            )
            try:
                for slot in range(WORKERS):
                    await team.start(slot)
                if not await team.whole(PLACES, READY_SECONDS):
                    raise RuntimeError(f"the workers did not get ready: see {self.home}")
                since = team.generations()
                faults = self._faults(team, network, cluster)
                self.pace = Pace()
                await asyncio.gather(
                    Feeder(cluster.bootstrap).feed(self.plan, self.seconds, self.pace.now),
                    self._in_turn(faults),
                    *(self._strike(fault, faults) for fault in self.faults if not fault.in_turn),
                )
                self.say(
                    f"{self.pace.now():7.1f} s  load and faults are over; reading what came of it"
                )
                return await self._compare(team, cluster, want, since)
            finally:
                await team.close()

    @contextlib.asynccontextmanager
    async def _cluster(self) -> AsyncIterator[Cluster]:
        cluster = await asyncio.to_thread(Cluster, self.home / "kafka", self.brokers)
        try:
            await asyncio.to_thread(cluster.start)
            yield cluster
        finally:
            await asyncio.to_thread(cluster.kill)

    def _network(self, cluster: Cluster) -> Network:
        return Network((broker.behind, broker.front) for broker in cluster.brokers)

    def _faults(self, team: Team, network: Network, cluster: Cluster) -> Faults:
        return Faults(
            team=team,
            network=network,
            cluster=cluster,
            poisons=self.poisons,
            problem=self.problem,
        )

    async def _in_turn(self, faults: Faults) -> None:
        """Do one after the other; where that takes longer than planned, the load waits."""
        in_turn = [fault for fault in self.faults if fault.in_turn]
        for fault, after in zip(in_turn, [*in_turn[1:], None], strict=True):
            self.pace.late = False
            strike = asyncio.create_task(self._strike(fault, faults))
            deadline = after.at if after else self.seconds
            while not strike.done():
                await asyncio.wait({strike}, timeout=0.1)
                self.pace.late = self.pace.now() > deadline - SLACK
            await strike
        self.pace.late = False

    async def _strike(self, fault: Fault, faults: Faults) -> None:
        while (left := fault.at - self.pace.now()) > 0:
            await asyncio.sleep(min(left, 0.1))
        bite = await faults.apply(fault, self.pace.now())
        self.bites.append(bite)
        self.say(line(bite))

    async def _compare(self, team: Team, cluster: Cluster, want: Tables, since: set[int]) -> Run:
        reader = Reader(cluster.bootstrap, PUBLIC)
        count = await settled(reader, want, lambda: team.owns(PLACES))
        self.say(f"{self.pace.now():7.1f} s  {count:,} differences; stopping the workers")
        for slot, status, seconds in await team.stop(team.slots):
            if status:
                self.problem(f"worker {slot} took {seconds:.1f} s to stop, status {status}")
        await asyncio.to_thread(reader.read, 2.0)
        reader.close()
        for worker in team.all_:
            for bug in worker.trail.bugs:
                self.problem(f"worker {worker.slot} stopped a partition: {bug}")
        return Run(
            self.seed,
            self.seconds,
            self._produced(cluster),
            {topic: len(messages) for topic, messages in reader.messages.items()},
            sorted(self.bites),
            {
                "rebalance": len(team.generations() - since),
                "take-over": sum(worker.trail.took for worker in team.all_),
                "flush": sum(worker.trail.flushes for worker in team.all_),
                "batch drained before a seek": sum(worker.trail.stale for worker in team.all_),
                "partition held back": sum(worker.trail.held for worker in team.all_),
                "aborted row": self._aborted(cluster),
            },
            self.problems,
            judged(reader, want),
        )

    def _produced(self, cluster: Cluster) -> Mapping[str, int]:
        """Check that what stands on the source topics is what was planned."""
        reader = Reader(cluster.bootstrap, SOURCES)
        reader.read(2.0)
        reader.close()
        have = {topic: len(messages) for topic, messages in reader.messages.items()}
        planned = {topic: counts.total() for topic, counts in self.plan.outcomes.items()}
        if have != planned:
            self.problem(f"planned {planned}, but there are {have}: a fault of the test bed")
        return have

    def _aborted(self, cluster: Cluster) -> int:
        """Count the rows of changelogs that were written and taken back."""
        names = [f"groundswell-{stage}-changelog" for stage in STAGES]
        counts = []
        for committed in (False, True):
            reader = Reader(cluster.bootstrap, names, committed=committed)
            counts.append(reader.read(2.0))
            reader.close()
        return counts[0] - counts[1]


def main(arguments: Sequence[str]) -> int:
    """Run the bed by command line arguments; gives the exit status."""
    parser = argparse.ArgumentParser(description="Break workers, broker and network by a seed.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--session", type=float, default=SESSION, help="longer where it is busy")
    parser.add_argument("--json", type=Path, help="write the report here too")
    parser.add_argument("--home", type=Path, help="keep logs and the data of brokers here")
    given = parser.parse_args(arguments)
    console = Console(soft_wrap=True)
    asked = Asked(given.seed, 60 * given.minutes, given.brokers, given.session)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        home = given.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        run = asyncio.run(Bed(asked, home, console).run())
    show(run, console)
    if given.json:
        write(run, given.json)
    return int(run.failed())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
