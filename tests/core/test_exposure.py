"""What the detector makes of the number of active customers: the rate counts, not the count."""

from __future__ import annotations

import numpy as np
import pytest

from streams.core.detect import Reading, RiseDetector
from streams.core.series_key import series_key

pytestmark = pytest.mark.slow

DAY = 86400
FIRST = 4  # a Monday
ALL = series_key("complaints", {})
GOLD = series_key("complaints", {"segment": "Gold"})
LOAN = series_key("complaints", {"product": "Loan"})

Active = dict[str, float]


def run(
    rates: list[float],
    active: list[Active | None],
    *,
    key: str = ALL,
    seed: int = 1,
    days_alone: bool = False,
) -> list[Reading]:
    """Close a day for each rate, hours first, with the customers of that day.

    `days_alone` leaves the hours out, of which the slow test sees nothing.
    """
    source = np.random.default_rng(seed)
    detector = RiseDetector()
    readings = []
    for day, (rate, customers) in enumerate(zip(rates, active, strict=True), start=FIRST):
        hours = source.poisson(rate / 24, size=24).tolist()
        for hour, n in enumerate(hours if not days_alone else ()):
            start = day * DAY + hour * 3600
            readings += detector.close("5m", start, {key: n} if n else {}, customers)
        readings += detector.close(
            "1d", day * DAY, {key: sum(hours)} if sum(hours) else {}, customers
        )
    return readings


def raised(readings: list[Reading]) -> list[Reading]:
    return [reading for reading in readings if reading.status == "raised"]


def days(before: float, after: float, *, at: int = 60, total: int = 120) -> list[float]:
    return [before if day < at else after for day in range(total)]


@pytest.mark.parametrize("key", [ALL, GOLD, LOAN])
def test_twice_the_customers_with_twice_the_complaints_is_no_rise(key: str) -> None:
    active = [{"": n, "Gold": n / 10} for n in days(10_000, 20_000)]
    assert raised(run(days(40, 80), [None] * 120, key=key))
    assert raised(run(days(40, 80), list(active), key=key)) == []


def test_the_same_complaints_from_half_the_customers_is_a_rise() -> None:
    active: list[Active | None] = [{"": n} for n in days(10_000, 5_000)]
    assert raised(run(days(40, 40), [None] * 120)) == []
    first = raised(run(days(40, 40), active))[0]
    assert (FIRST + 60) * DAY <= first.since <= (FIRST + 62) * DAY
    assert first.expected == pytest.approx(20 * (first.end - first.start) / DAY, rel=0.3)


def test_customers_that_come_over_months_do_not_look_like_a_slow_rise() -> None:
    growth = [1.0 if day < 280 else 1.0 + min(1.0, (day - 280) / 60) for day in range(420)]
    rates = [40 * g for g in growth]
    alone = [r for r in raised(run(rates, [None] * 420, days_alone=True)) if r.detector == "slow"]
    with_them: list[Active | None] = [{"": 1000 * g} for g in growth]
    assert alone
    assert [r for r in raised(run(rates, with_them, days_alone=True)) if r.detector == "slow"] == []


def test_a_slow_rise_of_the_rate_among_fewer_customers_is_told() -> None:
    shrunk = [1.0 if day < 280 else max(0.6, 1.0 - (day - 280) / 100) for day in range(420)]
    active: list[Active | None] = [{"": 1000 * s} for s in shrunk]
    found = [r for r in raised(run([40.0] * 420, active, days_alone=True)) if r.detector == "slow"]
    assert found
    assert abs(found[0].since // DAY - FIRST - 280) < 35


def test_a_segment_goes_by_its_own_customers() -> None:
    """Gold doubles its complaints while only the others get more customers."""
    active: list[Active | None] = [{"": n, "Gold": 1000} for n in days(10_000, 20_000)]
    assert raised(run(days(40, 80), active, key=GOLD))


def test_that_the_number_becomes_known_changes_nothing_by_itself() -> None:
    late: list[Active | None] = [{} if day < 50 else {"": 10_000.0} for day in range(120)]
    never = run(days(40, 120), [None] * 120)
    assert raised(never)
    assert run(days(40, 120), late) == never


def test_few_customers_are_no_base_for_a_rate() -> None:
    few: list[Active | None] = [{"": 1.0 + day % 40} for day in range(120)]
    never = run(days(40, 120), [None] * 120)
    assert raised(never)
    assert run(days(40, 120), few) == never


def test_a_restart_within_a_day_changes_nothing() -> None:
    source = np.random.default_rng(3)
    counts = source.poisson(40, size=90).tolist()
    active = [{"": 1000.0 * (1 + day / 30)} for day in range(90)]

    def steps(detector: RiseDetector, low: int, high: int) -> list[Reading]:
        told = []
        for day in range(low, high):
            start = (FIRST + day // 2) * DAY
            half = {ALL: counts[day]}
            if day % 2 == 0:
                told += detector.close("5m", start, half, active[day // 2])
            else:
                told += detector.close("1d", start, {ALL: 4 * counts[day]}, active[day // 2])
        return told

    whole = RiseDetector()
    told = steps(whole, 0, 90)
    first, second = RiseDetector(), RiseDetector()
    pieces = steps(first, 0, 41)
    second.restore(list(first.changed()))
    assert told == pieces + steps(second, 41, 90)
    assert list(whole.changed()) == list(second.changed())
