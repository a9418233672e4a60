"""What holds for the detector whatever it watches."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.detect import Reading, RiseDetector

DAY = 86400
HOUR = 3600

Week = list[dict[str, int]]


def history(
    seed: int, days: int, series: int, *, spike: bool = True
) -> list[tuple[str, int, dict[str, int]]]:
    """Closed steps of some series of different size, with spikes, gaps and late starts."""
    source = np.random.default_rng(seed)
    rates = source.choice([0.02, 0.3, 2.0, 20.0, 200.0], size=series)
    starts = source.integers(0, days // 2, size=series)
    steps: list[tuple[str, int, dict[str, int]]] = []
    for day in range(days):
        totals = np.zeros(series, dtype=np.int64)
        burst = np.where(source.random(series) < 0.01, 8.0, 1.0) if spike else 1.0
        for hour in range(24):
            counts = source.poisson(rates * burst / 24) * (starts <= day)
            totals += counts
            named = {f"s{i}": int(n) for i, n in enumerate(counts) if n}
            steps.append(("5m", day * DAY + hour * HOUR, named))
        steps.append(("1d", day * DAY, {f"s{i}": int(n) for i, n in enumerate(totals) if n}))
    return steps


def run(
    detector: RiseDetector, steps: list[tuple[str, int, dict[str, int]]]
) -> list[list[Reading]]:
    return [detector.close(grain, start, counts) for grain, start, counts in steps]  # type: ignore[arg-type]


def raised(readings: list[list[Reading]]) -> list[Reading]:
    return [reading for step in readings for reading in step if reading.status == "raised"]


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), parts=st.integers(2, 5))
def test_splitting_the_series_over_detectors_changes_no_reading(seed: int, parts: int) -> None:
    steps = history(seed, 60, 12)
    whole = run(RiseDetector(), steps)
    shares: list[list[list[Reading]]] = []
    for part in range(parts):
        own = [
            (grain, start, {k: n for k, n in counts.items() if int(k[1:]) % parts == part})
            for grain, start, counts in steps
        ]
        shares.append(run(RiseDetector(), own))
    joined = [
        sorted((r for share in shares for r in share[i]), key=lambda r: r.series)
        for i in range(len(steps))
    ]
    assert whole == joined


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_a_detector_restored_anywhere_goes_on_the_same(seed: int, data: st.DataObject) -> None:
    steps = history(seed, 80, 8)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(steps) - 1), max_size=4)))
    whole = run(RiseDetector(), steps)
    rows: dict[str, bytes] = {}
    pieces: list[list[Reading]] = []
    for low, high in zip([0, *cuts], [*cuts, len(steps)], strict=True):
        detector = RiseDetector()
        detector.restore(rows.items())
        pieces.extend(run(detector, steps[low:high]))
        rows.update(detector.changed())
    assert whole == pieces


@pytest.mark.slow
def test_the_order_of_the_counts_in_a_step_does_not_matter() -> None:
    steps = history(5, 60, 10)
    turned = [(grain, start, dict(reversed(counts.items()))) for grain, start, counts in steps]
    assert run(RiseDetector(), steps) == run(RiseDetector(), turned)


@pytest.mark.slow
def test_hours_and_days_without_events_may_be_left_out() -> None:
    steps = history(8, 90, 3)
    quiet = [step for step in steps if step[2]]
    whole = [r for r in raised(run(RiseDetector(), steps)) if r.grain == "1d"]
    left_out = [r for r in raised(run(RiseDetector(), quiet)) if r.grain == "1d"]
    assert [(r.series, r.since) for r in whole] == [(r.series, r.since) for r in left_out]


@pytest.mark.slow
@pytest.mark.parametrize("level", [1, 24, 1000, 10**9])
def test_a_constant_series_raises_no_alarm(level: int) -> None:
    steps: list[tuple[str, int, dict[str, int]]] = []
    for day in range(120):
        for hour in range(24):
            count = level * (hour + 1) // 24 - level * hour // 24
            steps.append(("5m", day * DAY + hour * HOUR, {"s": count} if count else {}))
        steps.append(("1d", day * DAY, {"s": level}))
    tenfold = ("1d", 120 * DAY, {"s": 10 * level + 10})
    (rise,) = raised(run(RiseDetector(), [*steps, tenfold]))
    assert rise.start == 120 * DAY


@pytest.mark.slow
def test_numbers_stay_finite_up_to_a_billion() -> None:
    source = np.random.default_rng(1)
    steps: list[tuple[str, int, dict[str, int]]] = []
    for day in range(200):
        count = int(10 ** source.uniform(0, 9)) if source.random() < 0.7 else 0
        share = {"s": count // 24} if count > 24 else {}
        steps.extend(("5m", day * DAY + hour * HOUR, share) for hour in range(24))
        steps.append(("1d", day * DAY, {"s": count} if count else {}))
    readings = [r for step in run(RiseDetector(), steps) for r in step]
    assert readings
    for reading in readings:
        numbers = (reading.observed, reading.expected, reading.upper, reading.surprise)
        assert all(math.isfinite(number) for number in numbers)


def test_a_series_is_tested_from_its_first_day_on_and_says_how_little_it_knows() -> None:
    detector = RiseDetector()
    for day in range(12):
        assert detector.close("1d", day * DAY, {"s": 5}) == []
        census = detector.census()
        assert (census.learning, census.watching, census.raised) == (1, 0, 0)
    (reading,) = detector.close("1d", 12 * DAY, {"s": 500})
    assert (reading.status, reading.since, reading.history) == ("raised", 12 * DAY, 12.0)
    assert reading.expected == pytest.approx((12 * 5 + 0.5) / 12.5)


def test_a_first_day_may_be_a_rise_and_the_level_once_it_has_lasted() -> None:
    detector = RiseDetector()
    told = [
        (day, reading.status)
        for day in range(20)
        for reading in detector.close("1d", day * DAY, {"s": 200})
    ]
    assert told[:14] == [(day, "new") for day in range(14)]
    assert told[14:] == [(14, "accepted")]


def test_a_young_series_that_falls_back_is_calm() -> None:
    detector = RiseDetector()
    told = [
        (day, reading.status)
        for day, count in enumerate([200, 150, 2, 1, 3, 2])
        for reading in detector.close("1d", day * DAY, {"s": count})
    ]
    assert told == [(0, "new"), (1, "new"), (2, "calm")]


@settings(max_examples=30, deadline=None)
@given(rate=st.sampled_from([0.3, 3.0, 30.0]), seed=st.integers(0, 10_000))
def test_a_quiet_young_series_is_seldom_told_of_again(rate: float, seed: int) -> None:
    source = np.random.default_rng(seed)
    detector = RiseDetector()
    readings = [
        detector.close("1d", day * DAY, {"s": int(n)} if (n := source.poisson(rate)) else {})
        for day in range(13)
    ]
    began = {reading.since for step in readings[1:] for reading in step if reading.surprise > 5.0}
    assert began <= {0}
    (much,) = detector.close("1d", 13 * DAY, {"s": round(50 + 30 * rate)})
    assert much.surprise > 5.0


def test_a_tenfold_day_is_raised_and_calm_once_the_rate_is_back() -> None:
    detector = RiseDetector()
    statuses = [
        (day, reading.status, reading.since // DAY)
        for day in range(60)
        for reading in detector.close("1d", day * DAY, {"s": 100 if 40 <= day < 43 else 10})
    ]
    assert statuses[0] == (40, "raised", 40)
    assert statuses[-1][1] == "calm"
    assert 43 <= statuses[-1][0] <= 47
    assert {40} == {since for _, _, since in statuses}


@pytest.mark.slow
def test_a_tenfold_hour_is_raised_within_the_day() -> None:
    detector = RiseDetector()
    for day in range(40):
        for bucket in range(0, DAY, 900):
            detector.close("5m", day * DAY + bucket, {"s": 1})
        detector.close("1d", day * DAY, {"s": 96})
    told = [
        reading
        for bucket in range(0, HOUR, 300)
        for reading in detector.close("5m", 40 * DAY + bucket, {"s": 3})
    ]
    first = told[0]
    assert (first.status, first.grain, first.since) == ("raised", "5m", 40 * DAY)
    assert (first.observed, first.end) == (9, 40 * DAY + 900)
    assert first.expected == pytest.approx(96 * 900 / DAY, rel=0.05)
    assert [r.surprise for r in told] == sorted({r.surprise for r in told})


def test_time_does_not_go_back() -> None:
    detector = RiseDetector()
    detector.close("1d", 5 * DAY, {"s": 1})
    with pytest.raises(ValueError, match="comes after"):
        detector.close("1d", 5 * DAY, {"s": 1})


def test_there_is_no_detector_for_hours() -> None:
    with pytest.raises(ValueError, match="no detector"):
        RiseDetector().close("1h", 0, {})


def test_a_state_is_at_most_three_kilobytes() -> None:
    detector = RiseDetector()
    detector.close("1d", 0, {"s": 1})
    ((_, row),) = detector.changed()
    assert len(row) <= 3072
    assert list(detector.changed()) == []


@pytest.mark.slow
def test_a_season_that_nobody_has_seen_yet_is_seldom_told() -> None:
    source = np.random.default_rng(8)
    series, days = 200, 364
    phase = source.uniform(0.0, 1.0, series)
    detector = RiseDetector()
    told: list[Reading] = []
    for day in range(days):
        mean = 30.0 * np.exp(0.5 * np.sin(2.0 * np.pi * (day / 365.25 + phase)))
        counts = {f"s{n}": int(count) for n, count in enumerate(source.poisson(mean))}
        told += detector.close("1d", day * DAY, counts)
    daily = [r for r in told if r.detector == "daily" and r.status == "raised"]
    assert len(daily) < series / 2, len(daily)  # once in two years


def test_a_series_that_is_large_from_its_first_day_on_is_learned_and_not_raised() -> None:
    """Ten steady days: its first is told as new, and nothing of it departs from anything."""
    detector = RiseDetector()
    for day in range(10):
        (reading,) = detector.close("1d", day * DAY, {"s": 500})
        assert (reading.status, reading.since) == ("new", 0)
        census = detector.census()
        assert (census.learning, census.watching, census.raised) == (1, 0, 0)


def test_a_young_series_that_rises_later_is_raised() -> None:
    detector = RiseDetector()
    for day, count in enumerate((5, 5, 5, 5, 5, 500)):
        detector.close("1d", day * DAY, {"s": count})
    census = detector.census()
    assert (census.learning, census.watching, census.raised) == (0, 0, 1)
