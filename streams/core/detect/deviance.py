"""How surprising a count is, against an uncertain expectation and an over-dispersed world."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.bank import Vector


class Look(NamedTuple):
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

    def look(self, row: int, column: int) -> Look:
        """Give one window of one series."""
        return Look(
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


def surprise(z: float) -> float:
    """Give -log10 of the upper tail of the normal distribution at z."""
    if z < 30.0:  # noqa: PLR2004 (where erfc nears the smallest float)
        return -math.log10(0.5 * math.erfc(z / math.sqrt(2.0)))
    return (z * z / 2.0 + math.log(z * math.sqrt(2.0 * math.pi))) / math.log(10.0)


def upper(expected: float, spread: float, threshold: float) -> float:
    """Give the count at which z reaches the threshold (Newton steps from the normal one)."""
    goal = threshold * threshold * spread / 2.0
    s = expected + math.sqrt(2.0 * goal * expected) + goal / 3.0
    for _ in range(6):
        slope = math.log(s / expected)
        s += (goal - (s * slope - s + expected)) / slope
    return s
