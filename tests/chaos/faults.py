"""Does the faults of the schedule to workers, broker and network, and says what each one bit."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from producer import PARTITIONS
from schedule import WORKERS, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from broker import Broker, Cluster
    from network import Network
    from team import Team, Worker

PLACES: Final = 2 * PARTITIONS + 1
"""Partitions of all stages."""
DRAWN_OUT: Final = 0.03
"""Seconds of latency that draw a flush or a take-over out, for a kill to find its middle."""
DEPTH: Final = (DRAWN_OUT, 6 * DRAWN_OUT)
"""Seconds into a flush: rows are at the broker after three chunks, all is committed after five."""
AIMING: Final = 60.0
"""Seconds to wait for what a fault is to hit: a busy machine takes its time to get there."""
LATE_TRIES: Final = 4
CONNECTED: Final = 8
"""Connections of a worker that is at work, at least."""


class Bite(NamedTuple):
    """What came of a fault: when it struck, in seconds; a sentence; what it counts as."""

    at: float
    fault: Fault
    what: str
    counts: Counter[str]


class Faults:
    """`problem` is called with what must not be."""

    def __init__(
        self,
        *,
        team: Team,
        network: Network,
        cluster: Cluster,
        poisons: list[Path],
        problem: Callable[[str], None],
    ) -> None:
        self._team, self._network, self._cluster = team, network, cluster
        self._poisons = list(poisons)
        self._problem = problem
        self._moving = asyncio.Lock()

    async def apply(self, fault: Fault, at: float) -> Bite:
        """Do it, and wait until it is over; `at` are the seconds since the start."""
        counts: Counter[str] = Counter({fault.kind: 1})
        rnd = random.Random(f"{fault}")
        what = await {
            "kill": self._kill,
            "freeze": self._freeze,
            "term": self._term,
            "join": self._join,
            "broker": self._restart_broker,
            "late": self._late,
            "reset": self._reset,
            "latency": self._latency,
            "stop": self._stop,
            "poison": self._poison,
        }[fault.kind](fault, counts, rnd)
        return Bite(at, fault, what, +counts)

    # --- workers ----------------------------------------------------------------------------------

    async def _kill(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        if fault.aim == "take-over":
            return await self._kill_the_heir(fault, counts, rnd)
        async with self._team.locks[fault.slot]:
            if fault.aim != "any":
                await self._team.whole(PLACES, AIMING)
            victim = self._team.slots[fault.slot]
            if fault.aim == "recovery":
                await victim.kill()
                counts["kill"] += 1
                victim = await self._team.start(fault.slot)
            done = await self._strike(victim, fault.aim, counts, rnd)
            await asyncio.sleep(rnd.uniform(0, 1.5))
            await self._team.start(fault.slot)
        return done

    async def _strike(
        self, victim: Worker, aim: str, counts: Counter[str], rnd: random.Random
    ) -> str:
        """Kill a worker at the moment aimed at."""
        moments = {
            "flush": r": flush \d+ begins",
            "written": r": flush \d+ written",
            "recovery": "taking over ",
            "take-over": "taking over ",
        }
        if aim in moments:
            with self._network.latency(DRAWN_OUT if aim != "written" else 0.0):
                await victim.says(moments[aim], AIMING)
                if aim != "written":
                    await asyncio.sleep(rnd.uniform(*DEPTH))
                await victim.kill()
        else:
            await victim.kill()
        trail = victim.trail
        counts["kill in a flush"] += bool(trail.flushing)
        counts["kill in a recovery"] += trail.taking is not None and trail.took == 0
        counts["kill in a take-over"] += trail.taking is not None and trail.took > 0
        return f"killed {trail.hit()}"

    async def _kill_the_heir(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        """Kill a worker, and the one that takes its partitions over while it does."""
        other = (fault.slot + 1) % WORKERS
        first, second = sorted((fault.slot, other))
        async with self._team.locks[first], self._team.locks[second]:
            await self._team.whole(PLACES, AIMING)
            await self._team.slots[fault.slot].kill()
            counts["kill"] += 1
            done = await self._strike(self._team.slots[other], "take-over", counts, rnd)
            await self._team.start(fault.slot)
            await self._team.start(other)
        return f"its heir {done}"

    async def _freeze(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        async with self._team.locks[fault.slot]:
            await self._team.whole(PLACES, AIMING)
            zombie = self._team.slots[fault.slot]
            with self._network.latency(DRAWN_OUT):
                await zombie.says(r": flush \d+ begins", AIMING)
                await asyncio.sleep(rnd.uniform(*DEPTH))
                zombie.send(signal.SIGSTOP)
                await asyncio.sleep(0.1)  # what it has said is read
            had = zombie.trail.hit()
            before, fenced = self._team.taken(zombie), len(zombie.trail.fenced)
            await asyncio.sleep(fault.seconds)
            taken = await self._team.heirs(zombie, before, AIMING)
            zombie.send(signal.SIGCONT)
            await zombie.says("not ours any more", AIMING)
            await asyncio.sleep(1)
            names = zombie.trail.fenced[fenced:]
            counts["freeze past the session"] += taken
            counts["zombie fenced"] += bool(names)
        heirs = "others took over" if taken else "nobody took over"
        tried = f"{', '.join(names)} tried to write and was fenced" if names else "wrote nothing"
        return f"frozen {had}; {heirs}; {tried}"

    async def _term(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        del rnd
        async with self._team.locks[fault.slot]:
            await self._team.whole(PLACES, AIMING)
            done = await self._leave(fault.slot, counts)
            await self._team.start(fault.slot)
        return done

    async def _leave(self, slot: int, counts: Counter[str]) -> str:
        trail = self._team.slots[slot].trail
        [(_, status, seconds)] = await self._team.stop([slot])
        counts["stop in order"] += status == 0
        if not trail.last:
            return "was not there yet"
        if status:
            self._problem(f"worker {slot} took {seconds:.1f} s to stop, status {status}")
        return f"left in {seconds:.1f} s"

    async def _join(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        del rnd
        async with self._team.locks[fault.slot]:
            extra = await self._team.start(fault.slot)
            with self._network.latency(DRAWN_OUT):  # fetches are under way across the seeks
                took = await extra.says("took over ", AIMING)
            await asyncio.sleep(fault.seconds)
            owned = len(self._team.slots[fault.slot].trail.owned)
            left = await self._leave(fault.slot, counts)
        counts["join that took partitions over"] += took
        return f"owned {owned} partitions, {left}"

    # --- broker and network -----------------------------------------------------------------------

    async def _restart_broker(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        open_ = self._network.open_
        broker = rnd.choice(self._cluster.brokers)
        async with self._moving:
            begun = time.monotonic()
            await asyncio.to_thread(broker.stop if fault.clean else broker.kill)
            counts[f"broker {'stopped' if fault.clean else 'killed'}"] += 1
            await asyncio.sleep(fault.seconds)
            await asyncio.to_thread(broker.start)
            await asyncio.to_thread(self._cluster.whole)
        return f"{open_} connections, back after {time.monotonic() - begun:.1f} s"

    async def _late(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        """Deliver a commit late; another one, if the transactional id went to another worker."""
        del rnd
        stopped: list[Broker] = []

        async def move(place: int) -> None:
            stopped.append(self._cluster.behind(place))
            await asyncio.to_thread(stopped[-1].stop)

        why = []
        async with self._moving:
            for _ in range(LATE_TRIES):
                alone = len(self._cluster.brokers) == 1
                with self._network.gate.hold(
                    lambda name: f"-{fault.aim}-" in name, None if alone else move
                ) as hold:
                    await self._until(hold.over.is_set)
                why.append(hold.why)
                for broker in stopped:
                    await asyncio.to_thread(broker.start)
                    await asyncio.to_thread(self._cluster.whole)
                stopped.clear()
                if hold.outcome is not None and hold.outcome.bites:
                    break
        if outcome := hold.outcome:
            counts["late commit delivered"] += outcome.bites
            counts["late commit taken"] += outcome.taken
            counts["late commit refused by epoch"] += outcome.refused
            counts["late commit at another coordinator"] += outcome.bites and outcome.moved
        return "; ".join(why)

    async def _reset(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        del fault, rnd
        await self._until(lambda: self._network.open_ >= CONNECTED)
        open_ = self._network.reset()
        counts["connection reset"] += open_
        return f"{open_} connections"

    async def _latency(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        seconds, before = rnd.uniform(0.02, 0.3), self._network.delayed
        with self._network.latency(seconds):
            await asyncio.sleep(fault.seconds)
            await self._until(lambda: self._network.delayed > before)
        delayed = self._network.delayed - before
        counts["byte delayed"] += delayed
        return f"{delayed:,} bytes by {1000 * seconds:.0f} ms"

    async def _stop(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        del rnd
        before = self._network.held
        await self._until(lambda: self._network.open_ >= CONNECTED)
        with self._network.stop():
            await asyncio.sleep(fault.seconds)
            await self._until(lambda: self._network.held > before)
        held = self._network.held - before
        counts["byte held"] += held
        return f"{held:,} bytes held"

    # --- poison -----------------------------------------------------------------------------------

    async def _poison(self, fault: Fault, counts: Counter[str], rnd: random.Random) -> str:
        """Wait for the event to be met; mend the bug some time after, as a new version would."""
        del fault
        poison = self._poisons.pop(0)
        await self._until(lambda: self._team.poisons(poison.name) > 0)
        met = time.monotonic()
        flushes = self._flushes()
        await asyncio.sleep(rnd.uniform(3, 6))
        went_on = self._flushes() - flushes
        poison.unlink()
        for slot in range(WORKERS):
            async with self._team.locks[slot]:
                await self._team.slots[slot].stop()
                await self._team.start(slot)
        raised = self._team.poisons(poison.name)
        counts["poison met"] += bool(raised)
        counts["flush beside a stopped partition"] += went_on
        mended = time.monotonic() - met
        return f"raised {raised} times, {went_on} flushes by others; mended after {mended:.1f} s"

    @staticmethod
    async def _until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + AIMING
        while not condition() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)

    def _flushes(self) -> int:
        return sum(worker.trail.flushes for worker in self._team.all_)
