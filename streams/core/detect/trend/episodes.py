"""When a slow rise is reported, since when it has been going on, and when it is the new level.

    level    ------------------------------
    lagging  ..............................      reported here, weekly from then on
    weeks      |   |   |   |  ^|   |  !|   |   |   |   | = accepted after a quarter,
                     onset ---'        '--- reported        or calm once a month is low

The onset is the change point of highest likelihood, for steps and for ramps of one and two months.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.deviance import upper
from streams.core.detect.exceedances import Scale, tripped
from streams.core.detect.protocol import Reading
from streams.core.detect.regressors import WEEK, week_of
from streams.core.detect.state_matrix import (
    AGE,
    SLOW_AT,
    SLOW_RING,
    SLOW_SINCE,
    SLOW_SPAN,
    SLOW_SUM,
    SLOW_WEEKS,
)
from streams.core.detect.trend import weekly_test
from streams.core.detect.tuning import WINDOW_WEEKS
from streams.core.event_time.buckets import DAY as DAY_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.protocol import Status
    from streams.core.detect.state_matrix import StateMatrix, Vector
    from streams.core.detect.trend.weekly_test import Weekly
    from streams.core.detect.tuning import Tuning

ACCEPT: Final = 13
"""Weeks after which a level that was reported is the new one."""
TEACH: Final = 8
"""Weeks that the new level is made of."""
MONTH_ROW: Final = WINDOW_WEEKS.index(weekly_test.MONTH)
CALM_LIFT: Final = 0.08
WEEK_SECONDS: Final = WEEK * DAY_SECONDS
RAMPS: Final = (0, 4, 8)
SIZES: Final = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0, 10.0])


def close_week(matrix: StateMatrix, day: int, tuning: Tuning) -> list[Reading]:
    """Test the week that `day`, a Sunday, ends, and learn from it; gives its readings."""
    cells = matrix.cells[:, : len(matrix)]
    weekly = weekly_test.test(cells, day)
    readings = _test(matrix, day, weekly, tuning)
    weekly_test.learn(cells, day, weekly)
    return readings


def surprise(z: float) -> float:
    """Give -log10 of the false alerts a series and day at z.

    Quiet series that keep their level give fewer (`benchmarks/budget.py`), those that wander by 2 %
    a week up to three times as many (`benchmarks/slow.py`).
    """
    return 1.8 + 0.21 * z * z


def _test(matrix: StateMatrix, day: int, weekly: Weekly, tuning: Tuning) -> list[Reading]:
    cells = matrix.cells[:, : len(matrix)]
    week, end = week_of(day), (day + 1) * DAY_SECONDS
    rows, z, excess = weekly.tested.worst()
    up = cells[SLOW_SINCE] != 0.0
    high = (z > tuning.slow_threshold) & (excess >= tuning.slow_excess)
    observed = weekly.tested.observed[MONTH_ROW]
    expected = weekly.tested.expected[MONTH_ROW]
    low = observed < expected * (1.0 + CALM_LIFT)
    readings = []
    for slot in np.flatnonzero(up | high).tolist():
        state = cells[:, slot]
        row = int(rows[slot])
        status: Status = "raised"
        if not up[slot]:
            state[SLOW_SINCE] = end - onset(state, weekly, slot, week) * WEEK_SECONDS
            state[SLOW_AT] = week
        elif low[slot]:
            status = "calm"
        elif week - state[SLOW_AT] >= ACCEPT:
            status = "accepted"
        readings.append(_reading(matrix, slot, end, weekly, row, status, tuning))
        if status != "raised":
            state[SLOW_SINCE], state[SLOW_AT] = 0.0, week
        if status == "accepted":
            _accept(state, week, weekly, slot)
    return sorted(readings, key=lambda reading: reading.series)


def onset(state: Vector, weekly: Weekly, slot: int, week: int) -> int:
    """Estimate how many weeks ago the rise began: at least 1.

    The level is that of the lagging reference and of the weeks before the onset together.
    """
    held = int(min(state[SLOW_WEEKS], week - state[SLOW_AT], weekly_test.WEEKS))
    y = np.ascontiguousarray(weekly.counts[:held, slot][::-1])  # oldest first
    x = np.ascontiguousarray(weekly.means[:held, slot][::-1])
    weight = min(1.0 / float(weekly_test.doubt(state[:, np.newaxis])[0]), float(state[SLOW_SUM]))
    best, found = -np.inf, 1
    for ago in range(1, held + 1):
        first = held - ago
        base = (weight + y[:first].sum()) / (weight + x[:first].sum())
        since = np.arange(held) - first
        for ramp in RAMPS:
            part = np.where(since < 0, 0.0, np.minimum(1.0, (since + 0.5) / max(ramp, 0.5)))
            mean = base * x * (1.0 + SIZES[:, np.newaxis] * part)
            fit = float((y * np.log(mean) - mean).sum(axis=1).max())
            fit += weight * float(np.log(base) - base)
            if fit > best:
                best, found = fit, ago
    return found


def _reading(  # noqa: PLR0913, PLR0917 - one series of the week
    matrix: StateMatrix,
    slot: int,
    end: int,
    weekly: Weekly,
    row: int,
    status: Status,
    tuning: Tuning,
) -> Reading:
    """Report the weeks since the onset; where they are no proof yet, those that are."""
    state = matrix.cells[:, slot]
    since = int(state[SLOW_SINCE])
    week = week_of(end // DAY_SECONDS - 1)
    z = float(weekly.tested.z[row, slot])
    phi = float(weekly_test.roughness(state[:, np.newaxis])[0])
    doubt = float(weekly_test.doubt(state[:, np.newaxis])[0])
    whole = min((end - since) // WEEK_SECONDS, weekly_test.WEEKS)
    shown = _window(state, weekly, slot, week, whole)
    bound = upper(shown[1], phi + shown[1] * doubt, tuning.slow_threshold)
    if status == "raised" and shown[0] <= bound and z > tuning.slow_threshold:
        whole = WINDOW_WEEKS[row]
        shown = _window(state, weekly, slot, week, whole)
        bound = upper(shown[1], phi + shown[1] * doubt, tuning.slow_threshold)
    lengths = [n * WEEK_SECONDS for n in WINDOW_WEEKS]
    scale = Scale(lengths, tuning.slow_threshold, upper)
    return Reading(
        series=matrix.keys[slot],
        grain="1d",
        start=end - whole * WEEK_SECONDS,
        end=end,
        observed=shown[0],
        expected=round(shown[1], 6),
        upper=round(bound, 6),
        surprise=round(surprise(z), 6),
        status=status,
        since=since,
        history=float(state[AGE]),
        detector="slow",
        windows=tripped(weekly.tested, slot, end, scale) if status == "raised" else (),
    )


def _window(state: Vector, weekly: Weekly, slot: int, week: int, size: int) -> tuple[float, float]:
    """Count the last weeks, and what was expected of them."""
    counted = [
        float(state[SLOW_RING.start + (week - age) % weekly_test.WEEKS]) for age in range(size)
    ]
    return sum(counted), sum(weekly.means[:size, slot].tolist())


def _accept(state: Vector, week: int, weekly: Weekly, slot: int) -> None:
    """Make the last weeks the level."""
    counts = [
        float(state[SLOW_RING.start + (week - age) % weekly_test.WEEKS]) for age in range(TEACH)
    ]
    level = float(state[SLOW_SUM]) / max(float(state[SLOW_SPAN]), weekly_test.TINY)
    means: NDArray[np.float64] = weekly.means[:TEACH, slot]
    factor = sum(means.tolist()) / max(level, weekly_test.TINY) / TEACH  # of the season
    state[SLOW_SPAN] = weekly_test.SETTLED * factor
    state[SLOW_SUM] = sum(counts) / TEACH * weekly_test.SETTLED
