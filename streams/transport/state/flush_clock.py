"""When a task is flushed: the rule alone, asked many times a second.

Who reads what others produce is flushed at marks of the wall clock, so many seconds apart. Workers
whose clocks agree so flush at the same moments, and what their stages send on comes together:

    fold     |e e e e e|e e e e e|e e e        | a mark: all partitions are flushed
    series   |..f.......|..f.......|..f        . a short wait for what the other partitions send

Who reads what other stages send (`StageSpec.prompt`) is flushed once that has come, or it would
wait for the better part of another interval. It has come whole once as many flushes have come since
the mark as there are partitions that send (`StageSpec.senders`); where that is not known, or some
of them had nothing to send, once nothing more comes. On a backlog input never pauses: marks alone
count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

LOOK: Final = 0.025
"""Wall seconds between two looks."""
LINGER: Final = 0.14
"""Wall seconds without more input after which a burst is taken for whole: more than there are
between two answers to a fetch (`paced_fetcher.EVERY`)."""
PATIENCE: Final = 0.5
"""The part of an interval for which more of a burst is waited for at most."""
BACKLOG: Final = 1.0
"""Wall seconds between two marks on a backlog, if intervals are shorter: there each flush has what
it can hold, and nobody waits for it."""
SHARE: Final = 0.65
"""The part of the time that flushes may take: with more, intervals become twice as long. What their
input takes is a third to a half of that again: it still finds its time."""
SHARE_BACKLOG: Final = 0.5
"""The same on a backlog, where nobody waits for them, and what they leave is what it is read by."""
LITTLE: Final = 0.2
"""The part of the time that they take with less of which intervals become half as long again: they
will take twice that at the most."""
TRIED: Final = 5.0
"""Wall seconds after which half an interval is tried, if they take more: how much they would take
then, nobody knows, as much of it may be what each event takes. If they take too much then, that is
tried after twice as long the next time."""
SELDOM: Final = 60.0
"""Wall seconds after which it is tried at the latest."""
WARM: Final = 5.0
"""Wall seconds after a task was taken over, or a backlog ended, in which what live flushes take
says nothing of later ones: there is more to write, and for the first time."""
SLOWEST: Final = 4
"""How many times as long as set an interval becomes at most."""
SLOWEST_BACKLOG: Final = 2
"""The same on a backlog, where seconds have more in them, and that is memory."""
SEEN: Final = 4
"""Intervals over which it is summed up what flushes take."""
UNHEARD: Final = 5.0
"""Wall seconds between two flushes of a task that would send nothing: so much is read again after a
kill. Most of what it writes would be replaced by the next one."""
AFTER: Final = 1.5
"""Intervals after which a stage is flushed that has changes without input: time made them."""


class Paced(Protocol):
    """A task, as far as its pace is concerned."""

    @property
    def place(self) -> tuple[str, int]:
        """Stage and partition."""

    @property
    def prompt(self) -> bool:
        """Whether it reads what other stages send."""

    @property
    def busy(self) -> bool:
        """Whether it still works on what it took."""

    @property
    def quiet(self) -> bool:
        """Whether a flush would send nothing."""

    @property
    def taken(self) -> int:
        """How many offsets it has passed, of all its topics."""

    @property
    def senders(self) -> int | None:
        """How many partitions send to it at each mark; None where that is not known."""

    @property
    def received(self) -> int:
        """How many flushes of others it has passed."""


@dataclass
class _Times:
    """Of one task: when its last turn began, and what it has taken since; when it was written."""

    started: float
    taken: int
    received: int
    written: float
    first: float | None = None
    last: float = 0.0


class _Wave(NamedTuple):
    """What a task is sent between two marks: the number of the first, and what it had by then."""

    mark: float
    received: int


class FlushClock:
    """Says which tasks are due; `interval` in wall seconds.

    Attributes:
        slower: how many times as long an interval is at the moment.
    """

    def __init__(self, interval: float) -> None:
        self._set = interval
        self._times: dict[tuple[str, int], _Times] = {}
        self.slower = 1
        self._spent = 0.0
        self._since: float | None = None
        self._changed = self._tried = 0.0
        """When `slower` changed last, and when it became less, epoch seconds."""
        self._wait = TRIED
        self._new = 0.0
        """When the last task was taken over, or a backlog ended, epoch seconds."""
        self._behind = False
        self._waves: dict[tuple[str, int], _Wave] = {}

    @property
    def _interval(self) -> float:
        return self._set * self.slower

    def took(self, seconds: float, wall: float) -> None:
        """Note that a flush took so many seconds of the time of all stages, until `wall`."""
        new = 0 <= wall - self._new < WARM and not self._behind
        if self._since is None or wall < self._since or new:
            self._since, self._spent = wall, 0.0
            return
        self._spent += seconds
        passed = wall - self._since
        if passed < SEEN * self._interval:
            return
        share = self._spent / passed
        if share > (SHARE_BACKLOG if self._behind else SHARE):
            self._slow_down(wall)
        elif share < LITTLE or self._to_be_tried(wall):
            self._speed_up(wall)
        self._since, self._spent = wall, 0.0

    def _to_be_tried(self, wall: float) -> bool:
        """Return whether half an interval is; on a backlog nobody waits for it."""
        return not self._behind and not 0 <= wall - self._changed < self._wait

    def _speed_up(self, wall: float) -> None:
        if self.slower > 1:
            self.slower //= 2
            self._changed = self._tried = wall

    def _slow_down(self, wall: float) -> None:
        if self.slower == SLOWEST:
            return
        failed = 0 <= wall - self._tried < self._wait
        self._wait = min(2 * self._wait, SELDOM) if failed else TRIED
        self.slower *= 2
        self._changed = wall

    def due(self, task: Paced, wall: float, *, behind: bool = False) -> bool:
        """Tell whether a task is to be flushed now; `wall` is epoch seconds, and may be set back.

        `behind`: there is a backlog.
        """
        if self._behind and not behind:
            self._caught_up(wall)
        self._behind = behind
        times = self._times.get(task.place)
        if times is None:  # it has just been taken over, and what it had was written
            self.started(task, wall)
            self._new = wall
            return False
        if not task.prompt or behind:
            backlog = max(self._set, BACKLOG) * min(self.slower, SLOWEST_BACKLOG)
            apart = backlog if behind else self._interval
            return wall // apart != times.started // apart
        before = self._received_before(task, wall)
        if task.taken != times.taken:
            times.taken, times.last = task.taken, wall
            if times.first is None:
                times.first = wall
        if not 0 <= wall - times.started < AFTER * self._interval:
            return True
        if times.first is None:
            return False
        all_sent = (
            task.senders is not None
            and times.received - before < task.senders <= task.received - before
        )
        whole = not task.busy and (all_sent or wall - times.last >= LINGER)
        return whole or wall - times.first >= PATIENCE * self._interval

    def _caught_up(self, wall: float) -> None:
        """Begin live as if all had just been taken over: on a backlog flushes had more to write."""
        self.slower, self._wait, self._new = 1, TRIED, wall

    def _received_before(self, task: Paced, wall: float) -> int:
        """Return how many flushes of others a task had passed by the last mark."""
        mark = wall // self._interval
        wave = self._waves.get(task.place)
        if wave is None or wave.mark != mark:
            wave = self._waves[task.place] = _Wave(mark, task.received)
        return wave.received

    def started(self, task: Paced, wall: float) -> None:
        """Note that a flush of a task begins."""
        self._times[task.place] = _Times(wall, task.taken, task.received, wall)

    def passed_over(self, task: Paced, wall: float) -> bool:
        """Tell whether a task that is due goes without a flush this time, and note it if so."""
        times = self._times[task.place]
        if not task.quiet or self._behind or not 0 <= wall - times.written < UNHEARD:
            return False
        self._times[task.place] = _Times(wall, task.taken, task.received, times.written)
        return True
