"""A state that an older version wrote is read; one that nobody wrote is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from streams.core.detect import RiseDetector
from streams.core.detect.intraday import hours
from streams.core.detect.layouts import check, decode
from streams.core.detect.state_matrix import (
    ASLEEP,
    BLOCK,
    BY_WEEKDAY,
    CLUSTER,
    COUNTS,
    COVARIANCE,
    FAST_AT,
    FIELDS,
    HEAD,
    PAIRS,
    PROFILE,
    RING,
    StateMatrix,
    single,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = 86400
FIRST = 15_000

FIRST_LAYOUT = (18, 28, 7, 14, 24, 24, 105)
"""Scalars, counts, means, coefficients, hours, profile, covariance."""


def old_row(rate: float, days: int) -> bytes:
    """A state of the first layout: so many days of a steady series."""
    parts = [np.zeros(size) for size in FIRST_LAYOUT]
    scalars, counts, means, beta, _, profile, covariance = parts
    last = FIRST + days - 1
    scalars[:3] = last, days, 7 * rate
    scalars[3:5] = 100.0, 100.0  # a dispersion of 1
    scalars[6:9] = rate, 1e-3, rate
    counts[:], means[:], profile[:] = rate, rate, rate * days / 24
    beta[0] = np.log(rate)
    covariance[0] = 1e-3
    return np.concatenate(parts).astype("<f8").tobytes()


def test_a_state_of_the_first_layout_goes_on() -> None:
    detector = RiseDetector()
    detector.restore([("s", old_row(20.0, 100))])
    assert detector.census().watching == 1
    curve = detector.curve("s")
    assert [(day.day, day.observed) for day in curve[-2:]] == [(FIRST + 98, 20), (FIRST + 99, 20)]
    for day in range(100, 110):
        assert detector.close("1d", (FIRST + day) * DAY, {"s": 20}) == []
    (reading,) = detector.close("1d", (FIRST + 110) * DAY, {"s": 90})
    assert (reading.status, reading.since) == ("raised", (FIRST + 110) * DAY)
    assert 18 < reading.expected < 22


def row_of_layout_3(row: bytes, hours_seen: np.ndarray, ring: np.ndarray) -> bytes:
    """A state as the third layout had it: hours as whole numbers, the same for all weekdays."""
    state = decode(row)[: BY_WEEKDAY.start]
    state[RING], state[PROFILE] = ring, hours_seen
    state[CLUSTER] = 50.0
    return b"\x03" + np.insert(state, CLUSTER + 1, 40.0).tobytes()


def of_today(row: bytes) -> tuple[bytes, bytes]:
    """The rows of the second and third layout of a series, on a day with 12 events at noon."""
    ring = np.zeros(24)
    ring[12] = 12.0
    third = row_of_layout_3(row, np.full(24, 80.0), ring)
    return b"\x02" + third[1 : 1 + 8 * (FAST_AT + 1)], third


@pytest.mark.parametrize("place", [0, 1], ids=["second", "third"])
def test_a_state_of_a_layout_before_goes_on(place: int) -> None:
    """The second ended before the sums of the fast test, the third knew no quarters of an hour."""
    detector = RiseDetector()
    detector.restore([("s", old_row(20.0, 100))])
    detector.close("1d", (FIRST + 100) * DAY, {"s": 20})
    ((_, row),) = detector.changed()
    before = of_today(row)[place]
    cells, slot = decode(before)[:, np.newaxis], np.zeros(1, dtype=np.intp)
    assert hours.in_hours(hours.seen(cells, slot))[:, 0] == pytest.approx(80.0, rel=1e-3)
    assert hours.in_hours(hours.ring(cells, slot))[12, 0] == 12.0
    assert [float(single(cells, CLUSTER, n)[0]) for n in range(2)] == [50.0, 40.0]
    assert np.array_equal(cells[COUNTS, 0], decode(row)[COUNTS])
    assert np.array_equal(cells[COVARIANCE, 0], decode(row)[COVARIANCE])
    detector = RiseDetector()
    detector.restore([("s", before)])
    told = detector.close("5m", (FIRST + 101) * DAY + 43_200, {"s": 60})
    assert [(r.status, r.detector) for r in told] == [("raised", "fast")]


def test_pairs_of_a_day_under_way_are_brought_over() -> None:
    """They were kept less those of a flat hour."""
    detector = RiseDetector()
    detector.restore([("s", old_row(20.0, 100))])
    noon = (FIRST + 100) * DAY + 43_200
    detector.close("5m", noon, {"s": 12})
    ((_, row),) = detector.changed()
    ring = np.zeros(24)
    ring[12] = 12.0
    third = np.frombuffer(row_of_layout_3(row, np.full(24, 80.0), ring), offset=1).copy()
    third[PAIRS + 1] = 12 * 12 * 11 - 12 * 11
    assert decode(b"\x03" + third.tobytes())[PAIRS] == decode(row)[PAIRS] == 12 * 12 * 11


def test_a_state_is_written_in_the_new_layout() -> None:
    detector = RiseDetector()
    detector.restore([("s", old_row(20.0, 100))])
    detector.close("1d", (FIRST + 100) * DAY, {"s": 20})
    ((_, row),) = detector.changed()
    assert row[0] == 5
    assert decode(row).shape == (FIELDS,)


def test_a_state_with_the_numbers_that_are_0_is_read_to_the_bit() -> None:
    """The fourth layout had all of them; -0.0 is not left out."""
    state = np.zeros(FIELDS)
    state[COUNTS.start : COUNTS.start + 3] = -0.0, np.nextafter(0.0, 1.0), 7.0
    cells = StateMatrix()
    cells.extend(["s"], state[:, np.newaxis])
    ((_, row),) = cells.changed()
    assert len(row) == HEAD + 3 * 8
    assert decode(row).tobytes() == decode(b"\x04" + state.tobytes()).tobytes() == state.tobytes()


@pytest.mark.parametrize("row", [b"", b"\x05" + bytes(8 * FIELDS), bytes(8), bytes(1768)])
def test_another_row_is_refused(row: bytes) -> None:
    with pytest.raises(ValueError, match="no state of a detector of layout 5"):
        decode(row)


def test_states_of_many_series_are_each_as_they_were() -> None:
    states = np.random.default_rng(3).integers(0, 3, (FIELDS, 2 * BLOCK + 7)).astype(float)
    states[ASLEEP] = 0.0
    matrix = StateMatrix()
    matrix.extend([f"s{number}" for number in range(states.shape[1])], states)
    rows = dict(matrix.changed())
    detector = RiseDetector()
    detector.restore(rows.items())
    assert list(detector.changed()) == []
    restored = detector._matrix  # noqa: SLF001
    assert restored.cells.shape == (FIELDS, len(rows)), "with no room to spare"
    restored.mark_all()
    assert dict(detector.changed()) == rows


def test_a_row_is_refused_by_its_length_as_by_reading_it() -> None:
    detector = RiseDetector()
    detector.restore([("s", old_row(20.0, 100))])
    detector.close("1d", (FIRST + 100) * DAY, {"s": 20})
    ((_, row),) = detector.changed()
    wrong_bits = row[:1] + bytes((row[1] ^ 1,)) + row[2:]
    rows = [row, row[:-8], row[:-1], row + bytes(8), row[:HEAD], row[:5], b"", wrong_bits]
    rows += [old_row(20.0, 100), bytes((4,)) + bytes(8 * FIELDS), bytes((9,)) + row[1:]]
    for one in rows:
        assert refuses(check, one) == refuses(decode, one)
    assert [refuses(check, one) for one in rows] == [False] + 7 * [True] + [False, False, True]


def refuses(read: Callable[[bytes], object], row: bytes) -> bool:
    try:
        read(row)
    except ValueError:
        return True
    return False
