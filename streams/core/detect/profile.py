"""The profile of the day: which part of a day's events each hour of it has.

The idea: the hours of past days are added up, slowly forgotten and smoothed, leaning to a flat day
while little is known. How far the hours of a day scatter around it tells how much a series comes in
clusters (nightly imports); how many pairs of events fall into the same 5 minutes, against those
that chance would put there out of the pairs of an hour, tells of shorter ones (a file every hour).
Days with an alarm teach nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.buckets import BASE
from streams.core.buckets import HOUR as HOUR_SECONDS
from streams.core.detect.bank import (
    CLUSTER,
    CLUSTERED,
    COUNTS,
    HOUR,
    HOURS,
    MU,
    MU_BEFORE,
    PAIRED,
    PAIRS,
    PROFILE,
    RING,
    Q,
)
from streams.core.detect.daily import TINY, dispersion
from streams.core.detect.deviance import Tested, surplus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.bank import Slots, Vector
    from streams.core.detect.tuning import Tuning

AGES: Final = np.arange(HOURS)[:, np.newaxis]
CLUSTER_PRIOR: Final = 10.0 * (HOURS - 1)
PAIRS_PRIOR: Final = 24.0
"""Events that come without clusters."""
SLICES: Final = HOUR_SECONDS // BASE
FORGET: Final = 0.99


class Profile(NamedTuple):
    """What part of a day falls into each hour of it (24 rows, a column a series).

    `known` is the events that it rests on, the flat prior among them.
    """

    share: NDArray[np.float64]
    known: Vector


def clustering(cells: NDArray[np.float64], slots: Slots) -> Vector:
    """Give the variance over the mean of a count within its day, at least 1.

    That of hours in the day, or of 5 minutes in the hour, whichever is larger. Of n events spread
    over an hour with a variance of phi times the mean, n (phi - 1) 11/12 pairs are beyond chance.
    """
    hours = (cells[CLUSTER, slots] + CLUSTER_PRIOR) / (cells[CLUSTERED, slots] + CLUSTER_PRIOR)
    events = np.add.accumulate(cells[PROFILE].take(slots, axis=1), axis=0)[-1] + PAIRS_PRIOR
    minutes = 1.0 + cells[PAIRED, slots] / events * (SLICES / (SLICES - 1.0))
    phi: Vector = np.maximum(1.0, np.maximum(hours, minutes))
    return phi


def profile(seen: NDArray[np.float64], tuning: Tuning) -> Profile:
    """Give the profile that the hours seen (24 rows) amount to.

    Each hour leans on its neighbours, and no hour is believed to be quieter than a part of a flat
    one: clocks change, shifts move, and nothing is as surprising as an event at a dead hour.
    """
    around = np.concatenate((seen[-1:], seen, seen[:1]))
    smooth = (around[:-2] + 2.0 * seen + around[2:]) / 4.0 + tuning.hour_prior / HOURS
    known = np.add.accumulate(smooth, axis=0)[-1]
    share = np.maximum(smooth / known, tuning.hour_floor / HOURS)
    return Profile(share / np.add.accumulate(share, axis=0)[-1], known)


def note(
    cells: NDArray[np.float64], slots: Slots, hour: int, counts: Vector, pairs: Vector
) -> None:
    """Add counts of `hour` (hours since the epoch) to the last 24 hours of `slots`.

    `pairs` is the sum of n (n - 1) over the 5 minutes that the counts are from.
    """
    ring = last_hours(cells, slots, hour)
    # Whole numbers: what comes out must not depend on how many buckets are noted together.
    cells[PAIRS, slots] += SLICES * pairs - counts * (2.0 * ring[0] + counts - 1.0)
    ring[0] += counts
    order = (hour - np.arange(HOURS)) % HOURS
    cells[(RING.start + order)[:, np.newaxis], slots] = ring
    cells[HOUR, slots] = hour


def last_hours(cells: NDArray[np.float64], slots: Slots, hour: int) -> NDArray[np.float64]:
    """Give the counts of the last 24 hours, `hour` first."""
    ring = cells[RING].take(slots, axis=1)[(hour - np.arange(HOURS)) % HOURS]
    gone = hour - cells[HOUR, slots]
    counts: NDArray[np.float64] = np.where(gone <= AGES, ring, 0.0)
    return counts


def last_day(cells: NDArray[np.float64], slots: Slots, hour: int, tuning: Tuning) -> Tested:
    """Hold the 24 hours up to the end of `hour` (hours since the epoch) against the expectation."""
    share = profile(cells[PROFILE].take(slots, axis=1), tuning).share
    state, here = cells[: COUNTS.start].take(slots, axis=1), hour % HOURS
    today = np.arange(HOURS)[:, np.newaxis] <= here
    daily = np.where(today, state[MU], state[MU_BEFORE])
    observed = np.add.accumulate(last_hours(cells, slots, hour), axis=0)[-1:]
    expected = np.maximum(np.add.accumulate(share * daily, axis=0)[-1:], TINY)
    spread = np.maximum(clustering(cells, slots), dispersion(state)) + expected * state[Q]
    return Tested(observed, expected, spread, surplus(observed, expected, spread))


def learn(
    cells: NDArray[np.float64], slots: Slots, day: int, normal: NDArray[np.bool_], tuning: Tuning
) -> None:
    """Learn the profile of `day` from the series that had events on it and no alarm."""
    last = cells[HOUR, slots]
    ring = cells[RING].take(slots, axis=1)
    age = last - (last - AGES) % HOURS  # when each hour of the ring was written
    today = np.where(age >= day * HOURS, ring, 0.0)
    seen = cells[PROFILE].take(slots, axis=1)
    total = np.add.accumulate(today, axis=0)[-1]
    mean = np.maximum(total * profile(seen, tuning).share, TINY)
    square = np.add.accumulate((today - mean) * (today - mean) / mean, axis=0)[-1]
    weight = np.where(normal, np.maximum(total - 1.0, 0.0) / (total + 5.0), 0.0)
    cells[CLUSTER, slots] = FORGET * cells[CLUSTER, slots] + weight * square
    cells[CLUSTERED, slots] = FORGET * cells[CLUSTERED, slots] + weight * (HOURS - 1)
    fade = np.where(normal, FORGET, 1.0)
    paired = np.where(normal, cells[PAIRS, slots] / SLICES, 0.0)
    cells[PAIRED, slots] = fade * cells[PAIRED, slots] + paired
    cells[PAIRS, slots] = 0.0
    rows = np.arange(PROFILE.start, PROFILE.stop)[:, np.newaxis]
    cells[rows, slots] = seen * fade + np.where(normal, today, 0.0)
