"""Holidays: known from a calendar if a country is set, learned from the series if not."""

from __future__ import annotations

import datetime as dt

import pytest

from streams.core.detect import Reading, RiseDetector
from streams.core.event_time.calendar import Calendar, calendar_of, ordinary

DAY = 86400
FIRST = 14_610  # 2010-01-01


def day_of(text: str) -> int:
    return (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days


def test_a_country_has_holidays_and_its_parts_have_their_own() -> None:
    england, scotland = calendar_of("GB", "ENG"), calendar_of("GB", "SCT")
    assert england(day_of("2026-12-25"))
    assert england(day_of("2026-04-06"))  # Easter Monday
    assert not scotland(day_of("2026-04-06"))
    assert not england(day_of("2026-12-24"))


def test_without_a_country_no_day_is_a_holiday() -> None:
    assert calendar_of(None) is ordinary
    assert not ordinary(day_of("2026-12-25"))


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(ValueError, match="no holidays are known for XX"):
        calendar_of("XX")


def rises(counts: list[int], calendar: Calendar = ordinary) -> list[Reading]:
    detector = RiseDetector(calendar=calendar)
    return [
        reading
        for day, count in enumerate(counts, FIRST)
        for reading in detector.close("1d", day * DAY, {"s": count} if count else {})
        if reading.status == "raised"
    ]


@pytest.mark.slow
def test_what_holidays_double_is_no_rise_where_they_are_known() -> None:
    england = calendar_of("GB", "ENG")
    counts = [80 if england(FIRST + n) else 40 for n in range(4 * 365)]
    year = (FIRST + 3 * 365) * DAY
    assert [r for r in rises(counts, england) if r.start >= year] == []
    assert [r for r in rises(counts) if r.start >= year] != []


@pytest.mark.slow
def test_an_office_that_makes_up_for_closed_days_learns_so_without_a_calendar() -> None:
    england = calendar_of("GB", "ENG")
    counts, behind = [], 0
    for day in range(FIRST, FIRST + 4 * 365):
        closed = (day + 3) % 7 >= 5  # Saturday and Sunday
        if england(day) and not closed:
            counts.append(0)
            behind = 30
        else:
            counts.append(0 if closed else 60 + behind)
            behind = behind if closed else 0
    late = (FIRST + 2 * 365) * DAY
    assert [r for r in rises(counts) if r.start >= late] == []
    busy = [*counts[:-7], *(3 * count for count in counts[-7:])]
    assert [r for r in rises(busy) if r.start >= late]


@pytest.mark.slow
def test_a_day_that_comes_back_every_year_on_its_weekday_is_expected_after_some_years() -> None:
    counts = [20] * (7 * 364)
    for year in range(7):
        counts[year * 364 + 200] = 60
    told = {(r.start // DAY - FIRST) // 364 for r in rises(counts)}
    assert min(told) == 0
    assert max(told) <= 2
