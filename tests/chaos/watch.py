"""What the log of a worker tells about where it is, so that it is known what a fault has hit. Pure.

fold[2]: flush 7 begins ... fold[2]: flush 7 written      killed in between: in a transaction
taking over fold[2], ...    ... took over fold[2], ...     killed in between: in a take-over
"""

from __future__ import annotations

import re
from typing import Final

_FLUSH: Final = re.compile(r"(\w+\[\d+\]): flush (\d+) (begins|written)$")
_LOST: Final = re.compile(r"(\w+\[\d+\]): not ours any more \((\w+)")
_TAKING: Final = re.compile(r"taking over (.+)$")
_TOOK: Final = re.compile(r"took over (.+?): (\d+) rows")
_GIVEN_UP: Final = re.compile(r"take-over of generation \d+ (given up|failed)")
_GENERATION: Final = re.compile(r"generation (\d+): \d+ new, kept: (.+)$")
_WAITS: Final = " waits: it is too far ahead of another"
_STALE: Final = ": drained before the seek"
_POISON: Final = re.compile(r"ArithmeticError: (poison-\d+)")
_BUG: Final = re.compile(
    r"C streams\.transport\.state\.quarantine: stopped on a bug: (.+?)\. Nothing past"
)
_FENCED: Final = frozenset({"ProducerFenced", "InvalidProducerEpoch", "InvalidTxnState"})


class Trail:
    """Where a worker is, by the lines of its log so far."""

    def __init__(self) -> None:
        self.flushing: dict[str, int] = {}
        self.flushes = 0
        self.taking: str | None = None
        self.owned: set[str] = set()
        self.took = 0
        self.generations: set[int] = set()
        self.fenced: list[str] = []
        self.stale = 0
        self.held = 0
        self.poisons: list[str] = []
        self.bugs: list[str] = []
        self.last: list[str] = []

    def read(self, line: str) -> None:
        """Take the next line."""
        self.last = [*self.last[-39:], line]
        if found := _FLUSH.search(line):
            self._flush(found[1], int(found[2]), found[3])
        elif found := _LOST.search(line):
            self.flushing.pop(found[1], None)
            self.owned.discard(found[1])
            if found[2] in _FENCED:
                self.fenced.append(found[1])
        elif found := _TOOK.search(line):
            self.owned.update(found[1].split(", "))
            self.taking = None
            self.took += 1
        elif found := _TAKING.search(line):
            self.taking = found[1]
        elif _GIVEN_UP.search(line):
            self.taking = None
        elif found := _GENERATION.search(line):
            self.generations.add(int(found[1]))
            self.owned = set(found[2].split(", ")) - {"none"}
        elif line.endswith(_STALE):
            self.stale += 1
        elif line.endswith(_WAITS):
            self.held += 1
        elif (found := _BUG.search(line)) and "poison-" not in line:
            self.bugs.append(found[1])
        elif found := _POISON.search(line):
            self.poisons.append(found[1])

    def _flush(self, name: str, number: int, what: str) -> None:
        if what == "begins":
            self.flushing[name] = number
        else:
            self.flushing.pop(name, None)
            self.flushes += 1

    def hit(self) -> str:
        """Say what would be hit if it ended here."""
        if self.taking is not None:
            first = self.took == 0
            return f"in {'its recovery' if first else 'a take-over'} of {_many(self.taking)}"
        if self.flushing:
            flushes = [f"{name} {number}" for name, number in sorted(self.flushing.items())]
            return f"in {_many(', '.join(flushes), 'flush')}"
        return "between flushes" if self.flushes else "before its first flush"


def _many(names: str, what: str = "") -> str:
    listed = names.split(", ")
    if what:
        return f"{what} {names}" if len(listed) < 4 else f"{len(listed)} flushes"
    return names if len(listed) < 4 else f"{len(listed)} partitions"
