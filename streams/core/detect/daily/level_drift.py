"""How far the level of a series may move in a day.

The idea: a level is assumed to stay, and so is known ever better, until the smoothed residual of
the daily model says that it moves; the further off it is, the faster. Of a rare series what is off
for weeks is more likely chance, or a rise, than another level. A residual that is large shows that
the level is another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from streams.core.detect.state_matrix import Vector
    from streams.core.detect.tuning import Tuning

CHANCE: Final = 0.04
"""A residual squared is mostly chance up to here: smoothed over 28 days, it varies by .018."""
MOVES: Final = 0.02
FASTEST: Final = 1e-3
"""Variance of the log level a day, by what the residual squared is beyond that; and the most."""
RARE: Final = 10.0
"""Events a day: a series as rare as this is half believed."""
ANOTHER: Final = 1.0
JUMPS: Final = 0.1
"""From this residual on the level is another one: so much variance a day by what is beyond it."""
UNSEEN: Final = 1e-4
"""Variance of the log level a day of a series that sleeps."""


def drift(residual: Vector, mean: Vector, tuning: Tuning) -> Vector:
    """Give the variance that the logarithm of a level gains in a day.

    `residual` is smoothed and standardised, `mean` in events a day.
    """
    off = np.abs(residual)
    moves = MOVES * np.maximum(0.0, off * off - CHANCE) * (mean / (mean + RARE))
    jumps = JUMPS * np.maximum(0.0, off - ANOTHER)
    variance: Vector = tuning.drift + np.minimum(moves, FASTEST) + jumps
    return variance
