"""The daily model: a recursive negative-binomial log-linear regression for each series.

The idea: the logarithm of a day's expectation is a level plus a weekday and a season term. A day
is tested against what was expected of it, over the last one, three and seven days; what is learned
is the day of a week ago, clipped, so that an outbreak under way does not teach that it is normal.
A residual that stays large widens the level's variance: a level that has moved for good is caught
up with. Not for series whose zero days mean "closed" (a five-day system): its closed days are
learned as weekday terms, which is slower.

Reference: a dynamic generalised linear model with conjugate updating (West, Harrison, Migon 1985);
the windows and the learning delay are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.detect.bank import (
    AGE,
    BETA,
    COUNTS,
    DAY,
    FIRST,
    MEAN,
    MEANS,
    MONTH,
    MU,
    MU_BEFORE,
    RESIDUAL,
    SILENT,
    TRIANGLE,
    VAR,
    Q,
)
from streams.core.detect.deviance import Tested, surplus, upper
from streams.core.detect.protocol import CurveDay
from streams.core.detect.regressors import WEEK, WIDTH, prior_variance, regressors
from streams.core.detect.tuning import WINDOW_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from streams.core.detect.bank import Vector
    from streams.core.detect.regressors import Regressors
    from streams.core.detect.tuning import Tuning

LOG_MIN, LOG_MAX = -20.0, 25.0
FORGET = 0.9975
INERTIA = 28.0
QUARTER = 91
BETAS = range(BETA.start, BETA.stop)
TINY = 1e-9


def dispersion(cells: NDArray[np.float64]) -> Vector:
    """Give the variance over the mean, at least 1."""
    phi: Vector = np.maximum(1.0, (cells[VAR] + 12.0) / (cells[MEAN] + 10.0))
    return phi


def born(state: Vector, day: int, tuning: Tuning) -> None:
    """Fill the state of a series whose first event falls on `day`."""
    state[DAY] = day - 1
    state[BETA.start] = LOG_MIN
    for place in range(WIDTH):
        state[TRIANGLE[place, place]] = prior_variance(place, tuning)


def test(cells: NDArray[np.float64], day: int, counts: Vector) -> Tested:
    """Compare the last 1, 3 and 7 days up to `day` with what was expected of them."""
    size = counts.shape[0]
    observed = np.empty((len(WINDOW_DAYS), size))
    expected = np.empty_like(observed)
    s, m = counts, cells[MU]
    for age in range(WEEK):
        if age:
            s = s + cells[COUNTS.start + (day - age) % MONTH]
            m = m + cells[MEANS.start + (day - age) % WEEK]
        if age + 1 in WINDOW_DAYS:
            row = WINDOW_DAYS.index(age + 1)
            observed[row], expected[row] = s, m
    expected = np.maximum(expected, TINY)
    spread = dispersion(cells) + expected * cells[Q]
    return Tested(observed, expected, spread, surplus(observed, expected, spread))


def learn(cells: NDArray[np.float64], day: int, counts: Vector) -> None:
    """Learn from the day a week before `day`, and remember `day` for a week."""
    x = regressors(day - WEEK)
    known = cells[AGE] >= WEEK
    gain = [_along(cells, [TRIANGLE[i, j] for j in range(WIDTH)], x) for i in range(WIDTH)]  # Px
    q = gain[0]
    for i, value in x[1:]:
        q = q + gain[i] * value
    q = np.maximum(q, TINY)
    eta = np.clip(_along(cells, BETAS, x), LOG_MIN, LOG_MAX)
    mu = np.exp(eta)
    phi = dispersion(cells)
    variance = mu * (phi + mu * q)
    sd = np.sqrt(variance)
    y = np.minimum(
        cells[COUNTS.start + (day - WEEK) % MONTH], mu + 4.0 * np.maximum(sd, 0.5 + 0.5 * sd)
    )
    miss = y - mu
    u = np.clip(miss / np.sqrt(variance + 0.25), -3.0, 3.0)
    r = cells[RESIDUAL]
    r = np.where(known, r + (u - r) / INERTIA, r)
    cells[RESIDUAL] = r
    steady = known & (np.abs(r) <= 1.0)
    square = miss * miss / ((1.0 + mu) * (1.0 + mu * q / phi))
    cells[VAR] = np.where(steady, FORGET * cells[VAR] + square, cells[VAR])
    cells[MEAN] = np.where(steady, FORGET * cells[MEAN] + mu / (1.0 + mu), cells[MEAN])
    a = 1.0 / q
    precision = a + y / phi
    after = np.log(precision / (a / mu + 1.0 / phi))
    shift = np.where(known, (after - eta) / q, 0.0)
    shrink = np.where(known, (1.0 - np.minimum(q, 1.0 / precision) / q) / q, 0.0)
    for i in range(WIDTH):
        cells[BETA.start + i] += gain[i] * shift
        scaled = gain[i] * shrink
        for j in range(i, WIDTH):
            cells[TRIANGLE[i, j]] -= scaled * gain[j]
    cells[COUNTS.start + day % MONTH] = counts
    cells[MEANS.start + day % WEEK] = cells[MU]


def turn(cells: NDArray[np.float64], day: int, counts: Vector, tuning: Tuning) -> None:
    """Grow older by `day`, let the level drift, and predict the day after."""
    cells[DAY] = day
    cells[AGE] += 1.0
    cells[SILENT] = np.where(counts > 0.0, 0.0, cells[SILENT] + 1.0)
    cells[FIRST] = np.where(cells[AGE] <= WEEK, cells[FIRST] + counts, cells[FIRST])
    start = np.log((cells[FIRST] + 0.3) / 7.3)
    week = cells[AGE] == WEEK
    cells[BETA.start] = np.where(week, start, cells[BETA.start])
    _widen(cells, tuning)
    cells[MU_BEFORE] = cells[MU]
    predict(cells, day + 1)


def _widen(cells: NDArray[np.float64], tuning: Tuning) -> None:
    """Add the day's drift to the variances, the more where the residual stays large."""
    level = cells[TRIANGLE[0, 0]]
    cap = prior_variance(0, tuning)
    step = tuning.drift + 0.1 * np.maximum(0.0, np.abs(cells[RESIDUAL]) - 1.0)
    cells[TRIANGLE[0, 0]] = np.where(level < cap, np.minimum(level + step, cap), level)
    for i in range(1, WIDTH):
        own = cells[TRIANGLE[i, i]]
        cells[TRIANGLE[i, i]] = np.where(own < prior_variance(i, tuning), own + 1e-6, own)


