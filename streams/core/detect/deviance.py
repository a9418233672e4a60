"""How surprising a count is, against an uncertain expectation and an over-dispersed world."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Vector


CLUMP_MIN = 0.01
"""The variance over the mean exceeds 1 by at least so much."""
NEWTON_STEPS, CLOSE = 60, 1e-9
LEAST: Final = 0.001
"""Fewer events a day than this count as so many."""


MANY: Final = 0.63
"""Events a day: half way from the tail of the few to that of the many."""
FEW_AT_4: Final = 2.15
FEW_SLOPE: Final = 0.27
RARE: Final = 0.59
RARER: Final = 1.52
"""Where events are few, a rise needs some at all: the fewer, the seldomer at the same z."""
MANY_MORE: Final = 0.08
"""One rise may reach z on several days, and is one."""


class DayCounts(NamedTuple):
    """One window of one series against its expectation."""

    observed: float
    expected: float
    spread: float
    z: float


class Tested(NamedTuple):
    """Counts against their expectation: one row a window, one column a series."""

    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    spread: NDArray[np.float64]
    z: NDArray[np.float64]

    def worst(self) -> tuple[NDArray[np.intp], Vector, Vector]:
        """Give, for each series, its most surprising window, that z and the excess in it."""
        rows = np.argmax(self.z, axis=0)
        each = np.arange(rows.size)
        excess: Vector = self.observed[rows, each] - self.expected[rows, each]
        return rows, self.z[rows, each], excess

    def look(self, row: int, column: int) -> DayCounts:
        """Give one window of one series."""
        return DayCounts(
            float(self.observed[row, column]),
            float(self.expected[row, column]),
            float(self.spread[row, column]),
            float(self.z[row, column]),
        )


def surplus(observed: Vector, expected: Vector, spread: Vector) -> Vector:
    """Give z, the signed root of the deviance: sqrt(2 (S ln(S/M) - S + M) / spread), 0 below M.

    `spread` is the variance over the mean: dispersion + M x (variance of ln M). Elementwise.
    """
    more = observed > expected
    s = np.where(more, observed, 1.0)
    m = np.where(more, expected, 1.0)
    deviance = s * np.log(s / m) - s + m
    z: Vector = np.sqrt(np.maximum(deviance, 0.0) * 2.0 / spread)
    return z


def clumped(observed: Vector, expected: Vector, spread: Vector) -> Vector:
    """Give z as `surplus` does, by the deviance of a negative binomial of that spread.

    Where little is expected its tail is far heavier than that of a scaled Poisson: events that come
    in twos and threes make eight of them soon. With k = M / (spread - 1) the deviance is
    2 (S ln(S/M) - (S + k) ln((S + k) / (M + k))).
    """
    more = observed > expected
    s = np.where(more, observed, 1.0)
    m = np.where(more, expected, 1.0)
    k = m / np.maximum(spread - 1.0, CLUMP_MIN)
    deviance = s * np.log(s / m) - (s + k) * np.log1p((s - m) / (m + k))
    z: Vector = np.sqrt(2.0 * np.maximum(deviance, 0.0))
    return z


def clumped_upper(expected: float, spread: float, threshold: float) -> float:
    """Give the count at which `clumped` reaches the threshold."""
    goal = threshold * threshold / 2.0
    k = expected / max(spread - 1.0, CLUMP_MIN)
    s = expected + threshold * math.sqrt(expected * spread) + 1.0
    for _ in range(NEWTON_STEPS):
        part = math.log1p((s - expected) / (expected + k))
        slope = math.log(s / expected) - part
        step = (goal - (s * math.log(s / expected) - (s + k) * part)) / slope
        s += step
        if abs(step) <= CLOSE * s:
            break
    return s


def clumped_uppers(expected: Vector, spread: Vector, threshold: float) -> Vector:
    """Give what `clumped_upper` does, of many days at once."""
    goal = threshold * threshold / 2.0
    k = expected / np.maximum(spread - 1.0, CLUMP_MIN)
    s = expected + threshold * np.sqrt(expected * spread) + 1.0
    for _ in range(NEWTON_STEPS):
        part, times = np.log1p((s - expected) / (expected + k)), np.log(s / expected)
        step = (goal - (s * times - (s + k) * part)) / (times - part)
        s = s + step
        if (np.abs(step) <= CLOSE * s).all():
            break
    return s


def surprise(z: float) -> float:
    """Give -log10 of the upper tail of the normal distribution at z."""
    if z < 30.0:  # noqa: PLR2004 (where erfc nears the smallest float)
        return -math.log10(0.5 * math.erfc(z / math.sqrt(2.0)))
    return (z * z / 2.0 + math.log(z * math.sqrt(2.0 * math.pi))) / math.log(10.0)


def daily_surprise(z: float, mean: float) -> float:
    """Give s: a quiet series with `mean` events a day expected gets to z once in 10^s days.

    Many events follow the normal tail; few do not, as their dispersion is hardly known. Both ends,
    and the way between them, are fitted to simulated series in which nothing happens, within .1 for
    s up to 5: 15,000 of 0.01 to 1,000 events a day, with weekdays and a season, of 1 to 3 times the
    Poisson variance, over three years. `benchmarks/quiet.py` repeats it.
    """
    mean = max(mean, LEAST)
    many = mean / (mean + MANY)
    few = FEW_AT_4 + FEW_SLOPE * (z - 4.0) + RARER * math.log10(1.0 + RARE / mean)
    return max(0.0, (1.0 - many) * few + many * (surprise(z) + MANY_MORE))


def upper(expected: float, spread: float, threshold: float) -> float:
    """Give the count at which z reaches the threshold (Newton steps from the normal one)."""
    goal = threshold * threshold * spread / 2.0
    s = expected + math.sqrt(2.0 * goal * expected) + goal / 3.0
    for _ in range(6):
        slope = math.log(s / expected)
        s += (goal - (s * slope - s + expected)) / slope
    return s
