from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.event_time.watermark import NEVER, Watermark

DAY = 86400


def test_follows_the_latest_event() -> None:
    mark = Watermark(jump=DAY)
    for time in (1000, 3000, 2000):
        mark.see(time)
    assert mark.at == 3000


def test_one_event_far_ahead_does_not_push_it() -> None:
    mark = Watermark(jump=DAY)
    for time in (1000, 1000 + 9 * DAY, 1010, 1000 + 8 * DAY, 1020):
        mark.see(time)
    assert mark.at == 1020


def test_three_in_a_row_do() -> None:
    mark = Watermark(jump=DAY)
    for time in (1000, 1000 + 9 * DAY, 1000 + 8 * DAY, 1000 + 10 * DAY):
        mark.see(time)
    assert mark.at == 1000 + 8 * DAY


@given(st.lists(st.integers(1, 10**10)))
def test_never_goes_back(times: list[int]) -> None:
    mark = Watermark(jump=DAY)
    reached = NEVER
    for time in times:
        mark.see(time)
        assert mark.at >= reached
        reached = mark.at
