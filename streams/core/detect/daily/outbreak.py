"""The memory of the daily test: how likely is it that an outbreak is under way?

The idea: a hidden Markov chain a series. It is calm, or in an outbreak that adds one, two or four
standard deviations a day; outbreaks are rare, last some twelve days and change their size. The odds
of each size against calm are moved on by the chain and multiplied by the likelihood ratio of the
day, which no single day may dominate. While they are high, a day that would not be reported alone
is part of the outbreak; a few days as expected end it.

Not for a series of less than a year and a month: a season that nobody has seen yet lasts as an
outbreak does.

Reference: the forward algorithm (Baum & Petrie 1966); as a test, Shiryaev's (1963) with an end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.state_matrix import (
    AGE,
    MONTH,
    MU,
    ODDS,
    OPEN,
    SIZES_OF_OUTBREAK,
    YEARDAYS,
    Q,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Vector

SIZES: Final = (1.0, 2.0, 4.0)
"""Of an outbreak, in standard deviations a day."""
BEGINS, ENDS, CHANGES = 0.001, 0.08, 0.3
"""Chances a day; the last is that of a neighbouring size, each."""
YOUNG: Final = YEARDAYS + MONTH
"""Days: from this age on a series is no longer young."""
CLIP: Final = 4.0
MOST_ODDS: Final = 1e12
SCALE: Final = (3.05, 0.28)
"""The logarithm of the odds, on the scale of z: equal false alarms on the simulations 1-50."""

EVEN: Final = SCALE[0]
"""z of even odds."""


def odds(z: float) -> float:
    """Give the odds that z stands for."""
    return math.exp((z - SCALE[0]) / SCALE[1])


def step(cells: NDArray[np.float64], counts: Vector, phi: Vector) -> None:
    """Move the odds on by an open day."""
    old = [cells[field] for field in range(ODDS.start, ODDS.stop)]
    all_ = old[0] + old[1] + old[2]
    staying = (1.0 - ENDS) / (1.0 - BEGINS + ENDS * all_)
    fresh = BEGINS / SIZES_OF_OUTBREAK / (1.0 - BEGINS + ENDS * all_)
    mu = np.maximum(cells[MU], 1e-6)
    spread = phi + mu * cells[Q]
    sd = np.sqrt(mu * spread)
    live = (cells[OPEN] > 0.0) & (cells[AGE] >= YOUNG)
    edge = 1.0 - CHANGES
    moved = (
        old[0] * edge + old[1] * CHANGES,
        old[0] * CHANGES + old[1] * (edge - CHANGES) + old[2] * CHANGES,
        old[1] * CHANGES + old[2] * edge,
    )
    for place, size in enumerate(SIZES):
        more = size * sd
        ratio = (counts * np.log1p(more / mu) - more) / spread
        odds = (moved[place] * staying + fresh) * np.exp(np.clip(ratio, -CLIP, CLIP))
        cells[ODDS.start + place] = np.where(
            live, np.minimum(odds, MOST_ODDS), cells[ODDS.start + place]
        )


def level(cells: NDArray[np.float64]) -> Vector:
    """Give the odds of any outbreak on the scale of z; 0 where they are small."""
    odds = cells[ODDS.start] + cells[ODDS.start + 1] + cells[ODDS.start + 2]
    z: Vector = np.maximum(SCALE[0] + SCALE[1] * np.log(np.maximum(odds, 1e-12)), 0.0)
    return z
