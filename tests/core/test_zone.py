"""The days of a time zone and its civil time, against what zoneinfo shows on the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.event_time.buckets import BASE, DAY, HOUR
from streams.core.event_time.zone import UTC_ZONE, Zone, zone_of

EPOCH = date(1970, 1, 1).toordinal()
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour more in summer
    "Asia/Kathmandu",  # 5:45 before UTC
    "America/Sao_Paulo",  # skipped midnights until 2018
    "Africa/Casablanca",  # four changes a year, around Ramadan
    "Pacific/Apia",  # had no 30 December 2011
    "America/Havana",  # has some midnights twice
    "Pacific/Kiritimati",
)

times = st.integers(2 * 365 * DAY // BASE, 60 * 365 * DAY // BASE).map(lambda n: n * BASE)
zones = st.sampled_from(ZONES)


def local(time: int, name: str) -> datetime:
    return datetime.fromtimestamp(time, ZoneInfo(name))


@settings(deadline=None)  # the first to ask for a zone waits for its table
@given(times, zones)
def test_a_day_has_the_times_of_its_date(time: int, name: str) -> None:
    zone = zone_of(name)
    number = local(time, name).date().toordinal() - EPOCH
    start, end = zone.day(time), zone.day_after(time)
    assert zone.number(time) == number
    assert (zone.first(number), zone.first(number + 1)) == (start, end)
    assert start <= time < end
    for at in (start, end - BASE):
        assert local(at, name).date() == local(time, name).date()
    assert local(start - 1, name).date() < local(time, name).date() < local(end, name).date()


@settings(deadline=None)
@given(times, zones)
def test_civil_time_is_what_the_clock_shows(time: int, name: str) -> None:
    zone = zone_of(name)
    shown = local(time, name)
    civil = zone.civil(time)
    assert civil // DAY == zone.number(time)
    naive = int(shown.replace(tzinfo=UTC).timestamp())
    lived = zone.lived(zone.number(time))
    if lived is None or max(lived) == 1.0:
        assert civil == naive
    else:  # an hour that comes twice is one that lasts two
        assert abs(civil - naive) < HOUR
        assert lived[naive % DAY // 900] > 1.0 or civil == naive


@settings(deadline=None)
@given(times, zones)
def test_civil_time_only_rises_and_leads_back(time: int, name: str) -> None:
    zone = zone_of(name)
    assert zone.civil(time) < zone.civil(time + BASE)
    assert zone.instant(zone.civil(time)) == time
    end = -(-zone.civil(time) // HOUR) * HOUR
    assert zone.civil(zone.instant(end)) >= end
    assert zone.civil(zone.instant(end) - BASE) < end


@settings(deadline=None)
@given(times, zones)
def test_every_5_minutes_of_a_day_are_lived_once(time: int, name: str) -> None:
    zone = zone_of(name)
    lived = zone.lived(zone.number(time))
    length = (zone.day_after(time) - zone.day(time)) / 900
    assert (sum(lived) if lived else 96) == pytest.approx(length)


def test_the_days_of_a_change_have_23_and_25_hours() -> None:
    zone = zone_of("Europe/Berlin")
    spring, autumn = (
        int(datetime(2017, *at, 12, tzinfo=UTC).timestamp()) for at in ((3, 26), (10, 29))
    )
    assert [(zone.day_after(at) - zone.day(at)) / HOUR for at in (spring, autumn)] == [23, 25]
    # |1:00 ...|3:00 ...    and    |2:00 ...|2:30 ...|3:00 ... , each half as fast
    assert [zone.civil(zone.day(spring) + h * HOUR) % DAY / HOUR for h in (1, 2, 3)] == [1, 3, 4]
    assert [zone.civil(zone.day(autumn) + h * HOUR) % DAY / HOUR for h in (2, 3, 4)] == [2, 2.5, 3]


def test_a_day_without_a_midnight_begins_an_hour_later() -> None:
    zone = zone_of("America/Sao_Paulo")
    noon = int(datetime(2017, 10, 15, 15, tzinfo=UTC).timestamp())
    start = zone.day(noon)
    assert local(start, "America/Sao_Paulo").isoformat() == "2017-10-15T01:00:00-02:00"
    assert zone.civil(start) % DAY == HOUR
    assert zone.instant(zone.number(noon) * DAY) == start


def test_a_day_that_is_skipped_has_no_time() -> None:
    zone = zone_of("Pacific/Apia")
    number = date(2011, 12, 30).toordinal() - EPOCH
    assert zone.first(number) == zone.first(number + 1) == zone.day(zone.first(number))
    assert zone.number(zone.first(number)) == number + 1


def test_a_day_begins_at_the_second_midnight_where_the_clock_goes_back_over_it() -> None:
    zone = zone_of("America/St_Johns")  # from 0:01 to 23:01
    noon = int(datetime(2010, 11, 7, 15, tzinfo=UTC).timestamp())
    start = zone.day(noon)
    assert local(start, "America/St_Johns").isoformat() == "2010-11-07T00:00:00-03:30"
    assert local(start - HOUR, "America/St_Johns").isoformat() == "2010-11-07T00:00:00-02:30"
    steps = [zone.civil(start - n * BASE) for n in range(30)]
    assert steps == sorted(steps, reverse=True)
    assert [steps[0] % DAY, steps[-1] % DAY] == [0, DAY - 2 * HOUR + 35 * 60]


@settings(deadline=None)
@given(st.integers(0, 4_000_000_000))
def test_utc_by_table_is_utc_by_arithmetic(time: int) -> None:
    table = zone_of("Etc/UTC")
    assert type(UTC_ZONE) is Zone is not type(table)
    for ask in ("day", "day_after", "number", "civil", "instant"):
        assert getattr(table, ask)(time) == getattr(UTC_ZONE, ask)(time)
    assert table.first(time // DAY) == UTC_ZONE.first(time // DAY)
    assert table.floor(time, "1d") == UTC_ZONE.floor(time, "1d")
    assert table.lived(time // DAY) is UTC_ZONE.lived(time // DAY) is None


def test_beside_the_table_days_go_on() -> None:
    zone = zone_of("Asia/Kolkata")
    far = int(datetime(2300, 1, 1, tzinfo=UTC).timestamp())
    assert local(zone.day(far), "Asia/Kolkata").hour == 0
    assert zone.number(far) == local(far, "Asia/Kolkata").date().toordinal() - EPOCH
    assert zone.first(zone.number(far)) == zone.day(far)
    assert zone.number(-10 * DAY) == -10
