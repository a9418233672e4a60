"""The fast test: sums of evidence that the day is running away."""

from __future__ import annotations

import math

import numpy as np
import pytest

from streams.core.detect import Reading, RiseDetector, Tuning
from streams.core.detect.daily.model import born
from streams.core.detect.intraday import cusum, hours
from streams.core.detect.intraday.baseline import RISES, Baseline
from streams.core.detect.intraday.rounds import Rounds
from streams.core.detect.layouts import decode
from streams.core.detect.state_matrix import (
    FAST_MEAN,
    FAST_SINCE,
    FAST_SUM,
    FIELDS,
    MEAN,
    MU,
    VAR,
    Q,
)

DAY, HOUR, BUCKET = 86_400, 3_600, 300
FIRST = 15_000
TUNING = Tuning()


def known(rates: list[float]) -> np.ndarray:
    """The states of series whose level and flat profile are known for sure, without clusters."""
    cells = np.zeros((FIELDS, len(rates)))
    for slot, rate in enumerate(rates):
        state = np.zeros(FIELDS)
        born(state, FIRST, TUNING)
        cells[:, slot] = state
        cells[MU, slot], cells[Q, slot] = rate, 0.0
        cells[VAR, slot], cells[MEAN, slot] = 1e9, 1e9
    hours.write_seen(cells, np.arange(len(rates)), np.full((96, len(rates)), 1e9, dtype=np.float32))
    return cells


def week(rate: float, seed: int, days: int = 40) -> np.ndarray:
    """Counts by bucket of a steady series."""
    return np.random.default_rng(seed).poisson(rate / 288, (days, 288))


def taught(rate: float, seed: int = 1, days: int = 40) -> RiseDetector:
    """A detector that has seen so many quiet days of a series."""
    detector = RiseDetector()
    for day, counts in enumerate(week(rate, seed, days), FIRST):
        for place in np.flatnonzero(counts).tolist():
            detector.close("5m", day * DAY + place * BUCKET, {"s": int(counts[place])})
        detector.close("1d", day * DAY, {"s": int(counts.sum())} if counts.any() else {})
    return detector


def evenly(detector: RiseDetector, day: int, a_day: int, start: int = 0) -> list[Reading]:
    """Let events come evenly from `start` on (seconds of the day); give what is told."""
    readings: list[Reading] = []
    for number in range(a_day):
        at = number * DAY // a_day
        if at >= start:
            readings += detector.close("5m", day * DAY + at - at % BUCKET, {"s": 1})
    return [r for r in readings if r.status == "raised"]


def test_the_sums_are_those_of_the_textbook() -> None:
    """Every bucket one by one, the silent ones too: ln r for an event, (r - 1) m for its mean."""
    rate, counts = 40.0, week(120.0, 3, 1)[0]
    cells, sums, today = known([rate]), np.zeros(4), Baseline(TUNING)
    sizes = np.array(RISES)
    for place in range(288):
        mean = rate / 288
        sums = np.maximum(sums - (sizes - 1.0) * mean, 0.0) if not counts[place] else sums
        if counts[place]:
            change = np.log(sizes) * counts[place] - (sizes - 1.0) * mean
            sums = np.maximum(sums + change, 0.0)
            start = FIRST * DAY + place * BUCKET
            own = np.array([float(start)]), np.array([float(counts[place])])
            look = cusum.step(cells, Rounds(start // DAY, np.array([0]), *own), today)
            assert look.sums[:, 0] == pytest.approx(sums, rel=1e-4, abs=1e-4)
    assert cells[FAST_SUM, 0].max() > 20.0


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "hours"), [(10.0, 3.0), (100.0, 1.0)])
def test_a_tenfold_spike_fires_within_the_hours_it_may_take(rate: float, hours: float) -> None:
    told = evenly(taught(rate), FIRST + 40, round(10 * rate), start=9 * HOUR)
    begun = (FIRST + 40) * DAY + 9 * HOUR
    fires = next(r for r in told if r.observed - r.expected >= 10.0 and r.surprise >= 4.0)
    assert fires.end - begun <= hours * HOUR
    assert begun - HOUR <= fires.since <= begun + HOUR


