"""What holds for every detector of rising counts, whatever it watches.

A detector is watched through readings of its own: the list below names each with the steps that
feed it. `day` steps suffice for the daily and the slow one. Many series are fed at once, which is
how they come: a step takes hardly longer for ten than for one, and none minds the others
(`test_detect.py`).
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
    from collections.abc import Mapping, Sequence

pytestmark = pytest.mark.slow

DAY = 86400
HOUR = 3600
WEEK, YEAR = 7, 364
FIRST = 15_000  # days since the epoch

Told = dict[str, list[list[Reading]]]
"""By series, the readings of each day."""


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
    counts: Mapping[str, Sequence[int]],
    first: int = FIRST,
    known: RiseDetector | None = None,
) -> tuple[RiseDetector, Told]:
    """Close the days of some series from `first` on.

    `known` knows the days before them, and stays as it is.
    """
    detector = RiseDetector() if known is None else deepcopy(known)
    told: Told = {name: [] for name in counts}
    for day, of_day in enumerate(zip(*counts.values(), strict=True), first):
        named = dict(zip(counts, of_day, strict=True))
        readings: list[Reading] = []
        for hour in range(24 if watched.hours else 0):
            buckets = []
            for place in range(hour * 12, hour * 12 + 12):
                shares = {
                    name: share
                    for name, count in named.items()
                    if (share := count * (place + 1) // 288 - count * place // 288)
                }
                buckets.append((day * DAY + place * 300, shares))
            readings += detector.run(buckets)
        readings += detector.close(
            "1d", day * DAY, {s: count for s, count in named.items() if count}
        )
        for name, days in told.items():
            days.append([r for r in readings if (r.detector, r.series) == (watched.name, name)])
    return detector, told


def rises(told: Sequence[list[Reading]]) -> list[Reading]:
    return [reading for day in told for reading in day if reading.status == "raised"]


def series(seed: int, days: int, rate: float) -> list[int]:
    """An over-dispersed series with weekdays and a few outbreaks."""
    rng = np.random.default_rng(seed)
    week = np.exp(rng.normal(0, 0.3, WEEK))
    mean = rate * week[np.arange(days) % WEEK] * np.where(rng.random(days) < 0.02, 4, 1)
    return [int(n) for n in rng.poisson(rng.gamma(mean / 0.5 + 1e-9) * 0.5)]


def several(seed: int, days: int, rates: Sequence[float]) -> dict[str, list[int]]:
    """Give series of these rates, four of each."""
    return {
        f"{rate} {number}": series(10 * seed + number, days, rate)
        for rate in rates
        for number in range(4)
    }


@pytest.mark.parametrize("watched", [DETECTORS[0], DETECTORS[2]], ids=["daily", "fast"])
@settings(max_examples=1, deadline=None)
@given(seed=st.integers(0, 9999), more=st.lists(st.integers(1, 500), min_size=12, max_size=12))
def test_more_events_on_the_last_day_are_no_less_surprising(
    watched: Watched, seed: int, more: list[int]
) -> None:
    """Of the slow one, which says nothing of a single day, `test_trend.py` shows the like."""
    past = several(seed, 80, (1.0, 8.0, 90.0))
    known, _ = feed(watched, past)
    last = {name: counts[-1] for name, counts in past.items()}
    higher = {name: count + extra for (name, count), extra in zip(last.items(), more, strict=True)}
    strongest: list[list[float]] = []
    for counts in (last, higher):
        _, told = feed(watched, {name: [n] for name, n in counts.items()}, FIRST + 80, known)
        strongest.append(
            [max((r.surprise for r in rises(days)), default=0.0) for days in told.values()]
        )
    assert all(after >= before for before, after in zip(*strongest, strict=True))
    assert strongest[0] != strongest[1]


@each
@settings(max_examples=1, deadline=None)
@given(seed=st.integers(0, 9999))
def test_the_same_counts_weeks_later_in_a_young_series_are_told_the_same(
    watched: Watched, seed: int
) -> None:
    drawn = several(seed, 80, (1.0, 20.0))
    counts = {name: [*days, 60, 400, 300] for name, days in drawn.items()}
    shifted = 365 * 400 + 97  # four hundred years: a whole number of weeks and of years
    _, told = feed(watched, counts)
    _, later = feed(watched, counts, FIRST + shifted)
    for name in counts:
        for one, other in zip(told[name], later[name], strict=True):
            assert [(r.status, r.since + shifted * DAY) for r in one] == [
                (r.status, r.since) for r in other
            ]
            assert [r.surprise for r in one] == pytest.approx([r.surprise for r in other], abs=1e-3)
            assert [r.expected for r in one] == pytest.approx([r.expected for r in other], abs=1e-3)


@each
def test_a_constant_series_raises_nothing(watched: Watched) -> None:
    days = 90 if watched.hours else 200
    levels = {f"of {level}": level for level in (1, 24, 1000, 10**9)}
    counts = {
        name: [level] * days + [10 * level + 10] * (days // 5) for name, level in levels.items()
    }
    _, told = feed(watched, counts)
    for of_one in told.values():
        assert rises(of_one[:days]) == []
        assert rises(of_one[days:])


def test_inside_the_day_a_tenfold_rise_is_as_surprising_in_a_series_of_a_billion() -> None:
    fast, powers = DETECTORS[-1], {f"of ten to the {power}": power for power in (6, 7, 8, 9)}
    detector, _ = feed(fast, {name: [10**power] * 60 for name, power in powers.items()})
    start = (FIRST + 60) * DAY
    shares = {name: 10 ** (power + 1) // 288 for name, power in powers.items()}
    readings = detector.run([(start + place * 300, shares) for place in range(2)])
    for name in powers:
        own = [reading for reading in readings if reading.series == name]
        assert [reading.detector for reading in own] == ["fast", "fast"]
        assert own[-1].surprise > 150.0


@each
def test_a_larger_scale_with_the_same_noise_is_no_less_surprising(watched: Watched) -> None:
    counts = {}
    for scale in (1, 10, 100):
        rng = np.random.default_rng(5)
        counts[str(scale)] = [
            *(int(rng.poisson(20 * scale)) for _ in range(watched.history)),
            *([round(20 * watched.rise * scale)] * 40),
        ]
    _, told = feed(watched, counts)
    strongest = [max(r.surprise for r in rises(days)) for days in told.values()]
    assert strongest == sorted(strongest)


@each
@settings(max_examples=2, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.just(0), st.integers(0, 10**9))] * 4), min_size=40, max_size=80
    )
)
def test_no_number_is_ever_none_up_to_a_billion(
    watched: Watched, drawn: list[tuple[int, ...]]
) -> None:
    counts = {f"s{number}": of_one for number, of_one in enumerate(zip(*drawn, strict=True))}
    detector, told = feed(watched, counts)
    for days in told.values():
        for r in (reading for day in days for reading in day):
            assert all(math.isfinite(n) for n in (r.observed, r.expected, r.upper, r.surprise))
    for name in counts:
        for point in detector.curve(name):
            assert math.isfinite(point.expected)
            assert math.isfinite(point.upper)


@each
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 9999), cut=st.integers(20, 110))
def test_what_was_told_does_not_change_with_the_future(
    watched: Watched, seed: int, cut: int
) -> None:
    counts = several(seed, 120, (15.0,))
    _, whole = feed(watched, counts)
    _, part = feed(watched, {name: days[:cut] for name, days in counts.items()})
    assert {name: days[:cut] for name, days in whole.items()} == part


@each
def test_it_does_tell_a_rise(watched: Watched) -> None:
    rng = np.random.default_rng(8)
    counts = [int(n) for n in rng.poisson(20, watched.history)] + [
        int(n) for n in rng.poisson(20 * watched.rise, 40)
    ]
    _, told = feed(watched, {"s": counts})
    assert rises(told["s"][: watched.history]) == []
    assert rises(told["s"][watched.history :])
