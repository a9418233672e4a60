"""The slow test: has the level been rising for weeks?

The idea: weeks are compared with a level that lags behind by a quarter, so that a drift cannot
teach that it is normal while it is under way (to the daily model it is a new level). The last 2 to
12 weeks are tested, with the season that the daily model has learned. What sets a drift apart from
the wandering of every real series is the series itself: how far a month is usually from the lagging
level is learned, beside the noise from week to week, and makes up the spread. One week, however
high, is no slow rise: the others must be up without it. A level that stays up for a quarter after
it was reported is the new one. Not for what happens within days: the daily test is far quicker, and
not for the first 20 weeks of a series.

Reference: a generalised likelihood ratio over the time of the change (Siegmund & Venkatraman 1995)
with a random effect of the level (quasi-likelihood); the lag and the wander are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.detect.deviance import Tested, surplus
from streams.core.detect.regressors import (
    FIRST_WAVE,
    SUNDAY,
    WAVES,
    WEEK,
    YEAR,
    regressors,
    week_of,
)
from streams.core.detect.state_matrix import (
    AGE,
    BETA,
    COUNTS,
    DAY,
    OFFSETS,
    SLOW_AT,
    SLOW_OFFSETS,
    SLOW_RING,
    SLOW_ROUGH,
    SLOW_ROUGHED,
    SLOW_SEASON,
    SLOW_SINCE,
    SLOW_SPAN,
    SLOW_SUM,
    SLOW_WANDER,
    SLOW_WANDERED,
    SLOW_WEEKS,
    single,
)
from streams.core.detect.tuning import WINDOW_WEEKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Vector

DAYS: Final = COUNTS.stop - COUNTS.start
WEEKS: Final = SLOW_RING.stop - SLOW_RING.start
LAG: Final = max(WINDOW_WEEKS)
"""Weeks until a week teaches the level."""
MEMORY: Final = 1.0 - 1.0 / 26.0
ENOUGH_WEEKS: Final = 6.0
"""Weeks that a level must rest on."""
SETTLED: Final = 18.0
GROWTH: Final = 0.5
"""Till a level rests on so many weeks, discounted, a series may still be growing: so much (log)."""
NOISE_MEMORY: Final = 1.0 - 1.0 / 52.0
WANDER: Final = 0.10
WANDER_MIN: Final = 0.04
WANDER_WEIGHT: Final = 6.0
"""A month lies this far (log) from the lagging level: prior, least, and weight of the prior."""
MONTH: Final = 4
CLIP: Final = 3.0
LONE: Final = 3.0
"""A week counts for at most so many times the rise of the others."""
NOW: Final = 0.5
"""So much of the mean rise must still be there in the last week."""
TINY: Final = 1e-9


class Weekly(NamedTuple):
    """What the slow test saw of one week: `tested` by window, and what is behind it.

    `counts` and `means` have one row a week, the last one first: clipped, and expected.
    """

    tested: Tested
    counts: NDArray[np.float64]
    means: NDArray[np.float64]
    steady: NDArray[np.bool_]


def ends_week(day: int) -> bool:
    """Return whether a day (since the epoch) is a Sunday."""
    return day % WEEK == SUNDAY


def note(cells: NDArray[np.float64], day: int) -> None:
    """Remember the count of the week that `day` ends; a week lived in part is none."""
    whole = cells[AGE] >= WEEK
    count = cells[COUNTS.start + day % DAYS].copy()
    for age in range(1, WEEK):
        count += cells[COUNTS.start + (day - age) % DAYS]
    cells[SLOW_RING.start + week_of(day) % WEEKS] = np.where(whole, count, 0.0)
    cells[SLOW_WEEKS] = np.where(whole, cells[SLOW_WEEKS] + 1.0, 0.0)
    offset = np.zeros(cells.shape[1])
    for age in range(WEEK):
        offset += single(cells, OFFSETS, (day - age) % (WEEK + 1))
    single(cells, SLOW_OFFSETS, week_of(day) % WEEKS)[:] = offset / WEEK


def wake(state: Vector, day: int) -> None:
    """Bring a state that slept up to the morning of `day`: weeks without an event.

    Before `daily.wake`, which moves its day on.
    """
    asleep = week_of(day) - week_of(int(state[DAY]) + 1)
    for week in range(week_of(day) - min(asleep, WEEKS), week_of(day)):
        state[SLOW_RING.start + week % WEEKS] = 0.0
    keep = MEMORY**asleep
    state[SLOW_SUM] *= keep
    state[SLOW_SPAN] = state[SLOW_SPAN] * keep + (1.0 - keep) / (1.0 - MEMORY)
    state[SLOW_WEEKS] += asleep


def roughness(cells: NDArray[np.float64]) -> Vector:
    """Give the variance over the mean of a week's count around its level, at least 1."""
    phi: Vector = np.maximum(1.0, (cells[SLOW_ROUGH] + 9.0) / (cells[SLOW_ROUGHED] + 6.0))
    return phi


