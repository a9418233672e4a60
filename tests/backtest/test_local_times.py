"""The times of a report: by the clock of the zone whose days it counts."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.core.event_time.zone import UTC_ZONE, zone_of
from streams.report.local import LocalTimes

SUMMER = datetime(2017, 7, 3, 22, 0, tzinfo=UTC)


def test_times_are_those_of_the_clock_there() -> None:
    berlin = LocalTimes(zone_of("Europe/Berlin"))
    assert berlin.moment(SUMMER) == "2017-07-04"
    assert berlin.moment(SUMMER.replace(minute=30)) == "2017-07-04 00:30"
    assert berlin.until(SUMMER) == "2017-07-03"  # the last day of a span that ends with it
    assert berlin.moment(None) == "never"


def test_in_utc_they_are_as_they_are() -> None:
    assert LocalTimes(UTC_ZONE).moment(SUMMER) == "2017-07-03 22:00"
    assert LocalTimes(UTC_ZONE).civil(SUMMER) is SUMMER
