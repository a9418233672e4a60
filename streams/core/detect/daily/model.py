"""The daily model: a recursive negative-binomial log-linear regression for each series.

The idea: the logarithm of a day's expectation is a level plus a weekday and a season term,
corrected by what came back in the years before (`annual_profile`). Days that are closed do not
count (`closed_days`). A day is tested against what was expected of it, over the last one, three
and seven open days, and by the odds of an outbreak under way (`outbreak`). What is learned is the
day of a week ago, clipped, so that an outbreak under way does not teach that it is normal. A level
that has moved for good is caught up with (`level_drift`). Not for less than an event a month: such
a series has no weekdays.

Reference: a dynamic generalised linear model with conjugate updating (West, Harrison, Migon 1985);
the windows and the learning delay are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.detect.daily import annual_profile, closed_days, outbreak
from streams.core.detect.daily.level_drift import UNSEEN, drift
from streams.core.detect.deviance import Tested, clumped, clumped_uppers
from streams.core.detect.protocol import CurveDay
from streams.core.detect.regressors import WEEK, WIDTH, prior_variance, regressors, week_of
from streams.core.detect.state_matrix import (
    AFTER,
    AGE,
    BETA,
    COUNTS,
    DAY,
    FEAST,
    FEAST_SD,
    FEAST_VAR,
    FIRST,
    LAST_COUNTS,
    LAST_MEANS,
    MARKS,
    MEAN,
    MONTH,
    MU,
    OFFSET,
    OFFSETS,
    OPEN,
    PAST,
    REBOUND,
    REBOUND_SD,
    REBOUND_VAR,
    REMEMBERED,
    RESIDUAL,
    SILENT,
    SLOW_OFFSETS,
    VAR,
    WEEKS,
    Q,
    past,
    single,
    triangle,
)
from streams.core.detect.tuning import WINDOW_DAYS
from streams.core.event_time.calendar import ordinary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.regressors import Regressors
    from streams.core.detect.state_matrix import Vector
    from streams.core.detect.tuning import Tuning
    from streams.core.event_time.calendar import Calendar

LOG_MIN, LOG_MAX = -20.0, 25.0
FORGET = 0.995
STRAY = 2.5
"""A day further off, in deviations, says no more of the dispersion: it is cut there."""
INERTIA = 28.0
HALF_YEAR = 182
TINY = 1e-9


def dispersion(cells: NDArray[np.float64]) -> Vector:
    """Give the variance over the mean, at least 1."""
    phi: Vector = np.maximum(1.0, (cells[VAR] + 16.0) / (cells[MEAN] + 10.0))
    return phi


def born(states: NDArray[np.float64], day: int, tuning: Tuning) -> None:
    """Fill the states, which are 0, of series whose first event falls on `day`: one, or columns."""
    states[DAY] = day - 1
    states[BETA.start] = LOG_MIN
    states[OPEN] = 1.0
    states[REBOUND_VAR], states[FEAST_VAR] = REBOUND_SD**2, FEAST_SD**2
    states[MARKS] = closed_days.NORMAL
    cells = states.reshape(len(states), -1)
    for place in range(WIDTH):
        triangle(cells, place, place)[:] = prior_variance(place, tuning)


def test(cells: NDArray[np.float64], day: int, counts: Vector) -> Tested:
    """Compare the last 1, 3 and 7 open days with what was expected of them, and move the odds on.

    Notes in OPEN which series had an open day. The last row is the odds of an outbreak, reported of
    the last seven open days. On a closed day nothing is surprising.
    """
    size = counts.shape[0]
    observed = np.empty((len(WINDOW_DAYS), size))
    expected = np.empty_like(observed)
    phi = dispersion(cells)
    shut = closed_days.closed(cells, day, counts) | closed_days.missing(cells, counts, phi)
    cells[OPEN] = np.where(shut, 0.0, 1.0)
    outbreak.step(cells, counts, phi)
    s, m = counts, cells[MU]
    for age in range(WEEK):
        if age:
            s = s + cells[LAST_COUNTS.start + age - 1]
            m = m + cells[LAST_MEANS.start + age - 1]
        for row, window in enumerate(WINDOW_DAYS):
            if window == age + 1:
                observed[row], expected[row] = s, m
    expected = np.maximum(expected, TINY)
    spread = phi + expected * cells[Q]
    z = clumped(observed, expected, spread)
    z[-1] = outbreak.level(cells)
    return Tested(observed, expected, spread, np.where(shut, 0.0, z))


def rising(cells: NDArray[np.float64], counts: Vector, tested: Tested) -> Tested:
    """Keep what can open or lengthen an episode: no window on a day below its expectation."""
    z = np.where(counts >= cells[MU], tested.z, 0.0)
    z[-1] = tested.z[-1]
    return tested._replace(z=z)


def learn(
    cells: NDArray[np.float64], day: int, counts: Vector, calendar: Calendar = ordinary
) -> None:
    """Learn from the day a week before `day`, and remember `day` for a week."""
    then = day - WEEK
    x = regressors(then)
    mark = cells[MARKS.start + then % WEEK]
    taught = (cells[AGE] >= WEEK) & (mark != closed_days.CLOSED)
    after = np.where(mark == closed_days.FOLLOWING, 1.0, 0.0)
    gain = [_gain(cells, i, x) for i in range(WIDTH)]  # Px
    q = gain[0]
    for i, value in x[1:]:
        q = q + gain[i] * value
    feast = float(calendar(then))
    q = np.maximum(q + after * cells[REBOUND_VAR] + feast * cells[FEAST_VAR], TINY)
    # The rate times those who were customers on that day; the offset is no coefficient.
    offset = single(cells, OFFSETS, then % (WEEK + 1))
    offset = offset + after * cells[REBOUND] + feast * cells[FEAST]
    eta = np.clip(_along(cells, x) + offset, LOG_MIN, LOG_MAX)
    mu = np.exp(eta)
    phi = dispersion(cells)
    count = cells[COUNTS.start + then % MONTH]
    _scatter(cells, count, np.maximum(past(cells, then)[1].astype(np.float64), TINY), q, taught)
    annual_profile.learn(cells, then, count, mu, taught)
    variance = mu * (phi + mu * q)
    sd = np.sqrt(variance)
    y = np.minimum(count, mu + 4.0 * np.maximum(sd, 0.5 + 0.5 * sd))
    u = np.clip((y - mu) / np.sqrt(variance + 0.25), -3.0, 3.0)
    r = cells[RESIDUAL]
    cells[RESIDUAL] = np.where(taught, r + (u - r) / INERTIA, r)
    a = 1.0 / q
    precision = a + y / phi
    eta_after = np.log(precision / (a / mu + 1.0 / phi))
    shift = np.where(taught, (eta_after - eta) / q, 0.0)
    shrink = np.where(taught, (1.0 - np.minimum(q, 1.0 / precision) / q) / q, 0.0)
    for i in range(WIDTH):
        cells[BETA.start + i] += gain[i] * shift
        scaled = gain[i] * shrink
        for j in range(i, WIDTH):
            covariance = triangle(cells, i, j)
            covariance -= scaled * gain[j]
    for weight, mean, variance_of in ((after, REBOUND, REBOUND_VAR), (feast, FEAST, FEAST_VAR)):
        own = cells[variance_of] * weight
        cells[mean] += own * shift
        cells[variance_of] -= own * own * shrink
    _remember(cells, day, counts, calendar)


def _scatter(
    cells: NDArray[np.float64], count: Vector, mean: Vector, q: Vector, taught: NDArray[np.bool_]
) -> None:
    """Learn the dispersion from a count and what was expected of it."""
    phi = dispersion(cells)
    sd = np.sqrt(mean * (phi + mean * q))
    miss = np.clip(count - mean, -STRAY * sd - 0.5, STRAY * sd + 0.5)
    square = miss * miss / ((1.0 + mean) * (1.0 + mean * q / phi))
    steady = taught & (np.abs(cells[RESIDUAL]) <= 1.0)
    cells[VAR] = np.where(steady, FORGET * cells[VAR] + square, cells[VAR])
    cells[MEAN] = np.where(steady, FORGET * cells[MEAN] + mean / (1.0 + mean), cells[MEAN])


def _remember(cells: NDArray[np.float64], day: int, counts: Vector, calendar: Calendar) -> None:
    closed_days.note(cells, day, counts, dispersion(cells))
    if calendar(day):
        cells[AFTER] = 1.0
    cells[COUNTS.start + day % MONTH] = counts
    count, mean = past(cells, day)
    count[:], mean[:] = counts, cells[MU]
    shown = cells[OPEN] > 0.0
    for last, newest in ((LAST_COUNTS, counts), (LAST_MEANS, cells[MU])):
        for field in range(last.stop - 1, last.start, -1):
            cells[field] = np.where(shown, cells[field - 1], cells[field])
        cells[last.start] = np.where(shown, newest, cells[last.start])
    single(cells, OFFSETS, day % (WEEK + 1))[:] = cells[OFFSET]


def turn(
    cells: NDArray[np.float64],
    day: int,
    counts: Vector,
    tuning: Tuning,
    calendar: Calendar = ordinary,
) -> None:
    """Grow older by `day`, let the level drift, and predict the day after."""
    cells[DAY] = day
    cells[AGE] += 1.0
    cells[SILENT] = np.where(counts > 0.0, 0.0, cells[SILENT] + 1.0)
    cells[FIRST] = np.where(cells[AGE] <= WEEK, cells[FIRST] + counts, cells[FIRST])
    start = np.log((cells[FIRST] + 0.3) / 7.3) - cells[OFFSET]
    week = cells[AGE] == WEEK
    cells[BETA.start] = np.where(week, start, cells[BETA.start])
    _widen(cells, tuning)
    predict(cells, day + 1, calendar)


def _widen(cells: NDArray[np.float64], tuning: Tuning) -> None:
    """Add to the variances what the coefficients drift by in a day."""
    variance = triangle(cells, 0, 0)
    cap = prior_variance(0, tuning)
    wider = variance + drift(cells[RESIDUAL], cells[MU], tuning)
    variance[:] = np.where(variance < cap, np.minimum(wider, cap), variance)
    for i in range(1, WIDTH):
        own = triangle(cells, i, i)
        own[:] = np.where(own < prior_variance(i, tuning), own + np.float32(1e-6), own)


def _along(cells: NDArray[np.float64], x: Regressors) -> Vector:
    """Add up the coefficients, weighted by the regressors of a day; always in the same order."""
    total: Vector = cells[BETA.start] + cells[BETA.start + x[1][0]]  # level and weekday weigh 1
    for place, value in x[2:]:
        total += cells[BETA.start + place] * value
    return total


def _gain(cells: NDArray[np.float64], i: int, x: Regressors) -> Vector:
    """Add up a row of the covariance, weighted by the regressors of a day."""
    total: Vector = triangle(cells, i, 0).astype(np.float64) + triangle(cells, i, x[1][0])
    for place, value in x[2:]:
        total += triangle(cells, i, place) * np.float64(value)
    return total


def predict(cells: NDArray[np.float64], day: int, calendar: Calendar = ordinary) -> None:
    """Expect `day`: MU events (0 in the first week), the logarithm uncertain by Q."""
    x = regressors(day)
    after, feast = cells[AFTER], float(calendar(day))
    offset = cells[OFFSET] + after * cells[REBOUND] + feast * cells[FEAST]
    mu = np.exp(np.clip(_along(cells, x) + offset, LOG_MIN, LOG_MAX))
    mu = np.maximum(
        mu * annual_profile.factor(cells, day, mu, dispersion(cells)), _seen(cells, day)
    )
    cells[MU] = np.where(cells[AGE] >= WEEK, mu, 0.0)
    q = after * cells[REBOUND_VAR] + feast * cells[FEAST_VAR]
    for i, value in x:
        for j, other in x:
            if j >= i:
                weight = np.float64(value * other * (1.0 if i == j else 2.0))
                q = q + triangle(cells, i, j) * weight
    cells[Q] = np.maximum(q, TINY)


def _seen(cells: NDArray[np.float64], day: int) -> Vector:
    """Give what a young series has shown on the weekday of `day` in the last four weeks.

    The largest count in its first month, the second largest until it is half a year old: weekdays
    take long to learn, the more so when the first week had a holiday in it, and a season looks like
    a rise. Then 0.
    """
    a, b, c, d = (_then(cells, day - week * WEEK) for week in (1, 2, 3, 4))
    high, other = np.maximum(a, b), np.maximum(c, d)
    second = np.maximum(np.minimum(high, other), np.maximum(np.minimum(a, b), np.minimum(c, d)))
    seen = np.where(cells[AGE] < MONTH, np.maximum(high, other), second)
    young: Vector = np.where(cells[AGE] < HALF_YEAR, seen, 0.0)
    return young


def curve(state: Vector, tuning: Tuning) -> list[CurveDay]:
    """Give the last 60 days of a state with what was expected of them, oldest first.

    Without those of its first week, of which nothing was expected.
    """
    last, phi, q = int(state[DAY]), float(dispersion(state)), float(state[Q])
    days = np.arange(max(last - REMEMBERED, last - int(state[AGE]) + WEEK) + 1, last + 1)
    pairs = state[PAST].copy().view(np.float32).reshape(REMEMBERED, 2)
    counts, means = pairs[days % REMEMBERED].T.astype(np.float64)
    means = np.maximum(means, TINY)
    high = clumped_uppers(means, phi + means * q, tuning.day_threshold)
    rows = (days.tolist(), np.rint(counts).astype(int).tolist(), means.tolist(), high.tolist())
    return [CurveDay(*row) for row in zip(*rows, strict=True)]


def _then(cells: NDArray[np.float64], day: int) -> Vector:
    """Give the count of a day of the last four weeks, as of so many customers as there are now."""
    offset = single(cells, SLOW_OFFSETS, week_of(day) % WEEKS)
    count: Vector = cells[COUNTS.start + day % MONTH] * np.exp(cells[OFFSET] - offset)
    return count


def wake(
    cells: NDArray[np.float64], day: int, tuning: Tuning, calendar: Calendar = ordinary
) -> None:
    """Bring states that slept up to the morning of `day`: one lesson of no events for all of it.

    What daily steps would have done, but for the drift of the variance between them.
    """
    days = day - 1 - cells[DAY]
    level = triangle(cells, 0, 0)
    q = np.maximum(level.astype(np.float64), TINY)
    eta = np.clip(cells[BETA.start], LOG_MIN, LOG_MAX)
    a = 1.0 / q
    after = np.log(a / (a / np.exp(eta) + days / dispersion(cells)))
    cells[BETA.start] = np.maximum(after, LOG_MIN)
    wider = (UNSEEN * days).astype(np.float32)
    level[:] = np.minimum(level + wider, prior_variance(0, tuning))
    cells[COUNTS] = 0.0
    cells[LAST_COUNTS], cells[MARKS] = 0.0, closed_days.NORMAL
    cells[AFTER] = 0.0
    cells[DAY], cells[AGE], cells[SILENT] = day - 1, cells[AGE] + days, cells[SILENT] + days
    predict(cells, day, calendar)
    cells[LAST_MEANS] = cells[MU]
    for slept in range(max(day - REMEMBERED, day - int(days.max())), day):
        count, mean = past(cells, slept)
        own = slept >= day - days
        count[own], mean[own] = 0.0, cells[MU, own]