def wander(cells: NDArray[np.float64]) -> Vector:
    """Give the variance of the logarithm of a month's level around the lagging one."""
    prior = WANDER_WEIGHT * WANDER * WANDER
    found: Vector = np.maximum(
        WANDER_MIN * WANDER_MIN,
        (cells[SLOW_WANDER] + prior) / (cells[SLOW_WANDERED] + WANDER_WEIGHT),
    )
    return found


def doubt(cells: NDArray[np.float64]) -> Vector:
    """Give the variance of the logarithm of the level, as an expectation of the last weeks."""
    young = np.maximum(0.0, 1.0 - cells[SLOW_SPAN] / SETTLED)
    lone = roughness(cells) / np.maximum(cells[SLOW_SUM], 1.0)
    variance: Vector = lone + wander(cells) + GROWTH * GROWTH * young
    return variance


def test(cells: NDArray[np.float64], day: int) -> Weekly:
    """Compare the last weeks up to `day`, a Sunday, with the lagging level; see `Weekly`."""
    week = week_of(day)
    phi = roughness(cells)
    known = cells[SLOW_SPAN] >= ENOUGH_WEEKS
    level = np.where(known, cells[SLOW_SUM] / np.maximum(cells[SLOW_SPAN], TINY), 0.0)
    counts = np.empty((WEEKS, cells.shape[1]))
    means = np.empty_like(counts)
    for age in range(WEEKS):
        means[age] = np.maximum(level * _weight(cells, day - WEEK * age), TINY)
        most = means[age] * 2.0 + CLIP * np.sqrt(phi * means[age])
        counts[age] = np.minimum(cells[SLOW_RING.start + (week - age) % WEEKS], most)
    ratio = counts / means
    observed = np.empty((len(WINDOW_WEEKS), cells.shape[1]))
    expected, spread, z = np.empty_like(observed), np.empty_like(observed), np.empty_like(observed)
    lone = doubt(cells)
    fresh = np.where(cells[SLOW_SINCE] == 0.0, week - cells[SLOW_AT], float(WEEKS))
    for row, size in enumerate(WINDOW_WEEKS):
        s, m = _supported(counts, means, ratio, size)
        observed[row], expected[row] = s, m
        spread[row] = phi + m * lone
        held = known & (ratio[0] - 1.0 >= NOW * (s / m - 1.0)) & (fresh >= size)
        held &= cells[SLOW_WEEKS] >= size
        z[row] = np.where(held, surplus(s, m, spread[row]), 0.0)
    return Weekly(Tested(observed, expected, spread, z), counts, means, known)


def _sum(rows: NDArray[np.float64], size: int) -> Vector:
    total: Vector = rows[0].copy()
    for age in range(1, size):
        total += rows[age]
    return total


def _supported(
    counts: NDArray[np.float64], means: NDArray[np.float64], ratio: NDArray[np.float64], size: int
) -> tuple[Vector, Vector]:
    """Add up the last weeks; the highest counts for so much as the others bear out."""
    s, m = _sum(counts, size), _sum(means, size)
    each = np.arange(s.size)
    at = np.argmax(ratio[:size], axis=0)
    tall, mean = counts[at, each], means[at, each]
    others = np.maximum((s - tall) / (m - mean) - 1.0, 0.0)
    return s - np.maximum(tall - mean * (1.0 + LONE * others), 0.0), m


