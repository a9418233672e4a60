"""A state that an older version wrote is read; one that nobody wrote is refused."""

from __future__ import annotations

import numpy as np
import pytest

from streams.core.detect import SpikeDetector
from streams.core.detect.bank import FAST_AT, FIELDS
from streams.core.detect.layouts import decode

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
    detector = SpikeDetector()
    detector.restore([("s", old_row(20.0, 100))])
    assert detector.census().watching == 1
    curve = detector.curve("s")
    assert [(day.day, day.observed) for day in curve[-2:]] == [(FIRST + 98, 20), (FIRST + 99, 20)]
    for day in range(100, 110):
        assert detector.close("1d", (FIRST + day) * DAY, {"s": 20}) == []
    (reading,) = detector.close("1d", (FIRST + 110) * DAY, {"s": 90})
    assert (reading.status, reading.since) == ("raised", (FIRST + 110) * DAY)
    assert 18 < reading.expected < 22


def test_a_state_of_the_second_layout_goes_on() -> None:
    """It ended before the sums of the fast test."""
    detector = SpikeDetector()
    detector.restore([("s", old_row(20.0, 100))])
    detector.close("1d", (FIRST + 100) * DAY, {"s": 20})
    ((_, row),) = detector.changed()
    before = b"\x02" + row[1 : 1 + 8 * FAST_AT]
    assert np.array_equal(
        decode(before), decode(row)[:FAST_AT].tolist() + [0.0] * (FIELDS - FAST_AT)
    )
    detector = SpikeDetector()
    detector.restore([("s", before)])
    told = detector.close("5m", (FIRST + 101) * DAY + 43_200, {"s": 60})
    assert [(r.status, r.detector) for r in told] == [("raised", "fast")]


def test_a_state_is_written_in_the_new_layout() -> None:
    detector = SpikeDetector()
    detector.restore([("s", old_row(20.0, 100))])
    detector.close("1d", (FIRST + 100) * DAY, {"s": 20})
    ((_, row),) = detector.changed()
    assert row[0] == 3
    assert decode(row).shape == (FIELDS,)


@pytest.mark.parametrize("row", [b"", b"\x04" + bytes(8 * FIELDS), bytes(8), bytes(1768)])
def test_another_row_is_refused(row: bytes) -> None:
    with pytest.raises(ValueError, match="no state of a detector of layout 3"):
        decode(row)
