"""The level of the daily model: it is taken to stay until its residual says that it moves."""

from __future__ import annotations

import numpy as np
import pytest

from streams.core.detect import Tuning
from streams.core.detect.daily import model
from streams.core.detect.state_matrix import FIELDS, MU, Q

TUNING = Tuning()
YEAR, WEEKS = 52 * 7, 8 * 7


def after(days: np.ndarray) -> np.ndarray:
    """The states of series (a row each) whose counts these were, a column a day."""
    state = np.zeros(FIELDS)
    model.born(state, 0, TUNING)
    cells = np.repeat(state[:, np.newaxis], len(days), axis=1)
    for day, counts in enumerate(days.T):
        model.test(cells, day, counts)
        model.learn(cells, day, counts)
        model.turn(cells, day, counts, TUNING)
    return cells


@pytest.mark.slow
def test_a_level_that_stays_is_known_ever_better() -> None:
    counts = np.random.default_rng(1).poisson(20.0, (20, 3 * YEAR)).astype(float)
    first, last = after(counts[:, :YEAR]), after(counts)
    assert np.median(last[Q]) < 0.75 * np.median(first[Q])
    assert np.median(last[Q]) < 0.003
    assert np.abs(np.log(last[MU] / 20.0)).mean() < 0.04


@pytest.mark.slow
def test_a_level_that_moved_for_good_is_caught_up_with_in_weeks() -> None:
    source = np.random.default_rng(2)
    before, since = source.poisson(20.0, (20, 2 * YEAR)), source.poisson(27.0, (20, WEEKS))
    cells = after(np.concatenate((before, since), axis=1).astype(float))
    assert np.exp(np.log(cells[MU]).mean()) > 25.0


@pytest.mark.slow
def test_of_a_rare_series_what_is_off_for_weeks_is_not_taken_for_its_level() -> None:
    source = np.random.default_rng(3)
    before, since = source.poisson(1.0, (200, 2 * YEAR)), source.poisson(2.0, (200, 42))
    cells = after(np.concatenate((before, since), axis=1).astype(float))
    assert cells[MU].mean() < 1.35
