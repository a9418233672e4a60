"""What is usual of some hours, and what is a gap: by the same hours of the weeks before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.weeks import GAP_SHARE, MIN_MISSING, Weeks

DAYS = 36
MONDAY = 4 * DAY
"""The first day: 1970-01-05."""
LAST = MONDAY + (DAYS - 1) * DAY
OPEN = range(9, 17)


def office(
    rate: int = 5, days: range = range(5)
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """So many an hour on weekdays from nine to five; the last day is a Monday."""
    counts = np.zeros((DAYS, 24), dtype=np.int64)
    for day in range(DAYS):
        if day % 7 in days:
            counts[day, 9:17] = rate
    return counts


def gap(counts: np.ndarray[tuple[int, int], np.dtype[np.int64]], start: int, end: int) -> object:
    """Find the gap before an hour of the last day; as its days and hours from the last."""
    found = Weeks(MONDAY, counts.reshape(-1)).gap(LAST + start * HOUR, LAST + end * HOUR)
    if found is None:
        return None
    first, last = ((at - LAST) // HOUR for at in (found.start, found.end))
    return first, last, found.observed, found.usual


@pytest.mark.parametrize("start", [9, 12, 16])
def test_a_night_and_a_weekend_in_which_nothing_ever_comes_are_none(start: int) -> None:
    assert gap(office(), start, start + 1) is None


def test_a_day_that_is_open_as_a_rule_is_one_by_its_open_hours() -> None:
    counts = office()
    counts[DAYS - 4] = 0  # Friday
    assert gap(counts, 9, 10) == (-3 * 24 + 9, -3 * 24 + 17, 0, 40)


def test_a_spike_in_two_of_the_weeks_before_makes_nothing_more_usual() -> None:
    counts = office()
    for week in (2, 3):
        counts[DAYS - 1 - 7 * week : DAYS - 7 * week, 9:17] = 300
    counts[DAYS - 1, 9:12] = 3
    assert gap(counts, 12, 13) is None
    assert Weeks(MONDAY, counts.reshape(-1)).usual(LAST + 9 * HOUR, LAST + 12 * HOUR, LAST) == 15


def test_a_holiday_in_the_weeks_before_leaves_what_is_usual() -> None:
    counts = office()
    counts[DAYS - 8] = 0
    assert Weeks(MONDAY, counts.reshape(-1)).usual(LAST + 9 * HOUR, LAST + 12 * HOUR, LAST) == 15


@pytest.mark.parametrize("shift", [-1, 1])
def test_doors_that_close_and_open_with_a_clock_that_was_changed_are_none(shift: int) -> None:
    counts = office(30)
    counts[DAYS - 4 :] = np.roll(counts[DAYS - 4 :], shift, axis=1)
    for start in range(8, 19):
        assert gap(counts, start, start + 1) is None


def test_stray_events_end_no_gap_and_what_goes_on_before_is_no_part_of_it() -> None:
    counts = np.full((DAYS, 24), 5, dtype=np.int64)
    counts[DAYS - 2, 6:] = 0
    counts[DAYS - 1, :7] = 0
    counts[DAYS - 1, 2] = 2
    assert gap(counts, 7, 8) == (-18, 7, 2, 125)


def test_it_may_have_ended_up_to_a_day_before_and_no_earlier() -> None:
    counts = np.full((DAYS, 24), 5, dtype=np.int64)
    counts[DAYS - 3, 8:20] = 0
    assert gap(counts[:-1], -4, -3) == (-40, -28, 0, 60)
    assert gap(counts, 9, 10) is None


def test_days_whose_events_lie_at_one_instant_have_no_hours() -> None:
    counts = np.zeros((DAYS, 24), dtype=np.int64)
    counts[:, 0] = 200
    assert gap(counts, 0, 24) is None
    counts[DAYS - 3 : DAYS - 1] = 0
    assert gap(counts, 0, 24) == (-48, 0, 0, 400)


@pytest.mark.parametrize("since", [1, 2, 3, 8])
def test_a_file_that_goes_from_times_to_days_is_no_gap(since: int) -> None:
    counts = office(25)
    for day in range(DAYS - since, DAYS):
        counts[day] = [counts[day].sum()] + [0] * 23
    for start in range(10):
        assert gap(counts, start, start + 1) is None


def test_two_weeks_are_needed_to_know_what_is_usual() -> None:
    counts = office()
    for days in (8, 15):
        weeks = Weeks(MONDAY, counts[-days:].reshape(-1))
        last = MONDAY + (days - 1) * DAY
        usual = weeks.usual(last + 9 * HOUR, last + 12 * HOUR, last)
        assert usual == (15 if days > 14 else None)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_gap_can_be_counted_again(data: st.DataObject) -> None:
    dice = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    shape = dice.choice([0.0, 0.2, 3.0, 12.0], size=24)
    counts = dice.poisson(np.tile(shape, (DAYS, 1)))
    begun, lasted = dice.integers(1, 60), dice.integers(1, 80)
    flat = counts.reshape(-1)
    now = (DAYS - 1) * 24 + int(dice.integers(0, 24))
    flat[max(0, now - begun - lasted) : now - begun + 40][:lasted] = 0
    found = Weeks(MONDAY, flat).gap(MONDAY + now * HOUR, MONDAY + (now + 1) * HOUR)
    if found is None:
        return
    first, last = ((at - MONDAY) // HOUR for at in (found.start, found.end))
    like = [
        flat[first - back : last - back].sum()
        for back in range(168, 168 * 6, 168)
        if first - back >= 0 and last - back <= first
    ]
    assert found.observed == flat[first:last].sum()
    assert found.usual == sorted(like)[(len(like) - 1) // 2]
    assert found.observed <= GAP_SHARE * found.usual
    assert found.missing >= MIN_MISSING
    assert last <= now
