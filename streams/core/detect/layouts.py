"""States of series as they were written, by layout: the first byte of a row, but for the first one.

Layout 2 ended before the sums of the fast test. Layout 3 knew the day by whole hours, the same for
all weekdays, and what was expected of the day before in a number of its own. Layout 4 had the
numbers that are 0, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.intraday import hours
from streams.core.detect.regressors import WEEK, WIDTH
from streams.core.detect.state_matrix import (
    ASLEEP,
    BETA,
    BY_WEEKDAY,
    CLOCK,
    CLUSTER,
    COUNTS,
    DAY,
    FAST_AT,
    FEAST_SD,
    FEAST_VAR,
    FIELDS,
    HOUR,
    HOURS,
    LAST_COUNTS,
    LAST_MEANS,
    MARKS,
    MONTH,
    OPEN,
    PAIRS,
    PROFILE,
    REBOUND_SD,
    REBOUND_VAR,
    RING,
    VERSION,
    WEEKDAYS,
    length,
    past,
    single,
    triangle,
    unpacked,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Vector

_ALL_NUMBERS: Final = 4
_FIELDS_3: Final = BY_WEEKDAY.start + 1
_FIELDS_2: Final = FAST_AT + 1
"""One number more: the hourly dispersion had two of them."""
_TRIANGLE: Final = WIDTH * (WIDTH + 1) // 2
_LENGTH_1: Final = 8 * (18 + MONTH + WEEK + WIDTH + 2 * HOURS + _TRIANGLE)


def decode(row: bytes) -> Vector:
    """Read a state that `StateMatrix.rows` encoded, or an older one; gives its FIELDS numbers.

    Raises:
        ValueError: the row is not a state of this version or one before.
    """
    if row[:1] == bytes((VERSION,)) and (state := unpacked(row)) is not None:
        return state
    if len(row) == FIELDS * 8 + 1 and row[0] == _ALL_NUMBERS:
        return np.frombuffer(row, dtype=np.float64, offset=1).copy()
    for version, fields in ((3, _FIELDS_3), (2, _FIELDS_2)):
        if len(row) == fields * 8 + 1 and row[0] == version:
            return _from_3(np.frombuffer(row, dtype=np.float64, offset=1))
    if len(row) == _LENGTH_1:
        return _from_1(np.frombuffer(row, dtype="<f8"))
    raise ValueError(f"no state of a detector of layout {VERSION} or older: {len(row)} bytes")


def check(row: bytes) -> None:
    """Check that `decode` can read a state, by its length where it is of this version.

    Raises:
        ValueError: it cannot.
    """
    if row[:1] == bytes((VERSION,)) and len(row) == length(row):
        return
    decode(row)


def _from_3(row: Vector) -> Vector:
    """Bring a state of the second or third layout to this one."""
    state = np.zeros(FIELDS)
    state[: row.size - 1] = np.delete(row, CLUSTER + 1)
    old = slice(RING.start + 1, PROFILE.stop + 1)
    ring, seen = np.split(row[old], 2)
    _day(state, row[CLUSTER : CLUSTER + 2], ring, seen)
    today = np.where(
        state[HOUR] - (state[HOUR] - np.arange(HOURS)) % HOURS > state[DAY] * HOURS + HOURS - 1,
        ring,
        0.0,
    )
    state[PAIRS] += (today * (today - 1.0)).sum()  # they were less those of a flat hour
    return state


def _day(state: Vector, cluster: Vector, ring: Vector, seen: Vector) -> None:
    """Put in what was known of the hours of the day: each falls into four equal quarters."""
    cells, slot = state[:, np.newaxis], np.zeros(1, dtype=np.intp)
    cells[CLOCK] = 0.0
    for number in range(2):
        single(cells, CLUSTER, number)[:] = cluster[number]
    hours.write_ring(cells, slot, _in_four(ring).astype(np.float32))
    four = np.repeat(seen / 4.0, 4)[:, np.newaxis]
    hours.write_seen(cells, slot, four.astype(np.float32))


def _in_four(hours: Vector) -> NDArray[np.float64]:
    """Part whole counts of hours into whole counts of quarters."""
    gone = np.floor(hours[:, np.newaxis] * np.arange(5) / 4.0)
    return np.diff(gone, axis=1).reshape(-1, 1)


def _from_1(row: Vector) -> Vector:
    """Bring a state of the first layout to this one: what it did not know is as in a new series."""
    ends = np.cumsum([18, MONTH, WEEK, WIDTH, HOURS, HOURS]).tolist()
    scalars, counts, means, beta, ring, seen, covariance = np.split(row, ends)
    state = np.zeros(FIELDS)
    state[DAY : ASLEEP + 1], state[HOUR] = scalars[: 1 + ASLEEP - DAY], scalars[1 + ASLEEP - DAY]
    state[COUNTS], state[BETA] = counts, beta
    _day(state, scalars[-2:], ring, seen)
    cells = state[:, np.newaxis]
    places = [(i, j) for i in range(WIDTH) for j in range(i, WIDTH)]
    for (i, j), value in zip(places, covariance.tolist(), strict=True):
        triangle(cells, i, j)[:] = value
    day = int(state[DAY])
    state[OPEN], state[MARKS] = 1.0, 1.0
    state[REBOUND_VAR], state[FEAST_VAR] = REBOUND_SD**2, FEAST_SD**2
    for ago in range(WEEK):
        count, mean = past(cells, day - ago)
        count[:] = state[COUNTS.start + (day - ago) % MONTH]
        mean[:] = means[(day - ago) % WEEK]
        if ago < WEEK - 1:
            state[LAST_COUNTS.start + ago], state[LAST_MEANS.start + ago] = count[0], mean[0]
    for ago in range(MONTH):
        past(cells, day - ago)[0][:] = state[COUNTS.start + (day - ago) % MONTH]
        state[WEEKDAYS.start + (day - ago) % WEEK] += state[COUNTS.start + (day - ago) % MONTH]
    return state
