"""How much a series comes in clumps is told of its hours, not of how little is known of them."""

from __future__ import annotations

import numpy as np
import pytest

from streams.core.detect.intraday import clumping, diurnal_profile, hours
from streams.core.detect.state_matrix import FIELDS, HOUR, HOURS, QUARTERS
from streams.core.detect.tuning import Tuning

SERIES = 200
FIRST = 17_000


def scatter(rate: float, days: int, clump: int = 1, width: int = HOURS) -> float:
    """Give the variance over the mean that such series are believed to have, on average.

    They have `rate` events a day, in clumps of so many, in `width` open hours.
    """
    dice, slots = np.random.default_rng(4), np.arange(SERIES)
    cells, normal = np.zeros((FIELDS, SERIES)), np.ones(SERIES, dtype=bool)
    open_quarters = (np.arange(QUARTERS) < width * hours.AN_HOUR)[:, np.newaxis]
    mean = rate / clump / (width * hours.AN_HOUR)
    for day in range(FIRST, FIRST + days):
        counts = clump * dice.poisson(mean * open_quarters, (QUARTERS, SERIES))
        hours.write_ring(cells, slots, counts.astype(np.float32))
        cells[HOUR] = day * HOURS + HOURS - 1
        quarters = diurnal_profile.profile(cells, slots, day, Tuning()).quarters
        diurnal_profile.learn(cells, slots, day, quarters, normal)
    return float(clumping.clustering(cells, slots, hours.in_hours(hours.seen(cells, slots))).mean())


@pytest.mark.parametrize("rate", [3.0, 10.0, 30.0])
@pytest.mark.parametrize("width", [2, 8, 24])
def test_a_small_series_whose_events_come_one_by_one_is_not_clumped(
    rate: float, width: int
) -> None:
    assert scatter(rate, 49, width=width) < 1.05


@pytest.mark.parametrize("rate", [10.0, 100.0])
def test_one_whose_events_come_four_at_a_time_is(rate: float) -> None:
    assert scatter(rate, 49, clump=4) > 2.5
