"""What the slow test says of rises that build over weeks."""

from __future__ import annotations

import itertools
import math
from copy import deepcopy

import numpy as np
import pytest

from streams.core.detect import Reading, RiseDetector, regressors
from streams.core.detect.trend import weekly_test
from streams.core.detect.trend.episodes import surprise

pytestmark = pytest.mark.slow

DAY = 86400
WEEK = 7
SUNDAY = 3
TURN = 60
"""The week in which things change, counted from the first Monday."""

Days = list[dict[str, int]]


def world(  # noqa: PLR0913 - one argument a fact of the world
    seed: int,
    weeks: int,
    *,
    rate: float = 20.0,
    size: float = 0.0,
    ramp: int = 0,
    series: int = 1,
    until: int = 10_000,
) -> Days:
    """Days from a Monday on: Poisson, fewer at weekends, from week TURN on `size` more."""
    source = np.random.default_rng(seed)
    week = np.array([1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5])
    days = []
    for day in range(weeks * WEEK):
        age = day / WEEK - TURN
        part = (min(1.0, age / ramp) if ramp else 1.0) if age >= 0 and day < until * WEEK else 0.0
        counts = source.poisson(rate * week[day % WEEK] * (1.0 + size * part), size=series)
        days.append({f"s{i}": int(n) for i, n in enumerate(counts) if n})
    return days


def watch(
    days: Days, first: int = SUNDAY + 1, detector: RiseDetector | None = None
) -> list[Reading]:
    """Close the days, and give what the slow test says."""
    detector = detector or RiseDetector()
    readings = []
    for day, counts in enumerate(days, start=first):
        readings.extend(detector.close("1d", day * DAY, counts))
    return [reading for reading in readings if reading.detector == "slow"]


