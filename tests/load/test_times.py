from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from streams.load.errors import LoadError
from streams.load.times import BAD, MICRO, TimeParser, zone


def seconds(parser: TimeParser, *cells: object) -> list[float | None]:
    return [None if at == BAD else at / MICRO for at in parser.parse(cells)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2017-01-18", "2017-01-18T00:00:00+00:00"),
        ("2017/01/18", "2017-01-18T00:00:00+00:00"),
        (" 2017-01-18T09:30:00 ", "2017-01-18T09:30:00+00:00"),
        ("2017-01-18 09:30", "2017-01-18T09:30:00+00:00"),
        ("2017-01-18T09:30:00Z", "2017-01-18T09:30:00+00:00"),
        ("2017-01-18T09:30:00.25-05:00", "2017-01-18T09:30:00.250000-05:00"),
        (date(2017, 1, 18), "2017-01-18T00:00:00+00:00"),
        (datetime(2017, 1, 18, 9), "2017-01-18T09:00:00+00:00"),  # noqa: DTZ001
        (
            datetime(2017, 1, 18, 9, tzinfo=timezone(timedelta(hours=2))),
            "2017-01-18T09:00:00+02:00",
        ),
        ("1/18/2017", "2017-01-18T00:00:00+00:00"),
        ("01/18/2017 9:05 PM", "2017-01-18T21:05:00+00:00"),
        ("01/18/2017 12:05:07 am", "2017-01-18T00:05:07+00:00"),
    ],
)
def test_a_time_is_read_as_it_is_commonly_written(cell: object, expected: str) -> None:
    parser = TimeParser()
    assert parser.learn([cell])
    assert [datetime.fromisoformat(expected).timestamp()] == seconds(parser, cell)


@pytest.mark.parametrize(
    "cell",
    [
        None,
        "",
        "soon",
        "2017-13-01",
        "2017-02-30",
        "1484731800",
        1484731800,
        1484731800.5,
        True,
        "0001-01-01",
        "1969-12-31",
        "9999-01-01",
        "18.01.17",
        ["2017-01-18"],
        {"at": 1},
        "99/99/2017",
    ],
)
def test_what_is_no_time_is_not_guessed_at(cell: object) -> None:
    assert seconds(TimeParser(), cell) == [None]


def test_a_time_without_offset_is_in_the_time_zone_given() -> None:
    parser = TimeParser(ZoneInfo("Europe/Berlin"))
    expected = [
        datetime(2017, 7, 1, 6, tzinfo=UTC).timestamp(),
        datetime(2017, 1, 1, 7, tzinfo=UTC).timestamp(),
        datetime(2017, 1, 1, 8, tzinfo=UTC).timestamp(),
    ]
    assert expected == seconds(
        parser, "2017-07-01T08:00", "2017-01-01T08:00", "2017-01-01T08:00:00Z"
    )


def test_one_cell_proves_whether_the_month_or_the_day_comes_first() -> None:
    month, day = TimeParser(), TimeParser()
    assert not month.learn(["03/04/2017"])
    assert month.learn(["03/04/2017", "03/14/2017"])
    assert day.learn(["03/04/2017", "14/03/2017"])
    assert [datetime(2017, 3, 4, tzinfo=UTC).timestamp()] == seconds(month, "03/04/2017")
    assert [datetime(2017, 4, 3, tzinfo=UTC).timestamp()] == seconds(day, "03/04/2017")


def test_a_cell_that_proves_the_other_order_later_is_no_time() -> None:
    parser = TimeParser()
    parser.learn(["03/14/2017"])
    assert seconds(parser, "14/03/2017") == [None]


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("%d.%m.%Y %H:%M", "18.01.2017 09:30"),
        ("%Y-%m-%dT%H:%M%z", "2017-01-18T10:30+0100"),
        ("epoch", "1484731800"),
        ("epoch", 1484731800),
        ("epoch", "1484731800.0"),
        ("epoch-ms", 1484731800000),
        ("epoch-us", "1484731800000000"),
    ],
)
def test_a_format_that_is_given_is_the_one_that_is_read(form: str, cell: object) -> None:
    parser = TimeParser(form=form)
    assert [datetime(2017, 1, 18, 9, 30, tzinfo=UTC).timestamp(), None] == seconds(
        parser, cell, "2017-01-18"
    )


def test_a_format_that_is_none_is_refused() -> None:
    with pytest.raises(LoadError, match="neither epoch, epoch-ms, epoch-us nor a format"):
        TimeParser(form="US")


def test_a_time_zone_is_found_by_name_or_a_near_one_is_named() -> None:
    assert zone("utc") is UTC
    assert ZoneInfo("Europe/Berlin") == zone("Europe/Berlin")
    with pytest.raises(LoadError, match="did you mean 'Europe/Berlin'"):
        zone("Europe/Berlim")
