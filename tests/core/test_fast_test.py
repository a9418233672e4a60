"""Buckets of a day closed hour by hour, or all at once, leave the same and find the same."""

from __future__ import annotations

import numpy as np
import pytest

from streams.core.detect import Reading, RiseDetector, Tuning

DAY, HOUR, BUCKET = 86_400, 3_600, 300
FIRST = 15_000
DAYS = 45
SOON_CALM = Tuning(calm=9.0)
"""An episode whose rise began a day before is over with the hour in which it opens."""
Bucket = tuple[int, dict[str, int]]


def history(seed: int) -> list[list[Bucket]]:
    """Five series over some weeks, by day: rises of some hours and of days, and days skipped."""
    rng = np.random.default_rng(seed)
    days: list[list[Bucket]] = []
    for day in range(FIRST, FIRST + DAYS):
        rates = np.array([0.4, 3.0, 20.0, 90.0, 300.0]) * (rng.random(5) < 0.9)
        up = rng.choice([1.0, 8.0], (5, 1), p=[0.8, 0.2]) if day >= FIRST + 20 else np.ones((5, 1))
        mean = np.broadcast_to(rates[:, np.newaxis] / 288, (5, 288)).copy()
        mean *= 1.8 if (day - FIRST) % 9 > 5 and day >= FIRST + 20 else 1.0
        begin, end = sorted(rng.integers(0, 288, 2).tolist())
        mean[:, begin:end] *= up
        counts = rng.poisson(mean)
        days.append(
            [
                (
                    day * DAY + place * BUCKET,
                    {f"s{n}": int(c) for n, c in enumerate(counts[:, place]) if c},
                )
                for place in range(288)
            ]
        )
    return days


def run(days: list[list[Bucket]], at_once: int) -> tuple[list[Reading], list[tuple[str, bytes]]]:
    """Run a detector over days of which so many buckets close at once."""
    detector, readings = RiseDetector(SOON_CALM), []
    for buckets in days:
        for begin in range(0, len(buckets), at_once):
            readings += detector.run(buckets[begin : begin + at_once])
        total: dict[str, int] = {}
        for _, counts in buckets:
            for series, count in counts.items():
                total[series] = total.get(series, 0) + count
        readings += detector.close("1d", buckets[0][0], total)
    return readings, sorted(detector.changed())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_it_does_not_matter_how_many_hours_close_at_once(seed: int) -> None:
    days = history(seed)
    by_hour, rows = run(days, 12)
    found = {(r.detector, r.status) for r in by_hour}
    assert {("fast", "raised"), ("fast", "calm")} <= found, "else nothing hangs on the hours"
    for at_once in (288, 100):
        assert run(days, at_once) == (by_hour, rows)
