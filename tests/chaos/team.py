"""The workers of the test bed: processes in slots, started again whenever they end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from watch import Trail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
BUGGY: Final = (sys.executable, str(Path(__file__).parent / "chaos_worker.py"))
STOP_SECONDS: Final = 60.0
"""Who has not left by then is killed. A worker leaves within ten, with status 1 if in no order."""


class Worker:
    """One process in a slot, and the trail it leaves."""

    def __init__(self, slot: int, log: Path, command: Sequence[str]) -> None:
        self.slot, self.log, self._command = slot, log, command
        self.trail = Trail()
        self.stopped = False
        self._waiting: list[tuple[re.Pattern[str], asyncio.Future[str]]] = []

    async def start(self, environment: Mapping[str, str]) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self._command,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        self.ended = asyncio.create_task(self._follow())

    async def _follow(self) -> int:
        assert self.process.stderr is not None
        with self.log.open("wb") as log:
            async for raw in self.process.stderr:
                log.write(raw)
                line = raw.decode(errors="replace").rstrip()
                self.trail.read(line)
                for waiting in [w for w in self._waiting if w[0].search(line)]:
                    self._waiting.remove(waiting)
                    if not waiting[1].done():
                        waiting[1].set_result(line)
        return await self.process.wait()

    async def says(self, pattern: str, seconds: float) -> bool:
        """Wait for a line to come; False if it did not, or the worker ended."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((re.compile(pattern), future))
        either: set[asyncio.Future[Any]] = {future, self.ended}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return future.done()

    def send(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def kill(self) -> None:
        """End it at once; returns when its log has been read to the end."""
        self.stopped = True
        self.send(signal.SIGKILL)
        await self.ended

    async def stop(self) -> tuple[int, float]:
        """Tell it to end; gives its exit status and the seconds it took."""
        self.stopped = True
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self.send(signal.SIGTERM)
        await asyncio.wait({self.ended}, timeout=STOP_SECONDS)
        if not self.ended.done():
            self.send(signal.SIGKILL)
        return await self.ended, loop.time() - begun


class Team:
    """All workers; `slots` has those that run, `all_` every one there was.

    `problem` is called when one ends by itself that should not. `command` starts one.
    """

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str],
        problem: Callable[[str], None],
        command: Sequence[str] = BUGGY,
    ) -> None:
        self.slots: dict[int, Worker] = {}
        self.all_: list[Worker] = []
        self.locks = [asyncio.Lock() for _ in range(3)]
        self._home, self._environment, self._problem = home, environment, problem
        self._command = command
        self._watchers: set[asyncio.Task[None]] = set()

    async def start(self, slot: int) -> Worker:
        """Start a worker in a slot that is empty."""
        worker = Worker(slot, self._home / f"worker-{len(self.all_)}.log", self._command)
        self.slots[slot] = worker
        self.all_.append(worker)
        await worker.start(self._environment)
        watcher = asyncio.create_task(self._watch(worker))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)
        return worker

    async def _watch(self, worker: Worker) -> None:
        status = await asyncio.shield(worker.ended)
        if worker.stopped:
            return
        last = "\n".join(worker.trail.last[-12:])
        self._problem(f"worker {worker.slot} ended by itself, status {status}:\n{last}")
        if self.slots.get(worker.slot) is worker:
            await self.start(worker.slot)

    def generations(self) -> set[int]:
        return {number for worker in self.all_ for number in worker.trail.generations}

    def taken(self, without: Worker) -> int:
        """Count the take-overs of all workers but one."""
        return sum(worker.trail.took for worker in self.all_ if worker is not without)

    async def heirs(self, of: Worker, before: int, seconds: float) -> bool:
        """Wait until others have taken partitions over; False if they have not in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self.taken(of) <= before:
            if loop.time() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    def poisons(self, name: str) -> int:
        return sum(worker.trail.poisons.count(name) for worker in self.all_)

    def owned(self) -> set[str]:
        return {name for worker in self.slots.values() for name in worker.trail.owned}

    def owns(self, places: int) -> bool:
        """Tell whether so many places have an owner, every worker some, none being taken over."""
        trails = [worker.trail for worker in self.slots.values()]
        at_work = all(trail.owned and not trail.taking for trail in trails)
        return len(self.owned()) >= places and at_work

    async def whole(self, places: int, seconds: float) -> bool:
        """Wait until `owns` so many places; False if it does not in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self.owns(places):
            if loop.time() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def stop(self, slots: Iterable[int]) -> list[tuple[int, int, float]]:
        """Stop workers, all at once; gives slot, exit status and seconds of each."""
        workers = [self.slots.pop(slot) for slot in list(slots)]
        ends = await asyncio.gather(*(worker.stop() for worker in workers))
        return [(worker.slot, *end) for worker, end in zip(workers, ends, strict=True)]

    async def close(self) -> None:
        """Kill whatever runs."""
        self.slots.clear()
        for worker in self.all_:
            await worker.kill()
