"""What comes back every year beside the waves: a day like a holiday, a few weeks of season.

The idea: every day of the 364-day year (so that weekdays agree) has a memory of how far past counts
were from the waves and weekdays, a running mean over the years that first shrinks to none. The
fortnight around a day corrects the season, shrunk the more the less is known; a day that stands out
from its fortnight stands for itself.

Not for holidays that move over the weekdays: these need a calendar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.state_matrix import AGE, YEARDAYS, yearday

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Vector

HALF: Final = 7
"""The season of a day rests on so many days before it and after it."""
SEASON_VAR: Final = 0.004
"""Variance of the seasons' excess over the waves, between series."""
GAIN: Final = 0.3
STANDS_OUT: Final = 2.5
"""Deviations."""
STEPS: Final = 40.0
ZERO: Final = 60.0
"""A byte is 60 + 40 x the excess over the expectation as a share of it; 0: never seen."""
MOST_EXCESS: Final = 3.0
LEARN_AFTER: Final = 8 * 7


def _gain(age: Vector) -> Vector:
    return np.maximum(1.0 / (np.floor(age / YEARDAYS) + 2.0), GAIN)


def factor(cells: NDArray[np.float64], day: int, mu: Vector, phi: Vector) -> Vector:
    """Give what `mu`, the expectation by level, weekday and waves, is to be multiplied by."""
    total, known = np.zeros(mu.shape), np.zeros(mu.shape)
    for near in range(day - HALF, day + HALF + 1):
        byte = yearday(cells, near)
        total += byte
        known += byte > 0
    weight = np.maximum(known, 1.0)
    around = np.where(known > 0.0, (total - ZERO * known) / (STEPS * weight), 0.0)
    noise = (phi + 0.3) / np.maximum(mu, 1e-3) * _gain(cells[AGE])
    season = np.clip(around * (SEASON_VAR / (SEASON_VAR + noise / weight)), -0.7, MOST_EXCESS)
    own = yearday(cells, day)
    alone = np.where(own > 0, (own - ZERO) / STEPS - around, 0.0)
    out: Vector = 1.0 + season + np.where(alone > STANDS_OUT * np.sqrt(noise), alone, 0.0)
    return out


def learn(
    cells: NDArray[np.float64], day: int, counts: Vector, mu: Vector, taught: NDArray[np.bool_]
) -> None:
    """Note how far the count of `day` was from its expectation, of the series that are `taught`."""
    byte = yearday(cells, day)
    seen = np.clip(counts / np.maximum(mu, 0.05) - 1.0, -1.0, MOST_EXCESS)
    before = np.where(byte > 0, (byte - ZERO) / STEPS, 0.0)
    after = before + _gain(cells[AGE]) * (seen - before)
    coded = np.rint(after * STEPS + ZERO)
    byte[:] = np.where(taught & (cells[AGE] >= LEARN_AFTER), coded, byte).astype(np.uint8)
