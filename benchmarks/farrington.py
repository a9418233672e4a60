"""Farrington Flexible (Noufaily et al., Statistics in Medicine 32:1206, 2013), all series at once.

On daily counts as in Noufaily et al. 2019: for every day, the counts of the seven days up to it
against those of the weeks before. A quasi-Poisson regression on ten seasons and a trend, over five
years but the last 26 weeks, is fitted, refitted with outliers weighted down, and its prediction is
the mean of a negative binomial; the alarm is at its 99th percentile. Settings and corner cases are
those of R surveillance 1.20.3: farringtonFlexible(b = 5, w = 3, noPeriods = 10, alpha = .01,
weightsThreshold = 2.58, pastWeeksNotIncluded = 26, pThresholdTrend = 1, trend = TRUE,
thresholdMethod = "nbPlugin", limit54 = c(5, 4)). Run by farrington_check.R on the first simulation
of every signal (w = 5), R gave the same 234 alarms on the same of 5,488 days.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WEEK, YEAR = 7, 52
YEARS, HALF, SEASONS, LEFT_OUT = 5, 3, 10, 26
ALPHA: Final = 0.01
OUTLIER: Final = 2.58
ENOUGH, ENOUGH_WEEKS = 5, 4
STEPS, CLOSE = 25, 1e-8
SMALL: Final = 1e-10
AGO: Final = np.arange(YEARS * YEAR + HALF, LEFT_OUT, -1)
"""The weeks that are fitted, in weeks before this one."""

_lgamma = np.frompyfunc(math.lgamma, 1, 1)


def seasons() -> Array:
    """Give, for the weeks that are fitted, oldest first, the season each is in as 0 and 1.

    This week is in the last one.
    """
    after = -AGO % YEAR  # weeks after the same week of the year
    season = np.where(
        (after <= HALF) | (after >= YEAR - HALF), SEASONS - 1, (after - HALF - 1) // 5
    )
    dummies: Array = np.eye(SEASONS)[season]
    return dummies


def weekly(counts: Array, day: int) -> Array:
    """Give the sums over seven days up to and with `day`, as far back as fitted, oldest first."""
    weeks = YEARS * YEAR + HALF + 1
    part = counts[:, day + 1 - weeks * WEEK : day + 1]
    sums: Array = part.reshape(len(part), weeks, WEEK).sum(axis=2)
    return sums


class Fit(NamedTuple):
    """What a regression says of this week and the past ones, and how much each past week weighs."""

    now: Array
    mean: Array
    leverage: Array


def fit(y: Array, weights: Array, *, trend: bool) -> Fit:
    """Fit quasi-Poisson regressions by Newton steps on the trend alone.

    Given the trend, the level of a season is its count over the sum of the trend: what is left is
    one number a series.
    """
    season, t = seasons(), -AGO / (YEARS * YEAR)
    slope = np.zeros((len(y), 1))
    counts = np.maximum((weights * y) @ season, SMALL)
    for _ in range(STEPS):
        growth = np.exp(slope * t)
        level = counts / ((weights * growth) @ season)
        mean = growth * (level @ season.T)
        part = weights * mean
        mass = part @ season
        centre = (part * t) @ season / mass
        away = t - centre @ season.T
        information = np.maximum((part * away**2).sum(axis=1, keepdims=True), SMALL)
        if not trend:
            return Fit(level[:, -1], mean, part / (mass @ season.T))
        step = (weights * (y - mean) * t).sum(axis=1, keepdims=True) / information
        if np.all(np.abs(step) < CLOSE):
            break
        slope = slope + np.clip(step, -2.0, 2.0)
    leverage = part * (1.0 / (mass @ season.T) + away**2 / information)
    return Fit(level[:, -1], mean, leverage)


def dispersion(y: Array, mean: Array, weights: Array, parameters: int) -> Array:
    """Give the variance over the mean, at least 1."""
    square = (weights * (y - mean) ** 2 / np.maximum(mean, SMALL)).sum(axis=1)
    phi: Array = np.maximum(square / (y.shape[1] - parameters), 1.0)
    return phi


def predict(y: Array, *, trend: bool = True) -> tuple[Array, Array]:
    """Give what is expected of this week, and the dispersion, of each series."""
    parameters = SEASONS + trend
    flat = np.ones_like(y)
    first = fit(y, flat, trend=trend)
    phi = dispersion(y, first.mean, flat, parameters)
    mean = np.maximum(first.mean, SMALL)
    residual = 1.5 * (np.cbrt(y) ** 2 * mean ** (-1.0 / 6.0) - np.sqrt(mean))
    residual /= np.sqrt(phi[:, None] * np.maximum(1.0 - first.leverage, SMALL))
    less = np.where(residual > OUTLIER, 1.0 / np.maximum(residual, 1.0) ** 2, 1.0)
    weights = less * (y.shape[1] / less.sum(axis=1))[:, None]
    again = fit(y, weights, trend=trend)
    return again.now, dispersion(y, again.mean, weights, parameters)


def upper_tail(y: Array, mean: Array, phi: Array) -> Array:
    """Give the chance of y or more under a negative binomial: the incomplete beta function."""
    a, b = np.maximum(y, 1.0), mean / np.maximum(phi - 1.0, 1e-6)
    x = 1.0 - 1.0 / np.maximum(phi, 1.0 + 1e-6)
    swap = x > (a + 1.0) / (a + b + 2.0)
    a, b, x = np.where(swap, b, a), np.where(swap, a, b), np.where(swap, 1.0 - x, x)
    front = _lgamma(a + b) - _lgamma(a) - _lgamma(b)
    front = front.astype(np.float64) + a * np.log(x) + b * np.log1p(-x)
    chance = np.exp(front) / a * _fraction(a, b, x)
    chance = np.where(swap, 1.0 - chance, chance)
    return np.where(y < 1.0, 1.0, chance)


def _fraction(a: Array, b: Array, x: Array) -> Array:
    """Give the continued fraction of the incomplete beta function, by Lentz's method."""
    c = np.ones_like(a)
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    h = d
    for m in range(1, 400):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        change = np.ones_like(a)
        for step in (even, odd):
            d = 1.0 / (1.0 + step * d)
            c = 1.0 + step / c
            change = change * c * d
        h = h * change
        if np.all(np.abs(change - 1.0) < CLOSE):
            break
    return h


def alarms(counts: Array, days: range) -> NDArray[np.bool_]:
    """Tell, series by series and day by day, whether there is an alarm; False outside `days`."""
    found = np.zeros(counts.shape, dtype=np.bool_)
    for day in days:
        sums = weekly(counts, day)
        past, now = sums[:, : -LEFT_OUT - 1], sums[:, -1]
        mean, phi = predict(past)
        beyond = mean > past.max(axis=1)  # a trend may not lead out of what has been seen
        if beyond.any():
            mean[beyond], phi[beyond] = predict(past[beyond], trend=False)
        enough = sums[:, -ENOUGH_WEEKS:].sum(axis=1) >= ENOUGH
        found[:, day] = enough & (upper_tail(now, mean, phi) <= ALPHA)
    return found
