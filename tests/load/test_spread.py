from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.load.spread import spread_evenly
from streams.load.times import BAD, MICRO

DAY = 86_400 * MICRO
BERLIN = ZoneInfo("Europe/Berlin")


def test_the_events_of_a_day_stand_in_the_middles_of_equal_shares() -> None:
    #  day 0:  |-----a-----|-----c-----|     day 1:  |-----------b-----------|
    days = np.array([0, DAY, 0], dtype=np.int64)
    out = (spread_evenly(days, UTC) // MICRO).tolist()
    assert sorted(out) == [21_600, 64_800, 86_400 + 43_200]
    assert out[1] == 86_400 + 43_200


def test_neighbours_in_the_file_do_not_stand_together() -> None:
    out = spread_evenly(np.zeros(1_000, dtype=np.int64), UTC) // MICRO
    hours = np.bincount(out[:100] // 3600, minlength=24)  # the first 100 rows: one company
    assert hours.max() < 12


def test_a_row_without_a_time_takes_no_share() -> None:
    days = np.array([BAD, 0, BAD], dtype=np.int64)
    assert spread_evenly(days, UTC).tolist() == [BAD, 43_200 * MICRO, BAD]


def test_a_day_is_as_long_as_the_clocks_make_it() -> None:
    start = int(datetime(2017, 3, 26, tzinfo=BERLIN).timestamp()) * MICRO  # 23 hours
    out = spread_evenly(np.array([start, start], dtype=np.int64), BERLIN)
    assert sorted(((out - start) // MICRO).tolist()) == [20_700, 62_100]


def test_a_day_that_begins_without_a_midnight_is_as_long_as_it_is() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    start = int(datetime(2017, 10, 15, tzinfo=sao_paulo).timestamp()) * MICRO  # 1 o'clock, 23 hours
    out = spread_evenly(np.array([start, start], dtype=np.int64), sao_paulo)
    assert sorted(((out - start) // MICRO).tolist()) == [20_700, 62_100]


@given(st.lists(st.integers(0, 3), min_size=1))
def test_spreading_keeps_the_day_and_gives_no_two_the_same_place(days: list[int]) -> None:
    before = np.array(days, dtype=np.int64) * DAY
    after = spread_evenly(before, UTC)
    assert before.tolist() == (after // DAY * DAY).tolist()
    for day in set(days):
        within = after[before == day * DAY]
        assert len(set(within.tolist())) == within.size
