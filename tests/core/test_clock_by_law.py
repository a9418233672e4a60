"""On the day on which the clock is changed, more is expected of an hour that comes twice."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from streams.core.detect import RiseDetector
from streams.core.event_time.buckets import BASE, DAY, HOUR
from streams.core.event_time.calendar import EPOCH
from streams.core.event_time.zone import UTC_ZONE, zone_of

if TYPE_CHECKING:
    from streams.core.detect import Reading
    from streams.core.event_time.zone import Lived

pytestmark = pytest.mark.slow

BERLIN = zone_of("Europe/Berlin")
AUTUMN, SPRING = (date(*at).toordinal() - EPOCH for at in ((2022, 10, 30), (2023, 3, 26)))
RATE = 5.0
"""Events in 5 minutes, day and night."""


def rises(changed: int, lived: Lived, busy: float = 1.0) -> list[Reading]:
    """Live three weeks up to the day after a change, in civil time; give what is up from then on.

    In the hour from 2 to 3 of that day there is `busy` times as much as ever.
    """
    rng, detector, found = np.random.default_rng(4), RiseDetector(lived=lived), []
    for day in range(changed - 20, changed + 2):
        counts: dict[int, int] = {}
        for at in range(BERLIN.first(day), BERLIN.first(day + 1), BASE):
            civil = BERLIN.civil(at) // BASE * BASE
            more = busy if civil // HOUR == changed * 24 + 2 else 1.0
            counts[civil] = counts.get(civil, 0) + int(rng.poisson(RATE * more))
        for hour in range(day * DAY, day * DAY + DAY, HOUR):
            own = [(at, {"s": n}) for at, n in counts.items() if hour <= at < hour + HOUR]
            found += detector.run(own or [(hour + HOUR - BASE, {})])
        found += detector.close("1d", day * DAY, {"s": sum(counts.values())})
    return [one for one in found if one.status == "raised" and one.end > changed * DAY]


@pytest.mark.parametrize("changed", [AUTUMN, SPRING])
def test_a_steady_source_does_not_rise_as_the_clock_is_changed(changed: int) -> None:
    assert rises(changed, BERLIN.lived) == []


def test_it_would_where_nobody_knew_of_the_hour() -> None:
    first = rises(AUTUMN, UTC_ZONE.lived)[0]
    assert first.start == AUTUMN * DAY + 2 * HOUR
    assert first.observed > 1.5 * first.expected


def test_what_rises_in_that_hour_is_reported() -> None:
    first = rises(AUTUMN, BERLIN.lived, busy=3.0)[0]
    assert first.start == AUTUMN * DAY + 2 * HOUR
