"""The fast test over closed 5-minute buckets: hour by hour, or all hours of a day at once.

A backlog closes whole days, and few series have events in any one hour: to step over all hours at
once is many times as fast. What becomes of a series depends on no other, and not on where an hour
ends but for one thing: with an hour episodes of the fast test may end, and then their sums begin
anew. So the series in such an episode, and those in which one begins, are stepped over hour by
hour, and all others at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.detect.episodes import calm_down, follow_buckets
from streams.core.detect.intraday import clumping, cusum, hours
from streams.core.detect.intraday.rounds import Rounds
from streams.core.detect.state_matrix import AGE, FAST, HOURS, RAISED
from streams.core.event_time.buckets import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from streams.core.detect.intraday.baseline import Baseline
    from streams.core.detect.protocol import Reading
    from streams.core.detect.state_matrix import Slots, StateMatrix, Vector
    from streams.core.detect.tuning import Tuning

    Mask = NDArray[np.bool_]


class ClosedBuckets:
    """Buckets of one day with events in time order: a column a series and bucket.

    `slots` are the series, `starts` when the bucket starts (epoch seconds), `counts` the events.
    """

    def __init__(self, slots: Slots, starts: Vector, counts: Vector) -> None:
        self.slots = slots
        self.starts = starts
        self.counts = counts
        self.hours: Slots = (starts // HOUR).astype(np.intp)

    def only(self, columns: Mask) -> ClosedBuckets:
        """Return some of the columns."""
        return ClosedBuckets(self.slots[columns], self.starts[columns], self.counts[columns])

    def rounds(self) -> Rounds:
        """Arrange them to be stepped over; there is one at least."""
        return Rounds(int(self.hours[0]) // HOURS, self.slots, self.starts, self.counts)


class FastTest:
    """Steps over buckets that closed, for the series of `matrix`; `today` is what is expected."""

    def __init__(self, matrix: StateMatrix, today: Baseline, tuning: Tuning) -> None:
        self._matrix = matrix
        self._today = today
        self._tuning = tuning

    def run(self, closed: ClosedBuckets, ended: Iterable[int]) -> list[Reading]:
        """Step over buckets, and end the hours (epoch hours) that `ended` with them."""
        over = set(ended)
        every = sorted({*closed.hours.tolist(), *over})
        if len(every) == 1:
            return self._run_hour(closed, every[0], ends=every[0] in over)
        readings, rest = self._run_at_once(closed)
        if rest.slots.size or self._has_episodes():
            for hour in every:
                own = rest.only(rest.hours == hour)
                readings += self._run_hour(own, hour, ends=hour in over)
        return sorted(readings, key=_by_hour)

    def _run_hour(self, closed: ClosedBuckets, hour: int, *, ends: bool) -> list[Reading]:
        matrix, tuning = self._matrix, self._tuning
        readings = []
        if closed.slots.size:
            rounds = closed.rounds()
            stepped = cusum.look(self._cells, rounds, self._today)
            self._keep(rounds, stepped)
            readings = follow_buckets(matrix, stepped.step, tuning)
        if ends:
            readings += calm_down(matrix, hour, self._today, tuning)
        return readings

    def _run_at_once(self, closed: ClosedBuckets) -> tuple[list[Reading], ClosedBuckets]:
        """Step over what hangs on no end of an hour; return the readings, and what is left."""
        apart = self._cells[RAISED, closed.slots] == FAST
        while not apart.all():
            rounds = closed.only(~apart).rounds()
            stepped = cusum.look(self._cells, rounds, self._today)
            begins = self._begins(stepped.step)
            if not begins.size:
                self._keep(rounds, stepped)
                readings = follow_buckets(self._matrix, stepped.step, self._tuning)
                return readings, closed.only(apart)
            apart |= np.isin(closed.slots, begins)
        return [], closed

    def _begins(self, step: cusum.CusumStep) -> Slots:
        """Return the series in which an episode of the fast test may begin."""
        slots = step.slots[step.surprise >= self._tuning.fast_threshold]
        old = self._cells[AGE, slots] >= self._tuning.learn_days
        begins: Slots = slots[old & (self._cells[RAISED, slots] == 0.0)]
        return begins

    def _keep(self, rounds: Rounds, stepped: cusum.Stepped) -> None:
        cells = self._cells
        self._matrix.mark(rounds.slots)
        hours.note(cells, rounds)
        pairs = rounds.total(rounds.counts * (rounds.counts - 1.0))
        clumping.note(cells, rounds.slots, pairs)
        stepped.write(cells)

    @property
    def _cells(self) -> NDArray[np.float64]:
        return self._matrix.cells[:, : len(self._matrix)]

    def _has_episodes(self) -> bool:
        return bool((self._cells[RAISED] == FAST).any())


def _by_hour(reading: Reading) -> tuple[int, bool, str]:
    """Return the key of the order in which readings are found, hour by hour."""
    return reading.end, reading.status == "calm", reading.series
