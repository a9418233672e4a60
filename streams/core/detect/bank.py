"""The states of many series side by side: one column a series, one contiguous row a number.

Every step works elementwise along the rows, so what a series becomes never depends on which
others share the bank or in which order they came.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.regressors import WAVES, WEEK, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Slots = NDArray[np.intp]
    Singles = NDArray[np.float32]
    Bytes = NDArray[np.uint8]

MONTH: Final = 4 * WEEK
HOURS: Final = 24
WEEKS: Final = 16
REMEMBERED: Final = 60
"""Days that the curve of a series goes back."""
YEARDAYS: Final = 52 * WEEK
SIZES_OF_OUTBREAK: Final = 3
RISES: Final = 4
"""Sizes of a rise that the fast test looks for."""
FEAST_SD: Final = 0.5
REBOUND_SD: Final = 0.3
"""What an open day after an exceptionally closed one has more (log) differs by so much."""
VERSION: Final = 3
"""Layout of a row: its first byte."""
BLOCK: Final = 256
"""So many states are encoded at once: they fit into the cache."""

_fields = itertools.count()
DAY: Final = next(_fields)  # last day closed (days since the epoch)
AGE: Final = next(_fields)  # days lived
FIRST: Final = next(_fields)  # events in the first week
VAR: Final = next(_fields)  # dispersion: sum of squares (A)
MEAN: Final = next(_fields)  # dispersion: sum of means (B)
RESIDUAL: Final = next(_fields)  # smoothed standardised residual (r)
MU: Final = next(_fields)  # events expected on the open day
Q: Final = next(_fields)  # variance of its logarithm
MU_BEFORE: Final = next(_fields)  # events expected on the day before it
RAISED: Final = next(_fields)  # 0 calm, else the test that raised it: FAST or DAILY
SINCE: Final = next(_fields)  # start of the episode (epoch seconds)
CALMED: Final = next(_fields)  # end of the last episode: no window reaches back over it
TOLD: Final = next(_fields)  # highest surprise told of the episode
SILENT: Final = next(_fields)  # days without an event
ASLEEP: Final = next(_fields)
OPEN: Final = next(_fields)  # 1, or 0 where the last day tested was closed
AFTER: Final = next(_fields)  # 1 where the open day follows an exceptionally closed one
REBOUND: Final = next(_fields)  # what such a day has more (log), and its variance
REBOUND_VAR: Final = next(_fields)
FEAST: Final = next(_fields)  # what a holiday of the calendar has more (log), and its variance
FEAST_VAR: Final = next(_fields)
HOUR: Final = next(_fields)  # last hour with an event (hours since the epoch)
CLUSTER: Final = next(_fields)  # hourly dispersion: sum of squares
CLUSTERED: Final = next(_fields)  # hourly dispersion: sum of means


def _block(size: int) -> slice:
    start = next(_fields)
    for _ in range(size - 1):
        next(_fields)
    return slice(start, start + size)


COUNTS: Final = _block(MONTH)  # the last 28 counts, by day modulo 28
MARKS: Final = _block(WEEK)  # what the last seven days were, by day modulo 7: see `opening`
WEEKDAYS: Final = _block(WEEK)  # events seen by weekday, slowly forgotten
LAST_COUNTS: Final = _block(WEEK - 1)  # of the last six open days, the newest first
LAST_MEANS: Final = _block(WEEK - 1)  # what was expected of them
ODDS: Final = _block(SIZES_OF_OUTBREAK)  # of an outbreak under way, by its size
BETA: Final = _block(WIDTH)  # coefficients of the log-linear model
RING: Final = _block(HOURS)  # counts of the last 24 hours with an event, by hour of the day
PROFILE: Final = _block(HOURS)  # events seen by hour of the day
COVARIANCE: Final = _block((WIDTH * (WIDTH + 1) // 2 + 1) // 2)  # of BETA, see `triangle`
PAST: Final = _block(REMEMBERED)  # counts and expectations by day modulo 60, see `past`
YEAR: Final = _block((YEARDAYS + 7) // 8)  # see `yearday`
SLOW_RING: Final = _block(WEEKS)  # counts of the last 16 weeks, by week modulo 16
SLOW_SEASON: Final = _block(WAVES)  # coefficients of the waves, slowly followed, see `single`
SLOW_WEEKS: Final = next(_fields)  # whole weeks lived
SLOW_SUM: Final = next(_fields)  # lagging level: events, discounted
SLOW_SPAN: Final = next(_fields)  # and the weeks they took
SLOW_ROUGH: Final = next(_fields)  # noise from week to week: sum of squares
SLOW_ROUGHED: Final = next(_fields)  # and of weights
SLOW_WANDER: Final = next(_fields)  # months off the lagging level: sum of squares
SLOW_WANDERED: Final = next(_fields)  # and of weights
SLOW_SINCE: Final = next(_fields)  # start of the slow rise that was told (epoch seconds), or 0
SLOW_AT: Final = next(_fields)  # week in which it was first told, or the last one ended
OFFSET: Final = next(_fields)  # log of the active customers today, against OFFSET_FROM
OFFSET_FROM: Final = next(_fields)  # that log when it was first known, or 0
OFFSETS: Final = _block((WEEK + 1) // 2)  # of the last days, by day modulo 8, see `single`
SLOW_OFFSETS: Final = _block(WEEKS // 2)  # of the last weeks, by week modulo 16, see `single`
_FIELDS_2: Final = next(_fields)  # the second layout ended before this one
FAST_AT: Final = _FIELDS_2  # end of the bucket that the sums are as of (epoch seconds)
FAST_SUM: Final = _block(RISES)  # cumulative sums of the fast test, by size of the rise
FAST_SINCE: Final = _block(RISES)  # start of each (epoch seconds)
FAST_SEEN: Final = _block(RISES)  # events since
FAST_MEAN: Final = _block(RISES)  # and those expected
PAIRS: Final = next(_fields)  # pairs of today in one 5 minutes beyond chance, times 12
PAIRED: Final = next(_fields)  # and of the days before, slowly forgotten
FIELDS: Final = next(_fields)

FAST: Final = 1.0
DAILY: Final = 2.0

_ORDER: Final = {
    pair: number
    for number, pair in enumerate((i, j) for i in range(WIDTH) for j in range(i, WIDTH))
}


def triangle(cells: NDArray[np.float64], i: int, j: int) -> Singles:
    """Give the covariance of two coefficients, to be read and written: two numbers share a cell."""
    number = _ORDER[(i, j) if i <= j else (j, i)]
    pair: Singles = cells[COVARIANCE.start + number // 2].view(np.float32)
    return pair[number % 2 :: 2]


def single(cells: NDArray[np.float64], block: slice, number: int) -> Singles:
    """Give one of the numbers of a block in which two share a cell (writable)."""
    pair: Singles = cells[block.start + number // 2].view(np.float32)
    return pair[number % 2 :: 2]


def past(cells: NDArray[np.float64], day: int) -> tuple[Singles, Singles]:
    """Give the count of a day of the last 60 and what was expected of it (both writable)."""
    pair: Singles = cells[PAST.start + day % REMEMBERED].view(np.float32)
    return pair[::2], pair[1::2]


def yearday(cells: NDArray[np.float64], day: int) -> Bytes:
    """Give the byte of a day and of all those whole 52 weeks away (writable)."""
    number = day % YEARDAYS
    eight: Bytes = cells[YEAR.start + number // 8].view(np.uint8)
    return eight[number % 8 :: 8]


class Bank:
    """A growing table of states: `cells[field, slot]`, and the key of every slot."""

    def __init__(self, capacity: int = 64) -> None:
        self.cells: NDArray[np.float64] = np.zeros((FIELDS, capacity))
        self.dirty: NDArray[np.bool_] = np.zeros(capacity, dtype=np.bool_)
        self.keys: list[str] = []
        self.slots: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, key: str, state: Vector) -> int:
        """Put a series behind the others and give its slot."""
        slot = len(self.keys)
        if slot == self.cells.shape[1]:
            self.cells = np.concatenate((self.cells, np.zeros_like(self.cells)), axis=1)
            self.dirty = np.concatenate((self.dirty, np.zeros_like(self.dirty)))
        self.cells[:, slot] = state
        self.dirty[slot] = True
        self.keys.append(key)
        self.slots[key] = slot
        return slot

    def remove(self, slots: Slots) -> None:
        """Take series out; the last ones move into their places. `slots` must be ascending."""
        for slot in slots[::-1].tolist():
            key, last = self.keys[slot], len(self.keys) - 1
            if slot != last:
                self.cells[:, slot] = self.cells[:, last]
                self.dirty[slot] = self.dirty[last]
                self.keys[slot] = self.keys[last]
                self.slots[self.keys[slot]] = slot
            self.keys.pop()
            del self.slots[key]

    def rows(self, slots: Slots) -> Iterator[tuple[str, bytes]]:
        """Encode the states of some series."""
        size = 1 + FIELDS * 8
        for first in range(0, slots.size, BLOCK):
            part = slots[first : first + BLOCK]
            table = np.empty((part.size, size), dtype=np.uint8)
            table[:, 0] = VERSION
            table[:, 1:] = np.ascontiguousarray(self.cells[:, part].T).view(np.uint8)
            block = table.tobytes()
            for place, slot in enumerate(part.tolist()):
                yield self.keys[slot], block[place * size : (place + 1) * size]


def decode(row: bytes) -> Vector:
    """Read a state that `Bank.rows` encoded, or an older one.

    Raises:
        ValueError: the row is not a state of this version or one before.
    """
    if len(row) == FIELDS * 8 + 1 and row[0] == VERSION:
        return np.frombuffer(row, dtype=np.float64, offset=1).copy()
    if len(row) == _FIELDS_2 * 8 + 1 and row[0] == 2:  # noqa: PLR2004 - the layout before
        return np.concatenate((np.frombuffer(row, dtype=np.float64, offset=1), _FRESH))
    if len(row) == _LENGTH_1:
        return _upgrade(np.frombuffer(row, dtype="<f8"))
    raise ValueError(f"no state of a detector of layout {VERSION} or older: {len(row)} bytes")


_FRESH: Final = np.zeros(FIELDS - _FIELDS_2)
"""What the second layout did not have: no sum has begun."""
_LAYOUT_1: Final[tuple[tuple[slice | None, int], ...]] = (
    (slice(DAY, ASLEEP + 1), 1 + ASLEEP - DAY),
    (slice(HOUR, CLUSTERED + 1), 1 + CLUSTERED - HOUR),
    (COUNTS, MONTH),
    (None, WEEK),  # what was expected of the last seven days
    (BETA, WIDTH),
    (RING, HOURS),
    (PROFILE, HOURS),
)
"""Where the numbers of the first layout went, in its order; the covariance came last."""
_MEANS_1: Final = 1 + ASLEEP - DAY + 1 + CLUSTERED - HOUR + MONTH
_LENGTH_1: Final = 8 * (sum(size for _, size in _LAYOUT_1) + WIDTH * (WIDTH + 1) // 2)


def _upgrade(row: Vector) -> Vector:
    """Bring a state of the first layout to this one: what it did not know is as in a new series."""
    state, at = np.zeros(FIELDS), 0
    for place, size in _LAYOUT_1:
        if place is not None:
            state[place] = row[at : at + size]
        at += size
    cells = state[:, np.newaxis]
    for number, (i, j) in enumerate(_ORDER):
        triangle(cells, i, j)[:] = row[at + number]
    means = row[_MEANS_1 : _MEANS_1 + WEEK]
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