def _along(cells: NDArray[np.float64], rows: Sequence[int], x: Regressors) -> Vector:
    """Add up rows of the bank, weighted by the regressors of a day; always in the same order."""
    total: Vector = cells[rows[0]] + cells[rows[x[1][0]]]  # level and weekday weigh 1
    for place, value in x[2:]:
        total = total + cells[rows[place]] * value
    return total


def predict(cells: NDArray[np.float64], day: int) -> None:
    """Expect `day`: MU events (0 in the first week), the logarithm uncertain by Q."""
    x = regressors(day)
    eta = np.clip(_along(cells, BETAS, x), LOG_MIN, LOG_MAX)
    mu = np.maximum(np.exp(eta), _seen(cells, day))
    cells[MU] = np.where(cells[AGE] >= WEEK, mu, 0.0)
    q = np.zeros(mu.shape)
    for i, value in x:
        for j, other in x:
            if j >= i:
                q = q + cells[TRIANGLE[i, j]] * (value * other * (1.0 if i == j else 2.0))
    cells[Q] = np.maximum(q, TINY)


def _seen(cells: NDArray[np.float64], day: int) -> Vector:
    """Give what a young series has shown on the weekday of `day` in the last four weeks.

    The largest count in its first month, the second largest until it is a quarter old: weekdays
    take long to learn, the more so when the first week had a holiday in it. Then 0.
    """
    a, b, c, d = (cells[COUNTS.start + (day - week * WEEK) % MONTH] for week in (1, 2, 3, 4))
    high, other = np.maximum(a, b), np.maximum(c, d)
    second = np.maximum(np.minimum(high, other), np.maximum(np.minimum(a, b), np.minimum(c, d)))
    seen = np.where(cells[AGE] < MONTH, np.maximum(high, other), second)
    young: Vector = np.where(cells[AGE] < QUARTER, seen, 0.0)
    return young


def curve(state: Vector, tuning: Tuning) -> list[CurveDay]:
    """Give the days that the state remembers with what was expected of them, oldest first."""
    last, phi = int(state[DAY]), float(dispersion(state[:, np.newaxis])[0])
    days = []
    for day in range(max(last - WEEK, last - int(state[AGE])) + 1, last + 1):
        mean = max(float(state[MEANS.start + day % WEEK]), TINY)
        spread = phi + mean * float(state[Q])
        high = upper(mean, spread, tuning.day_threshold)
        days.append(CurveDay(day, round(float(state[COUNTS.start + day % MONTH])), mean, high))
    return days


def wake(state: Vector, day: int, tuning: Tuning) -> None:
    """Bring a state that slept up to the morning of `day`: one lesson of no events for all of it.

    What daily steps would have done, but for the drift of the variance between them.
    """
    cells = state[:, np.newaxis]
    days = day - 1 - int(state[DAY])
    q = np.maximum(cells[TRIANGLE[0, 0]], TINY)
    eta = np.clip(cells[BETA.start], LOG_MIN, LOG_MAX)
    a = 1.0 / q
    after = np.log(a / (a / np.exp(eta) + days / dispersion(cells)))
    cells[BETA.start] = np.maximum(after, LOG_MIN)
    cells[TRIANGLE[0, 0]] = np.minimum(
        cells[TRIANGLE[0, 0]] + tuning.drift * days, prior_variance(0, tuning)
    )
    for place in range(MONTH):
        cells[COUNTS.start + place] = 0.0
    state[DAY], state[AGE], state[SILENT] = day - 1, state[AGE] + days, state[SILENT] + days
    predict(cells, day)
    cells[MU_BEFORE] = cells[MU]
    for place in range(WEEK):
        cells[MEANS.start + place] = cells[MU]
