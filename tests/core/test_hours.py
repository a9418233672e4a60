"""The counts of the last 24 hours, of small series and of those of a billion events a day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.detect.intraday import diurnal_profile, hours
from streams.core.detect.intraday.rounds import Rounds
from streams.core.detect.state_matrix import FIELDS, HOUR, HOURS, QUARTERS, ring_scale
from streams.core.event_time.buckets import BASE
from streams.core.event_time.buckets import HOUR as HOUR_SECONDS

SLOT = np.zeros(1, dtype=np.intp)
FIRST = 17_000
BUCKETS = 12


def note(cells: np.ndarray, hour: int, counts: list[int], *, together: bool) -> None:
    """Count the 5-minute buckets of an hour of a series, at once or one by one."""
    starts = hour * HOUR_SECONDS + BASE * np.arange(len(counts), dtype=np.float64)
    size = len(counts) if together else 1
    for begin in range(0, len(counts), size):
        part = slice(begin, begin + size)
        each = np.array(counts[part], dtype=np.float64)
        hours.note(cells, Rounds(hour // HOURS, SLOT.repeat(each.size), starts[part], each))


def live(cells: np.ndarray, day: int, bucket: int) -> None:
    """Count a day of which every bucket has so many events, and learn from it."""
    for hour in range(day * HOURS, (day + 1) * HOURS):
        note(cells, hour, [bucket] * BUCKETS, together=True)
    even = np.full((QUARTERS, 1), 1.0 / QUARTERS, dtype=np.float32)
    diurnal_profile.learn(cells, SLOT, day, even, np.ones(1, dtype=np.bool_))


@pytest.mark.parametrize("bucket", [1, 700, 5_000, 40_000, 400_000, 4_000_000])
def test_the_last_day_has_all_its_events_however_many(bucket: int) -> None:
    cells = np.zeros((FIELDS, 1))
    for day in range(FIRST, FIRST + 9):
        live(cells, day, bucket)
    last = hours.last_day(cells, SLOT, int(cells[HOUR, 0]))[0]
    assert last == pytest.approx(HOURS * BUCKETS * bucket, rel=1e-3 if bucket > 5_000 else 0)
    seen = hours.in_hours(hours.seen(cells, SLOT))[:, 0]
    assert seen == pytest.approx(seen[0], rel=1e-6)


def test_steps_get_finer_again_when_a_series_gets_small() -> None:
    cells = np.zeros((FIELDS, 1))
    for day in range(FIRST, FIRST + 9):
        live(cells, day, 4_000_000)
    assert ring_scale(cells)[0] > 8.0
    for day in range(FIRST + 9, FIRST + 30):
        live(cells, day, 3)
    assert ring_scale(cells)[0] == 0.0
    assert hours.last_day(cells, SLOT, int(cells[HOUR, 0]))[0] == HOURS * BUCKETS * 3


@given(
    counts=st.lists(st.integers(1, 10**7), min_size=1, max_size=BUCKETS),
    scale=st.sampled_from([0.0, 1.0, 7.0]),
)
def test_buckets_closed_one_by_one_and_an_hour_at_once_leave_the_same(
    counts: list[int], scale: float
) -> None:
    kept = []
    for together in (True, False):
        cells = np.zeros((FIELDS, 1))
        ring_scale(cells)[:] = scale
        note(cells, FIRST * HOURS + 9, counts, together=together)
        kept.append(cells.tobytes())
    assert kept[0] == kept[1]
