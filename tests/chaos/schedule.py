"""The schedule of faults: a pure function of the seed, so that a failing seed can be run again."""

from __future__ import annotations

import random
from typing import Final, Literal, NamedTuple

Kind = Literal[
    "kill",  # SIGKILL, then a new worker in its place
    "freeze",  # SIGSTOP for longer than the session timeout, then SIGCONT
    "term",  # SIGTERM, then a new worker
    "join",  # one more worker, which leaves again
    "late",  # a commit is held, and delivered in the middle of the next transaction
    "broker",  # a broker is stopped or killed, and started again
    "reset",  # every connection of the workers is reset
    "latency",  # what passes between workers and broker takes longer
    "stop",  # nothing passes between workers and broker
    "poison",  # an event on which the code of a worker raises
]
Aim = Literal["flush", "written", "recovery", "take-over", "any", "fold", "series"]

WORKERS: Final = 2
"""Slots 0 and 1 are always filled; in the next one the extra worker joins and leaves."""
EXTRA: Final = WORKERS
SESSION: Final = 4.0
"""Seconds of silence after which the group gives the partitions of a worker to others."""
IN_TURN: Final = frozenset({"kill", "freeze", "term", "join", "late", "broker", "stop"})
"""Kinds of which one waits until the one before is over; but a kill with no aim comes anyhow."""

_A_MINUTE: Final[dict[Kind, float]] = {"freeze": 1.0, "term": 0.7, "broker": 0.7, "late": 1.0}
_A_MINUTE_ANYHOW: Final[dict[Kind, float]] = {
    "join": 1.0,
    "poison": 0.34,
    "reset": 2.0,
    "latency": 1.0,
}
_KILLS: Final = 3.0
_AIMS: Final[tuple[Aim, ...]] = ("take-over", "recovery", "flush", "written", "any", "flush")
_HELD: Final[tuple[Aim, ...]] = ("fold", "series")
"""Stages that flush all the time."""
_TAKES: Final[dict[Kind, float]] = {
    "kill": 3.0,
    "freeze": 4.0,
    "term": 3.0,
    "join": 4.0,
    "late": 3.0,
    "broker": 9.0,
    "stop": 5.0,
}
"""Seconds that go by with a fault, besides its own."""


class Fault(NamedTuple):
    """What happens `at` seconds after the start, for `seconds`, to the worker in `slot`.

    `aim` is what a kill waits for, or the stage whose commit is held; `clean` whether a broker is
    stopped in order.
    """

    at: float
    kind: Kind
    slot: int = -1
    seconds: float = 0.0
    aim: Aim = "any"
    clean: bool = False

    @property
    def in_turn(self) -> bool:
        """Tell whether it waits for those before it."""
        return self.kind in IN_TURN and (self.kind, self.aim) != ("kill", "any")

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return {
            "kill": f"SIGKILL worker {self.slot}, aimed at: {self.aim}",
            "freeze": f"SIGSTOP worker {self.slot} for {self.seconds:.1f} s",
            "term": f"SIGTERM worker {self.slot}",
            "join": f"one more worker for {self.seconds:.1f} s",
            "broker": f"broker {'stopped' if self.clean else 'killed'}, "
            f"down for {self.seconds:.1f} s",
            "late": f"a commit of {self.aim} held, and delivered late",
            "reset": "all connections reset",
            "latency": f"latency added for {self.seconds:.1f} s",
            "stop": f"nothing passes for {self.seconds:.1f} s",
            "poison": "a poisonous event",
        }[self.kind]


def schedule(seed: int, seconds: float, session: float = SESSION) -> list[Fault]:
    """Make the faults of a run, in order; `seconds` is how long events are produced.

    `session` is the session timeout of the group, which some faults must be longer than.
    At least one of each kind. Those that are in turn follow each other, the rest come when they
    like, so upon those too.
    """
    rnd = random.Random(f"faults {seed}")
    minutes = seconds / 60
    all_ = _all(rnd, minutes, session)
    faults = [fault for fault in all_ if fault.in_turn]
    times = [fault.seconds + _TAKES[fault.kind] + _until_missed(fault, session) for fault in faults]
    scale = seconds / sum(times)
    placed, used = [], 0.0
    for fault, time in zip(faults, times, strict=True):
        slack = max(scale - 1, 0) * time
        placed.append(fault._replace(at=used + rnd.uniform(0, slack)))
        used += time * scale
    rest = [fault for fault in all_ if not fault.in_turn]
    placed += [fault._replace(at=rnd.uniform(1, 0.9 * seconds)) for fault in rest]
    return sorted(fault._replace(at=round(fault.at, 3)) for fault in placed)


def _until_missed(fault: Fault, session: float) -> float:
    """Give the seconds until the group misses who was killed first."""
    return session + 3 if fault.aim == "take-over" else 0.0


def _all(rnd: random.Random, minutes: float, session: float) -> list[Fault]:
    """Make the faults of a run, in random order."""
    faults = [
        Fault(0, "kill", rnd.randrange(WORKERS), aim=_AIMS[number % len(_AIMS)])
        for number in range(max(3, round(_KILLS * minutes)))
    ]
    clean = rnd.randrange(2)
    for kind, rate in (_A_MINUTE | _A_MINUTE_ANYHOW).items():
        for number in range(max(1, round(rate * minutes))):
            slot = {"join": EXTRA, "freeze": rnd.randrange(WORKERS), "term": rnd.randrange(WORKERS)}
            faults.append(
                Fault(
                    0,
                    kind,
                    slot.get(kind, -1),
                    _length(rnd, kind, session),
                    _HELD[number % len(_HELD)] if kind == "late" else "any",
                    clean=kind == "broker" and number % 2 == clean,
                )
            )
    # A full stop that is long for the run: minutes, in one of twenty.
    lengths = [min(120.0, max(session + 2, 6 * minutes)), session * rnd.uniform(0.3, 1.5)]
    faults += [Fault(0, "stop", seconds=round(s, 3)) for s in lengths[: 1 if minutes < 2 else 2]]
    rnd.shuffle(faults)
    return faults


def _length(rnd: random.Random, kind: Kind, session: float) -> float:
    bounds: dict[Kind, tuple[float, float]] = {
        "freeze": (session + 1.5, session + 4),
        "join": (4, 8),
        "latency": (2, 5),
        "broker": (0.5, 3),
    }
    return round(rnd.uniform(*bounds.get(kind, (0, 0))), 3)