def learn(cells: NDArray[np.float64], day: int, weekly: Weekly) -> None:
    """Learn noise and wander from the weeks up to `day`, and the level from the week that lags."""
    calm = cells[SLOW_SINCE] == 0.0
    counts, means, known = weekly.counts, weekly.means, weekly.steady
    phi, tau = roughness(cells), wander(cells)
    # From week to week: (y1 - y0)^2 is twice the variance, whatever the level is.
    level = np.maximum((counts[0] + counts[1]) / 2.0, 0.5)
    jump = counts[0] - counts[1]
    square = np.minimum(jump * jump / (2.0 * level), CLIP * CLIP * phi)
    weight = np.where(known & (cells[SLOW_WEEKS] > 1.0), level / (level + 1.0), 0.0)
    keep = np.where(weight > 0.0, NOISE_MEMORY, 1.0)
    cells[SLOW_ROUGH] = keep * cells[SLOW_ROUGH] + weight * square
    cells[SLOW_ROUGHED] = keep * cells[SLOW_ROUGHED] + weight
    # A month against the lagging level: what is beyond the noise is wander.
    s, m = _sum(counts, MONTH), _sum(means, MONTH)
    noise = m * phi * (1.0 + m / np.maximum(cells[SLOW_SUM], 1.0))
    off = np.minimum((s - m) * (s - m), CLIP * CLIP * (noise + tau * m * m))
    trust = np.where(known & calm, 1.0 / (noise + WANDER * WANDER * m * m), 0.0)
    keep = np.where(trust > 0.0, NOISE_MEMORY, 1.0)
    cells[SLOW_WANDER] = keep * cells[SLOW_WANDER] + trust * (off - noise) * _SCALE
    cells[SLOW_WANDERED] = keep * cells[SLOW_WANDERED] + trust * m * m * _SCALE
    old = cells[SLOW_RING.start + (week_of(day) - LAG) % WEEKS]
    factor = _weight(cells, day - WEEK * LAG)
    mean = np.where(known, means[LAG], np.inf)
    bound = mean + CLIP * np.sqrt(phi * mean + tau * mean * mean)
    learns = calm & (cells[SLOW_WEEKS] > LAG)
    keep = np.where(learns, MEMORY, 1.0)
    cells[SLOW_SUM] = keep * cells[SLOW_SUM] + np.where(learns, np.minimum(old, bound), 0.0)
    cells[SLOW_SPAN] = keep * cells[SLOW_SPAN] + np.where(learns, factor, 0.0)
    _learn_season(cells, calm)


_SCALE: Final = WANDER * WANDER
"""Makes a week of a large series weigh 1 against `WANDER_WEIGHT`."""


def _weight(cells: NDArray[np.float64], day: int) -> Vector:
    """Give what the week that `day` ends weighs: its season, and the customers there were."""
    offset = single(cells, SLOW_OFFSETS, week_of(day) % WEEKS).astype(np.float64)
    factor: Vector = season(cells, day) * np.exp(offset)
    return factor


def season(cells: NDArray[np.float64], day: int) -> Vector:
    """Give the season's factor in the week that `day` ends."""
    total = np.zeros(cells.shape[1])
    for place, value in regressors(day - WEEK // 2):
        if place >= FIRST_WAVE:
            total += single(cells, SLOW_SEASON, place - FIRST_WAVE) * np.float64(value)
    factor: Vector = np.exp(np.clip(total, -2.0, 2.0))
    return factor


def _learn_season(cells: NDArray[np.float64], calm: NDArray[np.bool_]) -> None:
    """Follow the season of the daily model slowly: a drift bends it while it is under way."""
    known = np.clip(cells[AGE] / YEAR - 1.0, 0.0, 1.0)
    for place in range(2 * WAVES):
        own = single(cells, SLOW_SEASON, place)
        goal = known * cells[BETA.start + FIRST_WAVE + place]
        own[:] = own + np.where(calm, (1.0 - MEMORY) * (goal - own), 0.0)
