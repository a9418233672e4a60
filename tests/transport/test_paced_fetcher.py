"""How long a broker waits with its answer: until a moment before the next mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.settings import Settings
from streams.transport.client.paced_fetcher import AHEAD, EVERY, wait_ms

MARK = 1_700_000_000.0


@given(st.floats(MARK, MARK + 10))
def test_an_answer_comes_before_a_mark_and_never_late_by_more_than_a_few_milliseconds(
    wall: float,
) -> None:
    answered = wall + wait_ms(wall) / 1000
    assert 0 < wait_ms(wall) <= EVERY * 1000 + 1
    assert (answered + AHEAD) % EVERY == pytest.approx(0, abs=0.002)


def test_the_answer_before_a_flush_leaves_time_to_count_what_it_has() -> None:
    interval = Settings().worker.flush_interval
    assert interval % EVERY == 0
    asked = MARK + interval - EVERY
    answered = asked + wait_ms(asked) / 1000
    assert MARK + interval - 2 * AHEAD < answered < MARK + interval
