"""Periods held against the same days of the period before, and of a year ago."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from streams.readmodel.periods import (
    A_YEAR_AGO,
    BEFORE,
    COUNT,
    Compared,
    Days,
    Number,
    PeriodRecord,
    PeriodTable,
    earlier_spans,
    name_of,
    span_of,
)

JANUARY = "2017-01-18T09:00:00Z"


def row(grain: str, period: str, clock: str = JANUARY, **numbers: int) -> PeriodRecord:
    return PeriodRecord(
        grain=grain,
        period=period,
        start="",
        end="",
        segment=None,
        tier=None,
        status="provisional",
        numbers={unit: Number(count, {"USD": count * 100}) for unit, count in numbers.items()},
        published=None,
        definitions="5f0c1a2b",
        clock=clock,
    )


def days(first: str, last: str, **numbers: int) -> list[PeriodRecord]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [
        row("day", (start + timedelta(n)).isoformat(), JANUARY, **numbers)
        for n in range((end - start).days + 1)
    ]


def ordinals(first: str, after: str) -> Days:
    return Days(date.fromisoformat(first).toordinal(), date.fromisoformat(after).toordinal())


def compared(table: PeriodTable, period: str, unit: str, currency: str = COUNT) -> list[Compared]:
    (total,) = table.rows(period)
    (line,) = (one for one in table.lines(total) if (one.unit, one.currency) == (unit, currency))
    return line.compared


@pytest.mark.parametrize(
    ("grain", "period", "first", "after"),
    [
        ("day", "2017-01-18", "2017-01-18", "2017-01-19"),
        ("week", "2017-W03", "2017-01-16", "2017-01-23"),
        ("week", "2015-W53", "2015-12-28", "2016-01-04"),
        ("month", "2016-02", "2016-02-01", "2016-03-01"),
        ("quarter", "2016-Q4", "2016-10-01", "2017-01-01"),
        ("year", "2016", "2016-01-01", "2017-01-01"),
    ],
)
def test_a_period_has_its_days_and_a_day_its_period(
    grain: str, period: str, first: str, after: str
) -> None:
    span = span_of(grain, period)
    assert span == ordinals(first, after)
    assert {name_of(grain, day) for day in range(*span)} == {period}


def test_a_month_that_is_not_over_is_held_against_as_many_days() -> None:
    whole = span_of("month", "2017-03")
    over = Days(whole.start, whole.start + 30)
    assert earlier_spans("month", whole, over) == [
        (BEFORE, ordinals("2017-02-01", "2017-03-01")),  # all that it has
        (A_YEAR_AGO, ordinals("2016-03-01", "2016-03-31")),
    ]
    assert earlier_spans("month", whole, whole)[1] == (
        A_YEAR_AGO,
        ordinals("2016-03-01", "2016-04-01"),
    )
    assert earlier_spans("year", span_of("year", "2017"), span_of("year", "2017")) == [
        (BEFORE, ordinals("2016-01-01", "2017-01-01"))
    ]


def test_days_that_are_over_are_summed_and_carried_over_by_their_number() -> None:
    """Every day has 3, so weekdays are alike; the 18th is not over."""
    table = PeriodTable(
        [*days("2016-01-01", "2017-01-17", lost=3), row("month", "2017-01", lost=51)]
    )
    before, year = compared(table, "2017-01", "lost")
    assert before == Compared(BEFORE, ordinals("2016-12-01", "2016-12-18"), 51, 51, 51.0)
    assert year == Compared(A_YEAR_AGO, ordinals("2016-01-01", "2016-01-18"), 51, 51, 51.0)


def test_whole_months_of_other_lengths_are_carried_over_by_what_weekdays_have() -> None:
    """On Mondays 7 are lost, else nobody: October 2016 has five, November four."""
    mondays = [one for one in days("2015-12-01", "2017-01-17") if _weekday(one) == 0]
    for one in mondays:
        one.numbers["lost"] = Number(7, {"USD": 700})
    months = [row("month", "2016-10", lost=35), row("month", "2016-11", lost=28)]
    table = PeriodTable([*mondays, *months])
    (before,) = compared(table, "2016-11", "lost")
    assert (before.now, before.value) == (28, 35)
    assert before.expected == pytest.approx(28, abs=0.6)  # a little belief in equal weekdays
    (money,) = compared(table, "2016-11", "lost", "USD")
    assert money.expected == pytest.approx(2800, abs=60)


def _weekday(one: PeriodRecord) -> int:
    return date.fromisoformat(one.period).weekday()


def test_stocks_are_those_of_the_last_day_and_not_carried_over() -> None:
    table = PeriodTable(
        [
            *days("2016-12-01", "2016-12-31", closing=40, opening=41),
            *days("2017-01-01", "2017-01-17", closing=50, opening=49),
            row("month", "2017-01", closing=50, opening=49),
        ]
    )
    (closing,) = compared(table, "2017-01", "closing")
    assert (closing.now, closing.value, closing.expected) == (50, 40, 40.0)
    (opening,) = compared(table, "2017-01", "opening")
    assert (opening.now, opening.value, opening.expected) == (49, 41, 41.0)


def test_moves_are_compared_by_months_alone_and_unknown_days_not_at_all() -> None:
    table = PeriodTable(
        [
            *days("2016-12-01", "2017-01-17", moved_in=1),
            row("month", "2016-12", moved_in=5),
            row("month", "2017-01", moved_in=9, revenue=4),
        ]
    )
    assert compared(table, "2017-01", "moved_in") == []  # the month is not over
    assert compared(table, "2017-01", "revenue") == []
    over = PeriodTable(
        [
            row("month", "2016-12", moved_in=5),
            row("month", "2017-01", "2017-02-01T00:00:00Z", moved_in=9),
        ]
    )
    (moved,) = compared(over, "2017-01", "moved_in")
    assert (moved.now, moved.value, moved.expected) == (9, 5, 5.0)
