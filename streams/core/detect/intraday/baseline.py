"""The day of every series, for the fast test: what is expected by when, and how events weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.daily.model import dispersion
from streams.core.detect.deviance import LEAST
from streams.core.detect.intraday import diurnal_profile
from streams.core.detect.state_matrix import COUNTS, HOURS, MU, QUARTERS, Q
from streams.core.event_time.buckets import DAY as DAY_SECONDS
from streams.core.event_time.buckets import HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Slots, Vector
    from streams.core.detect.tuning import Tuning

    Rows = NDArray[np.float64]

RISES: Final = (2.0, 3.0, 5.0, 10.0)
TOLD_AT: Final = 12.0
"""About how large a sum is when it is told: so many events does a rise take until then."""
SIZE: Final = np.array(RISES)[:, np.newaxis]
NEEDED: Final = TOLD_AT / (SIZE * np.log(SIZE) - SIZE + 1.0)
"""Events expected in the time that a rise takes to be told."""
LEAST_BEYOND: Final = 1e-6
"""The variance over the mean exceeds 1 by at least so much."""
LEVEL, SHAPE = 0.15, 0.5
"""So much of the doubt of a day's expectation, and of its profile, stays in a sum: half of it, as a
sum is half as long on its way, and of the first what does not come from the weekday alone."""
LATEST: Final = 100.0
"""Days: a rise that takes longer to be told is none of the fast test."""
NOTHING: Final = 1e-9
QUARTER: Final = DAY_SECONDS // QUARTERS
EDGE: Final = HOUR // QUARTER
"""The profile goes on for an hour before and after the day: so far may the clock be off."""
WAYS: Final = (-1, 1)
"""Hours by which all may come later than usual."""
_WEIGHTS: Final = slice(2, 2 + 2 * len(RISES))
_HEAD: Final = _WEIGHTS.stop


class Baseline:
    """The day of every series: what is expected by when, and how their events weigh.

    It is what it is until the day is over, so each series is worked out once.
    """

    def __init__(self, tuning: Tuning) -> None:
        self._tuning = tuning
        self._size = 0
        self._rows: Rows = np.empty((_HEAD + QUARTERS + 2 * EDGE + 1, 0))

    def begin(self) -> None:
        """Begin a day, or one of which something else is expected."""
        self._size = 0

    def cover(self, cells: Rows, size: int, day: int) -> None:
        """Work out `day` for those of the first `size` series that came since."""
        if size > self._rows.shape[1]:
            rows, known = np.empty((len(self._rows), cells.shape[1])), slice(self._size)
            rows[:, known] = self._rows[:, known]
            self._rows = rows
        if size > self._size:
            slots, fresh = np.arange(self._size, size), slice(self._size, size)
            state = cells[: COUNTS.start].take(slots, axis=1)
            shape = diurnal_profile.profile(cells, slots, day, self._tuning)
            self.mean[fresh], self.phi[fresh] = state[MU], shape.phi
            self.weights[:, :, fresh] = weights(state, shape.phi, shape.known)
            by = np.add.accumulate(shape.quarters, axis=0)
            curve = self._curve
            curve[:EDGE, fresh] = by[-EDGE - 1 : -1] - by[-1]
            curve[EDGE, fresh] = 0.0
            curve[EDGE + 1 : -EDGE, fresh] = by
            curve[-EDGE:, fresh] = by[-1] + by[:EDGE]
            self._size = size

    @property
    def mean(self) -> Vector:
        """The events expected of the day."""
        mean: Vector = self._rows[0]
        return mean

    @property
    def phi(self) -> Vector:
        """The variance over the mean of a count within the day."""
        phi: Vector = self._rows[1]
        return phi

    @property
    def weights(self) -> Rows:
        """What an event adds to each sum, and one expected takes away: [2, sum, series]."""
        return self._rows[_WEIGHTS].reshape(2, len(RISES), -1)

    def quarters(self, slots: Slots, changed: Slots, ways: Vector) -> Rows:
        """Give the share of the day in each quarter of an hour; of some the clock has changed."""
        clocks = np.zeros(self._size, dtype=np.intp)
        clocks[changed] = ways
        first = EDGE * (1 - clocks[slots])
        curve = self._curve[first + np.arange(QUARTERS + 1)[:, np.newaxis], slots]
        return np.diff(curve, axis=0)

    def more(self, slots: Slots, ways: Vector) -> Vector:
        """Give the events that a day may have more as the clock has changed: an hour of the next.

        Nobody knows whether it changed on this day or the one before, so never less.
        """
        first = self._curve[2 * EDGE, slots]
        events: Vector = np.where(ways < 0, self.mean[slots] * first, 0.0)
        return events

    @property
    def _curve(self) -> Rows:
        """The share of the day before each quarter of an hour, from an hour before it on."""
        return self._rows[_HEAD:]

    def by(self, each: Slots, gone: Vector, clock: int = 0) -> Vector:
        """Give the events expected of the day until `gone` seconds of it are gone.

        `clock` is by how many hours all comes later than usual. One way to work it out: the sums
        must not depend on how many buckets are looked at together.
        """
        quarter, at = _place(gone, clock)
        curve, first = self._curve, EDGE * (1 - clock)
        low = curve[at, each]
        share = low + (curve[at + 1, each] - low) * (gone / QUARTER - quarter)
        events: Vector = self.mean[each] * (share - curve[first, each])
        return events

    def share(self, each: Slots, gone: Vector, clock: int = 0) -> Vector:
        """Give the share of the day in the quarter of an hour `gone` seconds after midnight."""
        _, at = _place(gone, clock)
        share: Vector = self._curve[at + 1, each] - self._curve[at, each]
        return share


def _place(gone: Vector, clock: int) -> tuple[Vector, Slots]:
    quarter = np.minimum(gone // QUARTER, QUARTERS - 1.0)
    return quarter, quarter.astype(np.intp) + EDGE * (1 - clock)


def weights(state: Rows, phi: Vector, known: Vector) -> Rows:
    """Give what an event adds to each sum on a day, and one expected takes away: [2, sum, series].

    `phi` is the variance over the mean within the day, `known` the events that the profile rests
    on.
    """
    mean = np.maximum(state[MU], LEAST)
    days = NEEDED / mean
    swing = np.maximum(dispersion(state) - phi, 0.0) * np.minimum(days, 1.0)
    doubt = LEVEL * state[Q] + SHAPE / (known * np.maximum(days, 1.0 / HOURS))
    beyond = np.maximum(phi + swing + NEEDED * doubt - 1.0, LEAST_BEYOND)
    likelier = np.log1p((SIZE - 1.0) * beyond / (1.0 + beyond))
    told = (days <= LATEST) | (SIZE[-1] == SIZE)
    return np.stack((np.where(told, np.log(SIZE) - likelier, NOTHING), likelier / beyond))