def week_of(time: int) -> int:
    return (time // DAY - SUNDAY - 1) // WEEK


@pytest.mark.parametrize(("size", "ramp", "within"), [(0.5, 0, 4), (0.5, 4, 6), (0.35, 4, 8)])
def test_a_rise_that_builds_over_weeks_is_told_with_its_start(
    size: float, ramp: int, within: int
) -> None:
    first = watch(world(1, TURN + 12, size=size, ramp=ramp))[0]
    assert (first.status, first.grain, first.detector) == ("raised", "1d", "slow")
    assert TURN + 2 <= week_of(first.end) <= TURN + within
    assert abs(week_of(first.since) - TURN) <= 2
    assert first.start == first.since
    assert first.observed > first.upper > first.expected


def test_the_numbers_of_a_reading_are_those_of_its_window() -> None:
    days = world(1, TURN + 12, size=0.5)
    for reading in watch(days):
        span = range(reading.start // DAY - SUNDAY - 1, reading.end // DAY - SUNDAY - 1)
        assert reading.observed == sum(days[day]["s0"] for day in span)
        assert reading.expected == pytest.approx(20.0 * 6.7 / WEEK * len(span), rel=0.08)


def test_one_drift_is_one_rise_and_the_new_level_in_the_end() -> None:
    told = watch(world(2, TURN + 120, size=0.5))
    assert {reading.since for reading in told} == {told[0].since}
    assert [r.status for r in told] == ["raised"] * (len(told) - 1) + ["accepted"]
    assert (told[-1].end - told[0].end) // DAY == 13 * WEEK


def test_a_rise_that_goes_away_is_calm_and_can_come_again() -> None:
    days = world(3, TURN + 9, size=0.6) + world(4, TURN + 12, size=0.6)
    told = watch(days)
    ends = [reading.status for reading in told if reading.status != "raised"]
    assert ends[0] == "calm"
    assert len({reading.since for reading in told}) == 2


def alarms(readings: list[Reading]) -> list[Reading]:
    """Leave out what is a hint at most, unless a handful of series are watched."""
    return [reading for reading in readings if reading.surprise >= surprise(3.6)]


def test_quiet_series_are_left_in_peace() -> None:
    rates = (0.3, 3.0, 300.0)
    each = [world(5, 150, rate=rate, series=25) for rate in rates]
    together = [  # one detector for all: none of them minds the others
        {
            f"{rate} {name}": count
            for rate, counts in zip(rates, day, strict=True)
            for name, count in counts.items()
        }
        for day in zip(*each, strict=True)
    ]
    assert alarms(watch(together)) == []
    risen = alarms(watch(world(5, TURN + 12, rate=300.0, size=0.5, series=25)))
    assert len({reading.series for reading in risen}) == 25


def test_a_series_that_always_wanders_is_left_in_peace() -> None:
    source = np.random.default_rng(6)
    days: Days = [{} for _ in range(250 * WEEK)]
    for series in range(20):
        level = np.log(40.0) + np.cumsum(source.normal(0.0, 0.02, 250))
        for day in range(250 * WEEK):
            days[day][f"s{series}"] = int(source.poisson(np.exp(level[day // WEEK])))
    known, turn = RiseDetector(), 235 * WEEK
    told = watch(days[:turn], detector=known)
    risen = [{"s0": 3 * counts.get("s0", 0)} for counts in days[turn:]]
    first = SUNDAY + 1 + turn
    rises = alarms(watch(risen, first, deepcopy(known)))
    told += watch(days[turn:], first, known)
    assert len({(r.series, r.since) for r in alarms(told)}) <= 2
    assert max((week_of(r.since) for r in rises), default=0) in range(233, 238)


def test_a_single_week_however_high_is_no_slow_rise() -> None:
    days = world(7, TURN + 20)
    for day in range(TURN * WEEK, TURN * WEEK + WEEK):
        days[day] = {"s0": 400}
    assert watch(days) == []
    for day in range(TURN * WEEK, TURN * WEEK + 4 * WEEK):
        days[day] = {"s0": 400}
    assert watch(days)


def test_it_speaks_at_the_end_of_a_week_and_not_before() -> None:
    days = world(8, TURN + 4, size=1.0)
    detector, first = RiseDetector(), SUNDAY + 1 + len(days)
    watch(days[:-WEEK], detector=detector)
    assert watch(days[-WEEK:-1], first - WEEK, detector) == []
    (last,) = watch(days[-1:], first - 1, detector)
    assert last.end // DAY % WEEK == SUNDAY + 1


def test_it_says_nothing_in_the_first_eighteen_weeks() -> None:
    days: Days = [{"s0": 20 * (1 + day // (9 * WEEK))} for day in range(40 * WEEK)]
    assert watch(days[: 18 * WEEK]) == []
    assert watch(days)


def test_the_season_of_the_year_is_no_drift() -> None:
    source = np.random.default_rng(9)
    wave = [1.0 + 0.35 * math.sin(2 * math.pi * day / 365.2425) for day in range(6 * 365)]
    days: Days = [{f"s{i}": int(source.poisson(50 * w)) for i in range(6)} for w in wave]
    known, turn = RiseDetector(), len(days) - 60
    told = watch(days[:turn], detector=known)
    risen: Days = [{"s0": 2 * counts["s0"]} for counts in days[turn:]]
    first = SUNDAY + 1 + turn
    rises = watch(risen, first, deepcopy(known))
    told += watch(days[turn:], first, known)
    assert [r for r in told if r.since > 3 * 365 * DAY] == []
    assert [r for r in rises if r.since > 3 * 365 * DAY]


def test_a_week_more_or_less_on_the_calendar_changes_nothing() -> None:
    days = world(10, TURN + 8, size=0.6)
    here, there = watch(days), watch(days, first=SUNDAY + 1 + 52 * WEEK)
    shift = 52 * WEEK * DAY
    assert [(r.since + shift, r.observed, r.status) for r in here] == [
        (r.since, r.observed, r.status) for r in there
    ]


def test_the_future_does_not_change_the_past() -> None:
    days = world(11, TURN + 30, size=0.4, ramp=4, series=5)
    whole = watch(days)
    cut = (TURN + 9) * WEEK
    limit = (SUNDAY + 1 + cut) * DAY
    assert watch(days[:cut]) == [reading for reading in whole if reading.end <= limit]


def test_splitting_or_restoring_changes_no_reading() -> None:
    days = world(12, TURN + 30, size=0.6, ramp=3, series=7, until=TURN + 20)
    whole = watch(days)
    assert len(whole) > 50
    shares = [
        watch([{k: n for k, n in counts.items() if int(k[1:]) % 3 == part} for counts in days])
        for part in range(3)
    ]
    order = sorted((r for share in shares for r in share), key=lambda r: (r.end, r.series))
    assert order == whole
    rows: dict[str, bytes] = {}
    pieces: list[Reading] = []
    cuts = [0, 100, 431, (TURN + 5) * WEEK + 3, (TURN + 12) * WEEK, len(days)]
    for low, high in itertools.pairwise(cuts):
        detector = RiseDetector()
        detector.restore(rows.items())
        pieces.extend(watch(days[low:high], first=SUNDAY + 1 + low, detector=detector))
        rows.update(detector.changed())
    assert pieces == whole


def test_weeks_asleep_count_as_weeks_without_events() -> None:
    """After a year of silence little is left of the level."""
    days: Days = [{"s0": 2} for _ in range(30 * WEEK)] + [{} for _ in range(60 * WEEK)]
    days += [{"s0": 2} for _ in range(40 * WEEK)]
    (first, *_) = watch(days)
    assert 87 <= week_of(first.since) <= 91
    assert first.expected / ((first.end - first.start) // (WEEK * DAY)) < 1


def test_numbers_stay_finite_and_more_is_never_less_surprising() -> None:
    for rate in (1.0, 1e8):
        days = world(13, TURN + 3, rate=rate, size=0.6)
        known, last = RiseDetector(), -1.0
        before = watch(days[:-1], detector=known)
        for factor in (1, 2, 10):
            more = {"s0": min(10**9, days[-1].get("s0", 0) * factor)}
            told = before + watch([more], SUNDAY + len(days), deepcopy(known))
            assert all(
                math.isfinite(n)
                for r in told
                for n in (r.observed, r.upper, r.expected, r.surprise)
            )
            found = told[-1].surprise if told else 0.0
            assert found >= last
            last = found


def test_surprise_grows_with_z_and_means_false_alerts_a_day() -> None:
    assert surprise(3.6) == pytest.approx(4.52, abs=0.01)
    assert surprise(5.0) > surprise(4.9)


def test_weeks_run_from_monday_to_sunday() -> None:
    assert [regressors.week_of(day) for day in (-3, 3, 4, 10, 11)] == [0, 0, 1, 1, 2]
    assert [day for day in range(14) if weekly_test.ends_week(day)] == [3, 10]
