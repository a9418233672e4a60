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

MONTH: Final = 4 * WEEK
HOURS: Final = 24
WEEKS: Final = 16

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
RAISED: Final = next(_fields)  # 0 calm, else the grain that raised it: HOURLY or DAILY
SINCE: Final = next(_fields)  # start of the episode (epoch seconds)
CALMED: Final = next(_fields)  # end of the last episode: no window reaches back over it
TOLD: Final = next(_fields)  # highest z told inside the open day
SILENT: Final = next(_fields)  # days without an event
ASLEEP: Final = next(_fields)
HOUR: Final = next(_fields)  # last hour with an event (hours since the epoch)
CLUSTER: Final = next(_fields)  # hourly dispersion: sum of squares
CLUSTERED: Final = next(_fields)  # hourly dispersion: sum of means


def _block(size: int) -> slice:
    start = next(_fields)
    for _ in range(size - 1):
        next(_fields)
    return slice(start, start + size)


COUNTS: Final = _block(MONTH)  # the last 28 counts, by day modulo 28
MEANS: Final = _block(WEEK)  # what was expected of the last seven, by day modulo 7
BETA: Final = _block(WIDTH)  # coefficients of the log-linear model
RING: Final = _block(HOURS)  # counts of the last 24 hours with an event, by hour of the day
PROFILE: Final = _block(HOURS)  # events seen by hour of the day
COVARIANCE: Final = _block(WIDTH * (WIDTH + 1) // 2)  # of BETA, upper triangle by rows
SLOW_RING: Final = _block(WEEKS)  # counts of the last 16 weeks, by week modulo 16
SLOW_SEASON: Final = _block(2 * WAVES)  # coefficients of the annual waves, slowly followed
SLOW_WEEKS: Final = next(_fields)  # whole weeks lived
SLOW_SUM: Final = next(_fields)  # lagging level: events, discounted
SLOW_SPAN: Final = next(_fields)  # and the weeks they took
SLOW_ROUGH: Final = next(_fields)  # noise from week to week: sum of squares
SLOW_ROUGHED: Final = next(_fields)  # and of weights
SLOW_WANDER: Final = next(_fields)  # months off the lagging level: sum of squares
SLOW_WANDERED: Final = next(_fields)  # and of weights
SLOW_SINCE: Final = next(_fields)  # start of the slow rise that was told (epoch seconds), or 0
SLOW_AT: Final = next(_fields)  # week in which it was first told, or the last one ended
FIELDS: Final = next(_fields)

HOURLY: Final = 1.0
DAILY: Final = 2.0

TRIANGLE: Final = {
    (i, j): COVARIANCE.start + i * WIDTH - i * (i - 1) // 2 + (j - i)
    for i in range(WIDTH)
    for j in range(i, WIDTH)
}
TRIANGLE.update({(j, i): field for (i, j), field in tuple(TRIANGLE.items())})


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
        block = np.ascontiguousarray(self.cells[:, slots].T).astype("<f8", copy=False).tobytes()
        size = FIELDS * 8
        for place, slot in enumerate(slots.tolist()):
            yield self.keys[slot], block[place * size : (place + 1) * size]


def decode(row: bytes) -> Vector:
    """Read a state that `Bank.rows` encoded.

    Raises:
        ValueError: the row is not a state of this version.
    """
    state = np.frombuffer(row, dtype="<f8").astype(np.float64)
    if state.shape != (FIELDS,):
        raise ValueError(f"a detector state has {FIELDS} numbers, not {state.shape[0]}")
    return state
