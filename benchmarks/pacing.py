"""How long an event waits for flushes, computed: the rules of a worker in a time of our own.

    python benchmarks/pacing.py [--flush 0.05] [--fetch 0.01] [--partitions 4]

Events come all the time to the partitions of one worker. Each flush takes `--flush` seconds, one
after the other. Fetches are answered at marks of the clock, and what they have is there `--fetch`
seconds later. `FlushClock`, `Pace` and `wait_ms` of the worker decide when. For comparison the rule
of before: all stages flushed at once every second, rows published a second after the last, fetches
answered at once.
Nothing is measured: the waits are those that settings and rules make, on a machine that keeps up.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Final, NamedTuple

from streams.core.aggregate.pace import Pace
from streams.transport.client.paced_fetcher import wait_ms
from streams.transport.state.flush_clock import LOOK, FlushClock

BEGIN: Final = 1_700_000_000.0
SECONDS: Final = 120.0
STEP: Final = 0.005
QUANTILES: Final = (0.5, 0.99, 0.999)


@dataclass
class Task:
    """One partition of a stage, as `FlushClock` sees it."""

    place: tuple[str, int]
    prompt: bool
    taken: int = 0
    received: int = 0
    senders: int | None = None
    busy: bool = False
    quiet: bool = False
    until: float = 0.0


class Old:
    """The rule of before: everything once a second, rows a second after the last."""

    def __init__(self, _: float) -> None:
        self._next: dict[tuple[str, int], float] = {}

    def due(self, task: Task, wall: float) -> bool:
        """Tell whether a second has passed."""
        return wall >= self._next.get(task.place, BEGIN)

    def started(self, task: Task, wall: float) -> None:
        """Note that a flush begins."""
        self._next[task.place] = wall + 1.0


class OldPace:
    """The rule of before: a second after the last."""

    def __init__(self, _: float) -> None:
        self._at = float("-inf")

    def due(self, wall: float, *, backlog: bool) -> bool:
        """Tell whether a second has passed, and note it."""
        del backlog
        if wall - self._at < 1.0:
            return False
        self._at = wall
        return True


class Costs(NamedTuple):
    """What a flush takes, and until it is read what it sends (seconds); partitions there are."""

    flush: float
    fetch: float
    partitions: int


def waits(interval: float, publish: float, costs: Costs, *, old: bool) -> list[float]:
    """Give how long events of all partitions wait until a row has them, in order (seconds).

    One partition of the stage behind has the row.
    """
    clock = Old(interval) if old else FlushClock(interval)
    pace = OldPace(publish) if old else Pace(publish)
    sources = [Task(("fold", number), prompt=False) for number in range(costs.partitions)]
    behind = Task(("series", 0), prompt=True, senders=costs.partitions)
    unread: list[float] = []
    unsent: list[list[float]] = [[] for _ in sources]
    answered = BEGIN
    on_the_way: list[tuple[float, list[float]]] = []
    merged: list[float] = []
    found: list[float] = []
    free_at = BEGIN
    looked = BEGIN
    for step in range(int(SECONDS / STEP)):
        now = BEGIN + step * STEP
        unread.append(now)
        if now >= answered:
            answered = now if old else now + wait_ms(now) / 1000
            for each in unsent:
                each.extend(unread)
            unread.clear()
        for come in [one for one in on_the_way if one[0] <= now]:
            on_the_way.remove(come)
            merged += come[1]
            behind.taken += 1
            behind.received += 1
        if now < looked:
            continue
        looked = now + LOOK
        for task, held in zip(sources, unsent, strict=True):
            if task.until <= now and clock.due(task, now):
                clock.started(task, now)
                free_at = task.until = max(free_at, now) + costs.flush
                asked = 0.0 if old else wait_ms(free_at) / 1000
                on_the_way.append((free_at + asked + costs.fetch, list(held)))
                held.clear()
        if behind.until <= now and clock.due(behind, now):
            clock.started(behind, now)
            free_at = behind.until = max(free_at, now) + costs.flush
            if pace.due(now, backlog=False):  # the window of an hour always is, if any
                found += [free_at + costs.fetch - at for at in merged]
                merged.clear()
    return sorted(found)


def main() -> None:
    """Print quantiles of some settings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--flush", type=float, default=0.05)
    parser.add_argument("--fetch", type=float, default=0.01)
    parser.add_argument("--partitions", type=int, default=4)
    given = parser.parse_args()
    costs = Costs(given.flush, given.fetch, given.partitions)
    print("flush_interval, provisional_interval: seconds that an event waits")
    for name, interval, publish, old in (
        ("before, 1 s", 1.0, 1.0, True),
        ("1.0, 1.0", 1.0, 1.0, False),
        ("0.75, 0.75", 0.75, 0.75, False),
        ("0.5, 0.5", 0.5, 0.5, False),
        ("0.25, 0.25", 0.25, 0.25, False),
        ("0.5, 1.0", 0.5, 1.0, False),
    ):
        found = waits(interval, publish, costs, old=old)
        shown = "  ".join(f"p{100 * q:g} {found[int(q * (len(found) - 1))]:.2f}" for q in QUANTILES)
        print(f"{name:12}  {shown}  most {found[-1]:.2f}")


if __name__ == "__main__":
    main()
