"""Sources that are open for some hours of the day, and change with the clocks of their zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from streams.core.detect import RiseDetector
from streams.core.detect.intraday import diurnal_profile, hours
from streams.core.detect.layouts import decode
from streams.core.detect.state_matrix import VERSION
from streams.core.detect.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.core.detect import Reading

DAY, HOUR, BUCKET = 86_400, 3_600, 300
FIRST = 16_072  # a Wednesday is day 0 of the epoch: this is a Thursday
SERIES, RATE = 8, 40
RARE, REPORTED = 4.0, 3.0
"""Surprises: once in 10,000 days of a quiet series, and where alerts begin."""
LEARNED = 70
SATURDAY = 2  # day modulo 7

Hours = tuple[float, float]


def open_from(begin: float, end: float) -> Callable[[int], Hours]:
    """Open hours that are the same every day."""
    return lambda _: (begin, end)


class Source:
    """Series of one source side by side, and what a detector has told of them."""

    def __init__(self, seed: int = 1) -> None:
        self.detector = RiseDetector()
        self._draws = np.random.default_rng(seed)
        self.day = FIRST

    def live(self, days: int, of_day: Callable[[int], Hours], rise: float = 1.0) -> list[Reading]:
        """Let days pass, and give what is told."""
        return [reading for _ in range(days) for reading in self._day(of_day(self.day), rise)]

    def _day(self, open_hours: Hours, rise: float, *, extra: Hours | None = None) -> list[Reading]:
        events: list[tuple[int, str]] = []
        for name in map(str, range(SERIES)):
            expected = RATE * rise if open_hours[1] > open_hours[0] else 0.0
            at = self._draws.uniform(*open_hours, self._draws.poisson(expected))
            if extra is not None:
                at = np.concatenate((at, self._draws.uniform(*extra, RATE)))
            events += [(int(hour * HOUR) // BUCKET, name) for hour in at]
        told = []
        for hour in range(24):
            buckets: dict[int, dict[str, int]] = {hour * 12 + 11: {}}
            for place, name in sorted(e for e in events if e[0] // 12 == hour):
                counts = buckets.setdefault(place, {})
                counts[name] = counts.get(name, 0) + 1
            starts = [
                (self.day * DAY + place * BUCKET, buckets[place]) for place in sorted(buckets)
            ]
            told += self.detector.run(starts)
        totals: dict[str, int] = {}
        for _, name in events:
            totals[name] = totals.get(name, 0) + 1
        told += self.detector.close("1d", self.day * DAY, totals)
        self.day += 1
        return [r for r in told if r.status == "raised" and r.surprise >= REPORTED]

    def spike(self, of_day: Callable[[int], Hours], extra: Hours) -> list[Reading]:
        """Let a day pass on which as many as on any come besides, in some hours."""
        return self._day(of_day(self.day), 1.0, extra=extra)

    def shares(self) -> np.ndarray:
        """The profile of the first series, by hour."""
        row = next(row for key, row in self.detector.changed() if key == "0")
        cells = decode(row)[:, np.newaxis]
        found = diurnal_profile.profile(cells, np.zeros(1, dtype=np.intp), self.day, Tuning())
        return hours.in_hours(found.quarters)[:, 0]


def rare(told: list[Reading]) -> list[Reading]:
    """Of so many days of quiet series chance may bring the bar once, but hardly ten times that."""
    return [reading for reading in told if reading.surprise >= RARE]


@pytest.mark.slow
@pytest.mark.parametrize(
    "open_hours", [(8.0, 10.0), (12.0, 13.0), (3.5, 5.0), (9.0, 17.0)], ids=str
)
def test_chance_in_a_few_open_hours_is_no_rise(open_hours: Hours) -> None:
    source = Source()
    source.live(LEARNED, open_from(*open_hours))
    assert rare(source.live(60, open_from(*open_hours))) == []
    assert rare(source.live(1, open_from(*open_hours), rise=3.0))


@pytest.mark.slow
@pytest.mark.parametrize("way", [-1, 1])
@pytest.mark.parametrize("begin", [8.0, 13.5, 23.0])
def test_a_change_of_the_clock_is_no_rise(begin: float, way: int) -> None:
    source = Source()
    source.live(LEARNED, open_from(begin, begin + 2.0))
    moved = open_from(begin + way, begin + way + 2.0)
    assert rare(source.live(20, moved)) == []
    assert rare(source.live(1, moved, rise=3.0))


def test_the_profile_moves_with_the_clock_at_once() -> None:
    source = Source()
    source.live(LEARNED, open_from(8.0, 10.0))
    assert source.shares()[8:10].sum() > 0.85
    source.live(1, open_from(7.0, 9.0))
    assert source.shares()[7:9].sum() > 0.85
    source.live(1, open_from(8.0, 10.0))
    assert source.shares()[8:10].sum() > 0.85


@pytest.mark.slow
def test_a_saturday_that_ends_at_noon_is_no_rise() -> None:
    source = Source()

    def week(day: int) -> Hours:
        return (9.0, 12.0) if day % 7 == SATURDAY else (9.0, 18.0)

    source.live(2 * LEARNED, week)
    assert rare(source.live(28, week)) == []
    assert rare(source.live(1, week, rise=3.0))


@pytest.mark.parametrize(("rise", "within"), [(2.0, 1.5), (3.0, 0.75)])
def test_a_rise_in_open_hours_is_told_in_them(rise: float, within: float) -> None:
    source = Source()
    source.live(LEARNED, open_from(8.0, 10.0))
    first: dict[str, float] = {}
    for reading in source.live(1, open_from(8.0, 10.0), rise):
        first.setdefault(reading.series, (reading.end % DAY) / HOUR - 8.0)
    assert len(first) == SERIES
    assert sorted(first.values())[SERIES // 2] <= within


def test_as_many_in_the_hour_before_are_told_once_the_usual_ones_come_too() -> None:
    """Until then it may be the clock."""
    source = Source()
    source.live(LEARNED, open_from(8.0, 10.0))
    told = source.spike(open_from(8.0, 10.0), (7.0, 8.0))
    assert {reading.series for reading in told} == set(map(str, range(SERIES)))


@pytest.mark.slow
def test_more_in_a_dead_hour_than_any_clock_explains_are_told_in_it() -> None:
    source = Source()
    source.live(LEARNED, open_from(8.0, 10.0))
    told = source.spike(open_from(8.0, 10.0), (3.0, 3.5))
    first = {r.series: r for r in reversed(told)}
    assert all(r.end % DAY <= 3.5 * HOUR for r in first.values())
    assert len(first) == SERIES


def test_a_row_says_which_layout_it_has() -> None:
    source = Source()
    source.live(1, open_from(8.0, 10.0))
    assert {row[0] for _, row in source.detector.changed()} == {VERSION}


def test_a_day_without_events_or_one_that_ends_early_is_no_change_of_the_clock() -> None:
    source = Source()
    source.live(LEARNED, open_from(8.0, 10.0))
    for close in (8.0, 8.5):
        source.live(1, open_from(8.0, close))
        assert source.shares()[8:10].sum() > 0.85
        source.live(1, open_from(8.0, 10.0))


def test_as_many_in_the_hour_after_are_told_in_it() -> None:
    """That the source opened as usual is known by then."""
    source = Source()
    source.live(LEARNED, open_from(8.0, 10.0))
    told = source.spike(open_from(8.0, 10.0), (10.0, 11.0))
    assert {r.series for r in told if r.detector == "fast"} == set(map(str, range(SERIES)))
