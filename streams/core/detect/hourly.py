"""The hourly test: is the day already running away?

The idea: an hour's expectation is the day's, shared out by the profile of the day that the series
has shown (leaning to a flat one while little is known). The last 1, 2, 3, 6, 12 and 24 hours are
tested against it. Only series with an event in the hour are looked at; the others cannot have got
more surprising. A series that comes in clusters (nightly imports) teaches its own dispersion.
Not for telling slow rises: the daily test does that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.detect.bank import (
    CALMED,
    CLUSTER,
    CLUSTERED,
    HOUR,
    HOURS,
    MU,
    MU_BEFORE,
    PROFILE,
    RING,
    Q,
)
from streams.core.detect.daily import TINY, dispersion
from streams.core.detect.deviance import Tested, surplus
from streams.core.detect.tuning import WINDOW_HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.bank import Slots, Vector
    from streams.core.detect.tuning import Tuning

AGES = np.arange(HOURS)[:, np.newaxis]
ROWS = np.array(WINDOW_HOURS) - 1
SPAN = np.array(WINDOW_HOURS)[:, np.newaxis]
CLUSTER_PRIOR = 10.0 * (HOURS - 1)
FORGET = 0.99


def clustering(cells: NDArray[np.float64]) -> Vector:
    """Give the variance over the mean of an hour's count within its day, at least 1."""
    phi: Vector = np.maximum(
        1.0, (cells[CLUSTER] + CLUSTER_PRIOR) / (cells[CLUSTERED] + CLUSTER_PRIOR)
    )
    return phi


def test(
    cells: NDArray[np.float64], slots: Slots, hour: int, counts: Vector, tuning: Tuning
) -> Tested:
    """Note the counts of `hour` (hours since the epoch) for `slots` and test their windows."""
    place = hour % HOURS
    order = (place - np.arange(HOURS)) % HOURS  # by age
    state = np.take(cells[: RING.start], slots, axis=1)
    ring = np.take(cells[RING], slots, axis=1)[order]
    ring = np.where(hour - state[HOUR] <= AGES, ring, 0.0)
    ring[0] = counts
    cells[(RING.start + order)[:, np.newaxis], slots] = ring
    cells[HOUR, slots] = hour
    share, seen = _shares(np.take(cells[PROFILE], slots, axis=1), tuning)
    share, seen = share[order], seen[order]
    daily = np.where(place >= AGES, state[MU], state[MU_BEFORE])
    observed = np.add.accumulate(ring, axis=0)[ROWS]
    expected = np.maximum(np.add.accumulate(share * daily, axis=0)[ROWS], TINY)
    known = np.add.accumulate(seen, axis=0)[ROWS]
    swing = (dispersion(state) - 1.0) / np.maximum(state[MU], 1.0)  # a whole day's, shared
    spread = clustering(state) + expected * (state[Q] + 1.0 / known + swing)
    z = surplus(observed, expected, spread)
    fresh = hour + 1 - state[CALMED] / 3600.0 >= SPAN
    return Tested(observed, expected, spread, np.where(fresh, z, 0.0))


def _shares(
    profile: NDArray[np.float64], tuning: Tuning
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each hour's share of a day, and the events it rests on.

    Each hour leans on its neighbours, and no hour is believed to be quieter than a part of a flat
    one: clocks change, shifts move, and nothing is as surprising as an event at a dead hour.
    """
    around = np.concatenate((profile[-1:], profile, profile[:1]))
    seen = (around[:-2] + 2.0 * profile + around[2:]) / 4.0 + tuning.hour_prior / HOURS
    total = np.add.accumulate(seen, axis=0)[-1]
    return np.maximum(seen / total, tuning.hour_floor / HOURS), seen


def learn(
    cells: NDArray[np.float64], slots: Slots, day: int, normal: NDArray[np.bool_], tuning: Tuning
) -> None:
    """Learn the profile of `day` from the series that had events on it and no alarm."""
    state = np.take(cells[: RING.start], slots, axis=1)
    ring = np.take(cells[RING], slots, axis=1)
    age = state[HOUR] - (state[HOUR] - AGES) % HOURS  # when each hour of the ring was written
    today = np.where(age >= day * HOURS, ring, 0.0)
    seen = np.take(cells[PROFILE], slots, axis=1)
    total = np.add.accumulate(today, axis=0)[-1]
    share, _ = _shares(seen, tuning)
    mean = np.maximum(total * share, TINY)
    square = np.add.accumulate((today - mean) * (today - mean) / mean, axis=0)[-1]
    weight = np.where(normal, np.maximum(total - 1.0, 0.0) / (total + 5.0), 0.0)
    cells[CLUSTER, slots] = FORGET * state[CLUSTER] + weight * square
    cells[CLUSTERED, slots] = FORGET * state[CLUSTERED] + weight * (HOURS - 1)
    fade = np.where(normal, FORGET, 1.0)
    rows = np.arange(PROFILE.start, PROFILE.stop)[:, np.newaxis]
    cells[rows, slots] = seen * fade + np.where(normal, today, 0.0)