@pytest.mark.slow
def test_the_buckets_of_an_hour_at_once_are_told_as_one_by_one() -> None:
    counts = week(30.0, 5)
    counts[30, 100:150] += 2
    once, alone = RiseDetector(), RiseDetector()
    for day, row in enumerate(counts, FIRST):
        for hour in range(24):
            buckets = [
                (day * DAY + place * BUCKET, {"s": int(row[place])} if row[place] else {})
                for place in range(hour * 12, hour * 12 + 12)
            ]
            single = [r for start, n in buckets for r in alone.close("5m", start, n)]
            assert once.run(buckets) == single
            assert list(once.changed()) == list(alone.changed())
        total = {"s": int(row.sum())}
        assert once.close("1d", day * DAY, total) == alone.close("1d", day * DAY, total)


@pytest.mark.slow
def test_a_file_that_comes_every_hour_is_no_rise() -> None:
    source = np.random.default_rng(4)
    detector, told = RiseDetector(), []
    last = FIRST + 90
    for day in range(FIRST, last + 1):
        counts = source.poisson(8 if day < last else 24, 24)
        for hour, count in enumerate(counts.tolist()):
            told += detector.close("5m", day * DAY + hour * HOUR, {"s": count} if count else {})
        told += detector.close("1d", day * DAY, {"s": int(counts.sum())})
    risen = [r.since // DAY for r in told if r.detector == "fast"]
    assert set(risen) == {last}  # on which three times as many came, every hour too


def test_an_episode_tells_what_is_rarer_than_all_before_it_and_ends_a_day_later() -> None:
    detector = taught(20.0)
    told = evenly(detector, FIRST + 40, 400, start=12 * HOUR)
    surprises = [r.surprise for r in told]
    assert surprises == sorted(set(surprises))
    assert len(told) < 40  # of 200 events
    (since,) = {r.since for r in told}
    detector.close("1d", (FIRST + 40) * DAY, {"s": 20})  # as if it were nothing to the daily test
    ends = []
    for hour in range(24):
        last = (FIRST + 41) * DAY + hour * HOUR + HOUR - BUCKET
        ends += [r for r in detector.run([(last, {"s": 1})]) if r.status == "calm"]
    (end,) = ends
    assert end.since == since
    assert (FIRST + 41) * DAY + 18 * HOUR < end.end <= (FIRST + 42) * DAY


@pytest.mark.slow
def test_the_windows_that_tripped_hold_at_their_bound() -> None:
    (*_, last) = evenly(taught(50.0), FIRST + 40, 600, start=8 * HOUR)
    assert last.windows
    for window in last.windows:
        assert window.observed >= window.upper > window.expected
        assert window.end == last.end
        assert math.isfinite(window.upper)
    assert [w.start for w in last.windows] == sorted((w.start for w in last.windows), reverse=True)


@pytest.mark.slow
def test_a_rise_of_weeks_is_held_against_the_level_before_it() -> None:
    """What the level has learned from the rise itself is not expected of it."""
    detector = RiseDetector(Tuning(fast_threshold=99.0, day_threshold=99.0))
    begins, days = FIRST + 700, 30
    for day in range(FIRST, begins + days):
        a_day = 2 if day < begins else 4
        evenly(detector, day, a_day)
        detector.close("1d", day * DAY, {"s": a_day})
    state = decode(next(row for _, row in detector.changed()))
    held = begins + days - state[FAST_SINCE.start] / DAY
    assert held == pytest.approx(days, abs=1.0)
    assert state[MU] > 2.0 * 1.25
    assert state[FAST_MEAN.start] == pytest.approx(2.0 * held, rel=0.03)
