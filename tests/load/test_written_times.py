"""Times in the shapes that people write, and those that only look like one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.load.loading import Loading
from streams.load.model import Options
from streams.load.times import BAD, MICRO, TimeParser
from streams.load.zones import zone

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-01-05 9:34:02", "2024-01-05T09:34:02+00:00"),
        ("2024-1-5 21:34", "2024-01-05T21:34:00+00:00"),
        ("2024-01-05 21:34:02 UTC", "2024-01-05T21:34:02+00:00"),
        ("2024-01-05 21:34:02.1 UTC", "2024-01-05T21:34:02.100000+00:00"),
        ("2024-01-05 21:34:02,123456789", "2024-01-05T21:34:02.123456+00:00"),
        ("2024-01-05 09:34:02 PM", "2024-01-05T21:34:02+00:00"),
        ("2024-01-05 21:34:02 -0500", "2024-01-05T21:34:02-05:00"),
        ("2024-01-05 21:34:02 EST", "2024-01-05T21:34:02-05:00"),
        ("2024-01-05 21:34:02 Europe/Berlin", "2024-01-05T21:34:02+01:00"),
        ("2024-01-05T21:34:02+01:00[Europe/Berlin]", "2024-01-05T21:34:02+01:00"),
        ("20240105", "2024-01-05T00:00:00+00:00"),
        (20240105, "2024-01-05T00:00:00+00:00"),
        (20240105.0, "2024-01-05T00:00:00+00:00"),
        ("20240105093402", "2024-01-05T09:34:02+00:00"),
        ("20240105T093402Z", "2024-01-05T09:34:02+00:00"),
        ("45296", "2024-01-05T00:00:00+00:00"),
        (45296.5, "2024-01-05T12:00:00+00:00"),
        ("Fri, 05 Jan 2024 21:34:02 GMT", "2024-01-05T21:34:02+00:00"),
        ("Jan 5, 2024 9:34 PM", "2024-01-05T21:34:00+00:00"),
        ("05/Jan/2024:21:34:02 +0100", "2024-01-05T21:34:02+01:00"),
        ("05/Jan/24 9:34 AM", "2024-01-05T09:34:00+00:00"),
        ("5-Jan-2024", "2024-01-05T00:00:00+00:00"),
        ("01/15/2024 9:34:02.5 PM UTC", "2024-01-15T21:34:02.500000+00:00"),
    ],
)
def test_times_are_read_in_the_shapes_that_people_write(cell: object, expected: str) -> None:
    parser = TimeParser()
    assert parser.learn([cell])
    (at,) = parser.parse([cell])
    assert at != BAD
    assert at / MICRO == datetime.fromisoformat(expected).timestamp()


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-05 21:34:02 IST",
        "2024-01-05 25:00",
        "20241301",
        "60601.5x",
        "12345678",
        "31.02.2024",
    ],
)
def test_what_only_looks_like_a_time_is_none(cell: object) -> None:
    assert TimeParser(month_first=False).parse([cell]) == [BAD]


def test_a_zone_in_the_value_wins_over_that_of_the_file() -> None:
    parser = TimeParser(zone("America/New_York"), "%Y-%m-%d %H:%M:%S %Z")
    told = parser.parse(["2017-01-10 01:09:00 UTC", "2017-01-10 01:09:00 PST"])
    assert [datetime.fromtimestamp(at / MICRO, UTC).hour for at in told] == [1, 9]


def test_one_time_of_day_on_every_row_is_none(write: Write) -> None:
    days = [f"{month}-{day:02}" for month in ("02", "07") for day in range(1, 9)]
    as_written = [f"2019-{day}T12:00:00-0{6 if day < '03' else 5}:00" for day in days]
    at_noon_in_chicago = [f"2019-{day}T{18 if day < '03' else 17}:00:00Z" for day in days]
    chicago = Options(timezone=zone("America/Chicago"))
    for lines, options in ((as_written, Options()), (at_noon_in_chicago, chicago)):
        loading = Loading(write("occurred_at", *lines), "complaints", options)
        assert any("days without a time of day" in note for note in loading.notes)


def test_an_epoch_that_lands_in_the_wrong_century_is_doubted(write: Write) -> None:
    file = write("occurred_at", "20240301", "20240302")
    loading = Loading(file, "complaints", Options(date_format="epoch"))
    assert any("20240301 is 1970-08-23" in warning for warning in loading.warnings)
    file = write("occurred_at", "1709283600", "1709283601")
    assert not Loading(file, "complaints", Options(date_format="epoch")).warnings
