"""Which days are open: a model of counts that are zero for a reason must not count them as lows.

A weekday that hardly ever has events is closed (the Sunday of an office); a zero on it means
nothing. A day far below what was expected is exceptionally closed (a holiday): nothing is learned
from it, and the next open day may make up for it. How much it does, each series learns. No calendar
is needed for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.regressors import WEEK
from streams.core.detect.state_matrix import AFTER, AGE, MARKS, MONTH, MU, WEEKDAYS, Q

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Vector

CLOSED: Final = 0.0
NORMAL: Final = 1.0
FOLLOWING: Final = 2.0
"""What a day was; the last follows an exceptionally closed one."""
SHARE: Final = 0.002
ENOUGH_EVENTS: Final = 150.0
"""A weekday with less than this share of so many events is closed."""
LOW: Final = 0.3
LOW_DEVIANCE: Final = 16.0
"""A day is exceptionally closed below this share of its expectation, four deviations low."""
FADE: Final = 0.9995


def closed(cells: NDArray[np.float64], day: int, counts: Vector) -> NDArray[np.bool_]:
    """Return where a day without events is a closed weekday."""
    total = cells[WEEKDAYS.start]
    for weekday in range(WEEKDAYS.start + 1, WEEKDAYS.stop):
        total = total + cells[weekday]
    own = cells[WEEKDAYS.start + day % WEEK]
    shut: NDArray[np.bool_] = (counts == 0.0) & (own < SHARE * total) & (total > ENOUGH_EVENTS)
    return shut


def missing(cells: NDArray[np.float64], counts: Vector, phi: Vector) -> NDArray[np.bool_]:
    """Return where a day is so low that it must have been closed."""
    mu = np.maximum(cells[MU], 1e-9)
    ratio = np.where(counts > 0.0, counts, mu) / mu
    deviance = 2.0 * (np.where(counts > 0.0, counts * np.log(ratio), 0.0) - counts + mu)
    low: NDArray[np.bool_] = (counts < LOW * mu) & (cells[AGE] >= MONTH)
    np.logical_and(low, deviance > LOW_DEVIANCE * (phi + mu * cells[Q]), out=low)
    return low


def note(cells: NDArray[np.float64], day: int, counts: Vector, phi: Vector) -> None:
    """Remember what `day` was, and whether the next open one follows a closed one."""
    weekend = closed(cells, day, counts)
    low = missing(cells, counts, phi) & ~weekend
    mark = np.where(cells[AFTER] > 0.0, FOLLOWING, NORMAL)
    cells[MARKS.start + day % WEEK] = np.where(weekend | low, CLOSED, mark)
    cells[AFTER] = np.where(weekend, cells[AFTER], np.where(low, 1.0, 0.0))
    for weekday in range(WEEKDAYS.start, WEEKDAYS.stop):
        cells[weekday] *= FADE
    cells[WEEKDAYS.start + day % WEEK] += counts
