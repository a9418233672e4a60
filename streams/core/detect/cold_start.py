"""A series without a history: how it is tested from its first day on.

The idea: the rate of a new series has a gamma prior, wide, and the same for all: that of half an
event in half a day. Its own days narrow it, so that the second day of a series that began with 200
is no wonder, and that of one that began with 1 is. Only single days are tested, each against those
before it; days of an episode under way teach nothing. What the prior of a new series really is, can
be learned from the series beside it; they may live in other partitions, so the incidents stage,
which has the evidence of all, tests it once more before it fires (`streams.core.alerts.peers`). A
rise from the first day on is called new, not raised: alone, it is the only level there is.

Not for a series that the daily model knows: it takes over after `learn_days`.

Reference: empirical Bayes with a gamma-Poisson model (Robbins 1956; Clayton & Kaldor 1987).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.daily.model import dispersion
from streams.core.detect.deviance import Tested, clumped
from streams.core.detect.state_matrix import AGE, COUNTS, DAY, MONTH, RAISED, SINCE
from streams.core.event_time.buckets import DAY as DAY_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Vector
    from streams.core.detect.tuning import Tuning

EVENTS: Final = 0.5
DAYS: Final = 0.5
"""The prior of a rate: gamma, as if so many events had been seen in so many days."""
WEEKDAY: Final = 0.36
"""Variance of the logarithm of a weekday's factor."""


def test(
    cells: NDArray[np.float64], day: int, counts: Vector, tested: Tested, tuning: Tuning
) -> Tested:
    """Put the test of young series in place of that of the daily model."""
    young = np.flatnonzero(cells[AGE] < tuning.learn_days)
    if not young.size:
        return tested
    own = cells[:, young]
    expected, q = expect(own, day, tuning)
    spread = dispersion(own) + expected * q
    z = tested.z.copy()
    z[:, young] = 0.0
    z[0, young] = clumped(counts[young], expected, spread)
    seen = tested.observed.copy(), tested.expected.copy(), tested.spread.copy()
    for rows, value in zip(seen, (counts[young], expected, spread), strict=True):
        rows[0, young] = value
    return Tested(*seen, z)


def expect(cells: NDArray[np.float64], day: int, tuning: Tuning) -> tuple[Vector, Vector]:
    """Give what the own days lead to expect of `day`, and the variance of its logarithm."""
    began = np.where(cells[RAISED] > 0.0, cells[SINCE] / DAY_SECONDS, float(day))
    total, days = np.zeros(cells.shape[1]), np.zeros(cells.shape[1])
    for ago in range(1, min(int(tuning.learn_days), MONTH) + 1):
        taught = (ago <= cells[AGE]) & (day - ago < began)
        total += np.where(taught, cells[COUNTS.start + (day - ago) % MONTH], 0.0)
        days += taught
    return (EVENTS + total) / (DAYS + days), 1.0 / (EVENTS + total) + WEEKDAY


def birth(cells: NDArray[np.float64]) -> Vector:
    """Give the day of the first event."""
    day: Vector = cells[DAY] - cells[AGE] + 1.0
    return day


def outgrown(
    cells: NDArray[np.float64], day: int, counts: Vector, tuning: Tuning
) -> NDArray[np.bool_]:
    """Return whether a rise that began in a young series is its level by now.

    The daily model that took it over has hardly known it otherwise.
    """
    began = cells[SINCE] / DAY_SECONDS - birth(cells) < tuning.learn_days
    expected, q = expect(cells, day, tuning)
    still = clumped(counts, expected, dispersion(cells) + expected * q) >= tuning.calm
    grown: NDArray[np.bool_] = began & still & (cells[AGE] >= tuning.learn_days)
    return grown
