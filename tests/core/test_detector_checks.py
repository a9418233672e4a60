"""What holds for every detector of rising counts, whatever it watches.

A detector is watched through readings of its own: the list below names each with the steps that
feed it. `day` steps suffice for the daily and the slow one.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.detect import Reading, RiseDetector

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

DAY = 86400
HOUR = 3600
WEEK, YEAR = 7, 364
FIRST = 15_000  # days since the epoch


class Watched(NamedTuple):
    """A detector by name, whether it sees hours, a rise of its own, and the days before it."""

    name: str
    hours: bool
    rise: float
    history: int = 150


DETECTORS = [
    Watched("daily", hours=False, rise=3.0),
    Watched("slow", hours=False, rise=1.5, history=500),
    Watched("fast", hours=True, rise=10.0, history=60),
]
each = pytest.mark.parametrize("watched", DETECTORS, ids=lambda watched: watched.name)


def feed(
    watched: Watched,
    counts: Sequence[int],
    first: int = FIRST,
    known: RiseDetector | None = None,
) -> tuple[RiseDetector, list[list[Reading]]]:
    """Close the days from `first` on; gives the readings of each.

    `known` knows the days before them, and stays as it is.
    """
    detector, told = RiseDetector() if known is None else deepcopy(known), []
    for day, count in enumerate(counts, first):
        readings: list[Reading] = []
        for hour in range(24 if watched.hours else 0):
            buckets = []
            for place in range(hour * 12, hour * 12 + 12):
                share = count * (place + 1) // 288 - count * place // 288
                buckets.append((day * DAY + place * 300, {"s": share} if share else {}))
            readings += detector.run(buckets)
        readings += detector.close("1d", day * DAY, {"s": count} if count else {})
        told.append([r for r in readings if r.detector == watched.name])
    return detector, told


def rises(told: list[list[Reading]]) -> list[Reading]:
    return [reading for day in told for reading in day if reading.status == "raised"]


def series(seed: int, days: int, rate: float) -> list[int]:
    """An over-dispersed series with weekdays and a few outbreaks."""
    rng = np.random.default_rng(seed)
    week = np.exp(rng.normal(0, 0.3, WEEK))
    mean = rate * week[np.arange(days) % WEEK] * np.where(rng.random(days) < 0.02, 4, 1)
    return [int(n) for n in rng.poisson(rng.gamma(mean / 0.5 + 1e-9) * 0.5)]


@each
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 9999), rate=st.sampled_from([1.0, 8.0, 90.0]), more=st.integers(1, 500))
def test_more_events_on_the_last_day_are_no_less_surprising(
    watched: Watched, seed: int, rate: float, more: int
) -> None:
    past = series(seed, 80, rate)
    known, _ = feed(watched, past)
    strongest = []
    for last in (past[-1], past[-1] + more):
        _, told = feed(watched, [last], FIRST + len(past), known)
        strongest.append(max((r.surprise for r in told[-1] if r.status == "raised"), default=0.0))
    assert strongest[1] >= strongest[0]


@each
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 9999), rate=st.sampled_from([1.0, 20.0]))
def test_the_same_counts_weeks_later_in_a_young_series_are_told_the_same(
    watched: Watched, seed: int, rate: float
) -> None:
    counts = [*series(seed, 80, rate), 60, 400, 300]
    shifted = 365 * 400 + 97  # four hundred years: a whole number of weeks and of years
    _, told = feed(watched, counts)
    _, later = feed(watched, counts, FIRST + shifted)
    for one, other in zip(told, later, strict=True):
        assert [(r.status, r.since + shifted * DAY) for r in one] == [
            (r.status, r.since) for r in other
        ]
        assert [r.surprise for r in one] == pytest.approx([r.surprise for r in other], abs=1e-3)
        assert [r.expected for r in one] == pytest.approx([r.expected for r in other], abs=1e-3)


@each
@pytest.mark.parametrize("level", [1, 24, 1000, 10**9])
def test_a_constant_series_raises_nothing(watched: Watched, level: int) -> None:
    days = 90 if watched.hours else 200
    _, told = feed(watched, [level] * days + [10 * level + 10] * (days // 5))
    assert rises(told[:days]) == []
    assert rises(told[days:])


@pytest.mark.parametrize("power", [6, 7, 8, 9])
def test_inside_the_day_a_tenfold_rise_is_as_surprising_in_a_series_of_a_billion(
    power: int,
) -> None:
    fast = DETECTORS[-1]
    detector, _ = feed(fast, [10**power] * 60)
    start, share = (FIRST + 60) * DAY, 10 ** (power + 1) // 288
    readings = detector.run([(start + place * 300, {"s": share}) for place in range(2)])
    assert [reading.detector for reading in readings] == ["fast", "fast"]
    assert readings[-1].surprise > 150.0


@each
def test_a_larger_scale_with_the_same_noise_is_no_less_surprising(watched: Watched) -> None:
    strongest = []
    for scale in (1, 10, 100):
        rng = np.random.default_rng(5)
        counts = [int(rng.poisson(20 * scale)) for _ in range(watched.history)]
        _, told = feed(watched, [*counts, *([round(20 * watched.rise * scale)] * 40)])
        strongest.append(max(r.surprise for r in rises(told)))
    assert strongest == sorted(strongest)


@each
@settings(max_examples=6, deadline=None)
@given(st.lists(st.one_of(st.just(0), st.integers(0, 10**9)), min_size=40, max_size=80))
def test_no_number_is_ever_none_up_to_a_billion(watched: Watched, counts: list[int]) -> None:
    detector, told = feed(watched, counts)
    for day in told:
        for r in day:
            assert all(math.isfinite(n) for n in (r.observed, r.expected, r.upper, r.surprise))
    for point in detector.curve("s"):
        assert math.isfinite(point.expected)
        assert math.isfinite(point.upper)


@each
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 9999), cut=st.integers(20, 110))
def test_what_was_told_does_not_change_with_the_future(
    watched: Watched, seed: int, cut: int
) -> None:
    counts = series(seed, 120, 15.0)
    _, whole = feed(watched, counts)
    _, part = feed(watched, counts[:cut])
    assert whole[:cut] == part


@each
def test_it_does_tell_a_rise(watched: Watched) -> None:
    rng = np.random.default_rng(8)
    counts = [int(n) for n in rng.poisson(20, watched.history)] + [
        int(n) for n in rng.poisson(20 * watched.rise, 40)
    ]
    _, told = feed(watched, counts)
    assert rises(told[: watched.history]) == []
    assert rises(told[watched.history :])
