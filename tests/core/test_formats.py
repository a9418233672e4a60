from __future__ import annotations

import pytest

from schemas.wire import stamp
from streams.core.event_time.formats import day, day_or_minute, minute, minute_of, utc

MORNING = 1_484_791_200
"""2017-01-19, two o'clock."""


def test_a_time_is_written_to_the_day_or_to_the_minute_in_utc() -> None:
    assert day(utc(MORNING)) == "2017-01-19"
    assert minute(utc(MORNING + 59.9)) == "2017-01-19 02:00"


def test_a_time_of_the_wire_reads_as_the_same_minute() -> None:
    assert minute_of(stamp(MORNING + 59)) == minute(utc(MORNING + 59))


@pytest.mark.parametrize(
    ("seconds", "between", "text"),
    [
        (MORNING, " ", "2017-01-19 02:00"),
        (MORNING, " at ", "2017-01-19 at 02:00"),
        (MORNING - 7_200, " at ", "2017-01-19"),
        (MORNING - 7_140, " ", "2017-01-19 00:01"),
    ],
)
def test_midnight_is_written_as_the_day(seconds: int, between: str, text: str) -> None:
    assert day_or_minute(utc(seconds), between) == text
