"""Month over month and year over year: what the calendar alone does is no change."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from streams.core.event_time.comparison import Comparison, compare, profile

DAY = 86400
EPOCH = date(1970, 1, 1)


def number(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def days(first: str, last: str, week: tuple[int, ...] = (10,) * 7) -> dict[int, int]:
    """Days with a count for each weekday, Monday first."""
    return {
        day: week[(day + 3) % 7]
        for day in range(number(first), number(last))
        if week[(day + 3) % 7]
    }


def by_kind(counts: dict[int, int], today: str, first: str = "2014-01-01") -> dict[str, Comparison]:
    return {one.kind: one for one in compare(counts, number(today), number(first))}


def test_february_has_fewer_days_than_march_and_that_is_no_rise() -> None:
    found = by_kind(days("2014-01-01", "2015-04-10"), "2015-04-10")["month"]
    assert (found.count, found.before) == (310, 280)
    assert found.expected == pytest.approx(310, abs=0.5)
    assert found.change == pytest.approx(0.0, abs=0.002)


def test_a_month_with_five_mondays_has_more_and_that_is_no_rise() -> None:
    """June 2015 begins on a Monday and has five of them; May has four, and one day more."""
    busy = days("2014-01-01", "2015-07-03", (100, 10, 10, 10, 10, 0, 0))
    found = by_kind(busy, "2015-07-03")["month"]
    assert (found.count, found.before) == (5 * 110 + 12 * 10, 4 * 130 + 5 * 10)
    assert found.change == pytest.approx(0.0, abs=0.01)
    assert found.count / found.before > 1.08


def test_a_rise_is_reported_in_events_and_in_per_cent() -> None:
    counts = days("2014-01-01", "2015-03-01")
    counts |= days("2015-03-01", "2015-04-01", (13,) * 7)
    found = by_kind(counts, "2015-04-01")
    assert found["month"].change == pytest.approx(0.3, abs=0.01)
    assert found["month"].count - found["month"].expected == pytest.approx(93, abs=2)
    assert found["month_year"].change == pytest.approx(0.3, abs=0.01)
    assert found["28d"].count == 28 * 13
    assert found["28d"].before == 25 * 10 + 3 * 13


def test_the_month_to_date_is_compared_with_as_many_days() -> None:
    found = by_kind(days("2014-01-01", "2015-03-30"), "2015-03-30")
    to_date = found["to_date"]
    assert (to_date.count, to_date.before) == (290, 280)  # February has no 29th
    assert to_date.change == pytest.approx(0.0, abs=0.002)
    assert found["to_date_year"].before_start == number("2014-03-01") * DAY
    assert found["to_date_year"].before_end == number("2014-03-30") * DAY


def test_on_the_first_of_a_month_there_is_no_month_to_date() -> None:
    assert set(by_kind(days("2014-01-01", "2016-03-01"), "2016-03-01")) == {
        "28d",
        "28d_year",
        "month",
        "month_year",
    }


def test_the_day_that_is_not_over_does_not_count() -> None:
    counts = days("2014-01-01", "2015-03-11")
    counts[number("2015-03-10")] = 10_000
    for one in by_kind(counts, "2015-03-10").values():
        assert one.end <= number("2015-03-10") * DAY
        assert one.count < 1000


def test_what_is_not_known_is_not_compared() -> None:
    found = by_kind(days("2015-01-20", "2015-03-20"), "2015-03-20", "2015-01-20")
    assert set(found) == {"28d", "to_date"}
    assert by_kind({}, "2015-03-20", "2015-03-10") == {}


def test_28_days_are_the_same_weekdays_whichever_they_are() -> None:
    source = np.random.default_rng(1)
    counts = {
        day: int(source.poisson(9)) for day in range(number("2014-01-01"), number("2015-09-09"))
    }
    found = by_kind(counts, "2015-09-09")
    for kind in ("28d", "28d_year"):
        assert found[kind].expected == pytest.approx(found[kind].before)
    assert found["28d"].start - found["28d_year"].before_start == 364 * DAY


def test_after_nothing_there_is_no_per_cent() -> None:
    found = by_kind(days("2015-03-01", "2015-04-01"), "2015-04-01", "2014-01-01")["month"]
    assert (found.before, found.change) == (0, None)
    assert found.sentence == "March 2015: 310, after 0 in February 2015."


def test_of_few_a_change_is_told_in_numbers_and_not_in_percent() -> None:
    counts = {number("2015-02-10"): 1, number("2015-03-10"): 12}
    month = by_kind(counts, "2015-04-01", "2014-01-01")["month"]
    assert month.change is not None
    assert month.change > 9
    assert month.sentence == (
        "March 2015: 12, 11 more than for its days and weekdays after 1 in February 2015."
    )


def test_the_sentences() -> None:
    counts = days("2014-01-01", "2015-03-01") | days("2015-03-01", "2015-04-11", (13,) * 7)
    found = by_kind(counts, "2015-04-11")
    assert found["month"].sentence == (
        "March 2015: 403, 93 more (+30%) than for its days and weekdays after 280 in February 2015."
    )
    assert found["to_date"].sentence == (
        "2015-04-01 to 2015-04-10: 130, as many as for its days and weekdays after 130 from "
        "2015-03-01 to 2015-03-10."
    )


def test_a_profile_of_little_is_nearly_flat() -> None:
    one = profile({number("2015-03-09"): 1}, number("2015-03-16"), number("2015-03-02"))
    assert sum(one) == pytest.approx(7)
    assert max(one) < 1.5
