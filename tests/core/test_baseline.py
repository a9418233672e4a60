"""The day of the series that are looked at, worked out with others or alone."""

import numpy as np
import pytest

from streams.core.detect.intraday import baseline, hours
from streams.core.detect.intraday.baseline import Baseline
from streams.core.detect.state_matrix import FIELDS, MU, Q
from streams.core.detect.tuning import Tuning
from streams.core.event_time.buckets import DAY as DAY_SECONDS

DAY = 19_000
SERIES = 40


def states() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Series that differ in level, doubt and hours."""
    rng = np.random.default_rng(1)
    cells = np.zeros((FIELDS, SERIES))
    cells[MU], cells[Q] = rng.gamma(2.0, 3.0, SERIES), rng.gamma(2.0, 0.1, SERIES)
    seen = rng.gamma(0.5, 40.0, (96, SERIES)).astype(np.float32)
    hours.write_seen(cells, np.arange(SERIES), seen)
    return cells


def expected(today: Baseline, columns: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[float]:
    """Return what is expected by a quarter past noon."""
    none = np.zeros(columns.size)
    by: list[float] = today.expected(columns, none, none + 0.51 * DAY_SECONDS)[0].tolist()
    return by


@pytest.mark.parametrize("at_once", [0, 7, 512])
def test_that_a_series_is_worked_out_with_others_changes_nothing(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "AT_ONCE", at_once)
    cells, every = states(), np.arange(SERIES)
    together, alone = Baseline(Tuning()), Baseline(Tuning())
    wanted = expected(together, together.cover(cells, every, DAY))
    some = [np.array(slots) for slots in ([30], [3, 4], [39], [0, 30, 12])]
    found = [expected(alone, alone.cover(cells, slots, DAY)) for slots in some]
    assert found == [[wanted[slot] for slot in slots] for slots in some]
    assert expected(alone, alone.cover(cells, every, DAY)) == wanted


def test_a_series_that_is_new_is_worked_out_and_a_new_day_begins_for_all() -> None:
    cells = states()
    today = Baseline(Tuning())
    before = expected(today, today.cover(cells[:, :30], np.array([1]), DAY))
    new = expected(today, today.cover(cells, np.array([1, 35]), DAY))
    assert new[0] == before[0]
    cells[MU] *= 2.0
    assert expected(today, today.cover(cells, np.array([1, 35]), DAY)) == new
    today.begin()
    assert expected(today, today.cover(cells, np.array([1, 35]), DAY)) == pytest.approx(
        [2.0 * one for one in new]
    )
