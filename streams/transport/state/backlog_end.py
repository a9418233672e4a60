"""The end of a backlog: all that was left out on it is told at once, and once.

    behind   |e e e e e e e|                    nearly all is read
    fold     |f     f      |e e f               flushed once all is read, at no mark
    series   |  f      f   |     p p p . f f    told once that came, in as many flushes as it takes

Until then who tells goes on as on the backlog: what it told before would soon be replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PATIENCE: Final = 2.0
"""Wall seconds after the end of a backlog for which is waited at most: events go on coming."""
VISIBLE: Final = 0.05
"""Wall seconds after a commit in which brokers let everybody read what was committed."""


class Ending(Protocol):
    """A task, as far as it has a part in the end of a backlog."""

    @property
    def place(self) -> tuple[str, int]:
        """Stage and partition."""

    @property
    def prompt(self) -> bool:
        """Whether it reads what other stages send."""

    @property
    def hurries(self) -> bool:
        """Whether it leaves out on a backlog what is soon replaced."""

    @property
    def untold(self) -> bool:
        """Whether its last flush left some of that to the next one."""

    @property
    def busy(self) -> bool:
        """Whether it still works on what it took."""


class BacklogEnd:
    """Says which tasks are due because a backlog has ended; times are epoch seconds."""

    def __init__(self) -> None:
        self._at = 0.0
        self._reading: set[tuple[str, int]] = set()
        """Who reads events, and has not been flushed since."""
        self._sending: set[tuple[str, int]] = set()
        """Whose flush is under way."""
        self._silent: set[tuple[str, int]] = set()
        """Who has told nothing since."""
        self._telling: set[tuple[str, int]] = set()
        """Who has begun to."""
        self._sent = 0.0
        """When the last flush of those who read events ended."""

    def begin(self, tasks: Iterable[Ending], wall: float) -> None:
        """Note that of a backlog nearly all is read."""
        self._at = self._sent = wall
        tasks = list(tasks)
        self._reading = {one.place for one in tasks if not one.prompt}
        self._silent = {one.place for one in tasks if one.hurries}
        self._sending, self._telling = set(), set()

    def silent(self, task: Ending) -> bool:
        """Return whether a task goes on as on the backlog."""
        return task.place in self._silent

    def due(self, task: Ending, wall: float, read: Callable[[], float]) -> bool | None:
        """Tell whether a task is to be flushed now, and note that it is; None: as ever.

        No flush of it is under way. `read` tells up to when it has processed all there was.
        """
        place, late = task.place, not 0 <= wall - self._at < PATIENCE
        if place in self._sending:
            self._sending.remove(place)
            self._sent = wall
        if place in self._reading:
            if not late and (task.busy or read() < 0):
                return None
            self._reading.remove(place)
            self._sending.add(place)
            return True
        if place in self._silent:
            waits = self._reading or self._sending or task.busy
            if not late and (waits or read() < self._sent + VISIBLE):
                return False
            self._silent.remove(place)
            self._telling.add(place)
            return True
        if place in self._telling:
            if task.untold and not late:
                return True
            self._telling.remove(place)
        return None
