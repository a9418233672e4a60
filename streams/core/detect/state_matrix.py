"""The states of many series side by side: one column a series, one contiguous row a number.

Every step works elementwise along the rows, so what a series becomes never depends on which
others share the matrix or in which order they came.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from streams.core.detect.regressors import WAVES, WEEK, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Slots = NDArray[np.intp]
    Singles = NDArray[np.float32]
    Small = np.uint8 | np.uint16 | np.float16 | np.float32
    Packed = NDArray[Any]
    Bytes = NDArray[np.uint8]

MONTH: Final = 4 * WEEK
HOURS: Final = 24
QUARTERS: Final = 4 * HOURS
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
VERSION: Final = 5
"""Layout of a row: its first byte."""
BLOCK: Final = 248
"""So many states are encoded at once: they fit into the cache, which a power of two would not use
evenly."""

_fields = itertools.count()
DAY: Final = next(_fields)  # last day closed (days since the epoch)
AGE: Final = next(_fields)  # days lived
FIRST: Final = next(_fields)  # events in the first week
VAR: Final = next(_fields)  # dispersion: sum of squares (A)
MEAN: Final = next(_fields)  # dispersion: sum of means (B)
RESIDUAL: Final = next(_fields)  # smoothed standardised residual (r)
MU: Final = next(_fields)  # events expected on the open day
Q: Final = next(_fields)  # variance of its logarithm
CLOCK: Final = next(_fields)  # odds (log) that clocks have changed, see `clock` and `single`
RAISED: Final = next(_fields)  # 0 calm, else the test that raised it: FAST or DAILY
SINCE: Final = next(_fields)  # start of the episode (epoch seconds)
CALMED: Final = next(_fields)  # end of the last episode: no window reaches back over it
REPORTED: Final = next(_fields)  # highest surprise reported of the episode
SILENT: Final = next(_fields)  # days without an event
ASLEEP: Final = next(_fields)
OPEN: Final = next(_fields)  # 1, or 0 where the last day tested was closed
AFTER: Final = next(_fields)  # 1 where the open day follows an exceptionally closed one
REBOUND: Final = next(_fields)  # what such a day has more (log), and its variance
REBOUND_VAR: Final = next(_fields)
FEAST: Final = next(_fields)  # what a holiday of the calendar has more (log), and its variance
FEAST_VAR: Final = next(_fields)
HOUR: Final = next(_fields)  # last hour with an event (hours since the epoch)
CLUSTER: Final = next(_fields)  # hourly dispersion: sums of squares and of means, see `single`


def _block(size: int) -> slice:
    start = next(_fields)
    for _ in range(size - 1):
        next(_fields)
    return slice(start, start + size)


COUNTS: Final = _block(MONTH)  # the last 28 counts, by day modulo 28
MARKS: Final = _block(WEEK)  # what the last seven days were, by day modulo 7: see `closed_days`
WEEKDAYS: Final = _block(WEEK)  # events seen by weekday, slowly forgotten
LAST_COUNTS: Final = _block(WEEK - 1)  # of the last six open days, the newest first
LAST_MEANS: Final = _block(WEEK - 1)  # what was expected of them
ODDS: Final = _block(SIZES_OF_OUTBREAK)  # of an outbreak under way, by its size
BETA: Final = _block(WIDTH)  # coefficients of the log-linear model
RING: Final = _block(QUARTERS // 4)  # counts of 24 hours by quarter of an hour, see `profile`
PROFILE: Final = _block(QUARTERS // 4)  # events seen by quarter of an hour, see `profile`
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
SLOW_SINCE: Final = next(_fields)  # start of the slow rise that was reported (epoch seconds), or 0
SLOW_AT: Final = next(_fields)  # week in which it was first reported, or the last one ended
OFFSET: Final = next(_fields)  # log of the active customers today, against OFFSET_FROM
OFFSET_FROM: Final = next(_fields)  # that log when it was first known, or 0
OFFSETS: Final = _block((WEEK + 1) // 2)  # of the last days, by day modulo 8, see `single`
SLOW_OFFSETS: Final = _block(WEEKS // 2)  # of the last weeks, by week modulo 16, see `single`
FAST_AT: Final = next(_fields)  # end of the bucket that the sums are as of (epoch seconds)
FAST_SUM: Final = _block(RISES)  # cumulative sums of the fast test, by size of the rise
FAST_SINCE: Final = _block(RISES)  # start of each (epoch seconds)
FAST_SEEN: Final = _block(RISES)  # events since
FAST_MEAN: Final = _block(RISES)  # and those expected
PAIRS: Final = next(_fields)  # pairs of today in one 5 minutes beyond chance, times 12
PAIRED: Final = next(_fields)  # and of the days before, slowly forgotten
BY_WEEKDAY: Final = _block(WEEK * HOURS // 8)  # events by weekday and hour, see `profile`
FIELDS: Final = next(_fields)
HEAD: Final = 1 + (FIELDS + 7) // 8
"""Bytes of a row before its numbers: the version, and which of the numbers there are."""

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


def ring_scale(cells: NDArray[np.float64]) -> Singles:
    """Give the logarithm to base 2 of the events in one step of RING (to be read and written).

    The triangle has an odd number of places: this is the half of a cell that it leaves. In rows
    that were written before it had a meaning it is 0: steps of one event.
    """
    pair: Singles = cells[COVARIANCE.stop - 1].view(np.float32)
    return pair[1::2]


def single(cells: NDArray[np.float64], block: slice | int, number: int) -> Singles:
    """Give one of the numbers of a block in which two share a cell (writable)."""
    first = block if isinstance(block, int) else block.start
    pair: Singles = cells[first + number // 2].view(np.float32)
    return pair[number % 2 :: 2]


def unpack(cells: NDArray[np.float64], block: slice, slots: Slots, kind: type[Small]) -> Packed:
    """Read a block in which numbers of some kind share cells: a row a number, a column a series."""
    held = np.ascontiguousarray(cells[block].take(slots, axis=1)).view(kind)
    apart = held.reshape(block.stop - block.start, slots.size, -1).transpose(0, 2, 1)
    return apart.reshape(-1, slots.size)


def pack(cells: NDArray[np.float64], block: slice, slots: Slots, rows: Packed) -> None:
    """Write a block that `unpack` reads."""
    size = block.stop - block.start
    apart = rows.reshape(size, -1, slots.size)
    held = np.empty((size, slots.size, apart.shape[1]), dtype=rows.dtype)
    for number in range(apart.shape[1]):
        held[:, :, number] = apart[:, number]
    for own, row in zip(cells[block], held.reshape(size, -1).view(np.float64), strict=True):
        own[slots] = row  # row by row is faster than all at once


def past(cells: NDArray[np.float64], day: int) -> tuple[Singles, Singles]:
    """Give the count of a day of the last 60 and what was expected of it (both writable)."""
    pair: Singles = cells[PAST.start + day % REMEMBERED].view(np.float32)
    return pair[::2], pair[1::2]


def yearday(cells: NDArray[np.float64], day: int) -> Bytes:
    """Give the byte of a day and of all those whole 52 weeks away (writable)."""
    number = day % YEARDAYS
    eight: Bytes = cells[YEAR.start + number // 8].view(np.uint8)
    return eight[number % 8 :: 8]


_LARGE: Final = 4096
"""Beyond so many series the matrix grows by half of itself, before that it doubles."""


class StateMatrix:
    """A growing table of states: `cells[field, slot]`, and the key of every slot."""

    def __init__(self, capacity: int = 64) -> None:
        self.cells: NDArray[np.float64] = np.zeros((FIELDS, capacity))
        self._changed: NDArray[np.bool_] = np.zeros(capacity, dtype=np.bool_)
        self.keys: list[str] = []
        self.slots: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def extend(
        self, keys: Sequence[str], states: NDArray[np.float64], *, changed: bool = True
    ) -> None:
        """Put series behind the others, a column each; `changed`: their rows are to be written."""
        begin, end = len(self.keys), len(self.keys) + len(keys)
        room = self.cells.shape[1]
        if end > room:
            self._resize(max(end, room + room // 2 if room > _LARGE else 2 * room))
        self.cells[:, begin:end] = states
        self._changed[begin:end] = changed
        self.keys.extend(keys)
        self.slots.update(zip(keys, range(begin, end), strict=True))

    def reserve(self, more: int) -> None:
        """Make room for so many more series, and no more than that."""
        if len(self.keys) + more > self.cells.shape[1]:
            self._resize(len(self.keys) + more)

    def _resize(self, room: int) -> None:
        held = len(self.keys)
        cells = np.zeros((FIELDS, room))
        cells[:, :held] = self.cells[:, :held]
        self.cells = cells
        self._changed = np.concatenate((self._changed, np.zeros(room - self._changed.size, bool)))

    def remove(self, slots: Slots) -> None:
        """Remove series; the last ones move into their places. `slots` must be ascending."""
        for slot in slots[::-1].tolist():
            key, last = self.keys[slot], len(self.keys) - 1
            if slot != last:
                self.cells[:, slot] = self.cells[:, last]
                self._changed[slot] = self._changed[last]
                self.keys[slot] = self.keys[last]
                self.slots[self.keys[slot]] = slot
            self.keys.pop()
            del self.slots[key]

    def mark(self, slots: Slots) -> None:
        """Note that the states of some series have changed: `changed` yields their rows."""
        self._changed[slots] = True

    def mark_all(self) -> None:
        """Note that the states of all series have changed."""
        self._changed[: len(self)] = True

    def changed(self) -> Iterator[tuple[str, bytes]]:
        """Encode the states that were added or marked since the last call."""
        slots = np.flatnonzero(self._changed[: len(self)])
        self._changed[slots] = False
        yield from self.rows(slots)

    def rows(self, slots: Slots) -> Iterator[tuple[str, bytes]]:
        """Encode the states of some series: which numbers are not 0, and these.

        A series of a week has some hundred of them.
        """
        for first in range(0, slots.size, BLOCK):
            part = slots[first : first + BLOCK]
            table = np.ascontiguousarray(self.cells.take(part, axis=1).T).view(np.uint64)
            there = table != 0  # by its bits: -0.0 is another number than 0.0
            heads = np.full((part.size, HEAD), VERSION, dtype=np.uint8)
            heads[:, 1:] = np.packbits(there, axis=1)
            head, body = heads.tobytes(), table[there].tobytes()
            begin = 0
            for place, (slot, size) in enumerate(
                zip(part.tolist(), (8 * there.sum(axis=1)).tolist(), strict=True)
            ):
                own = head[place * HEAD : (place + 1) * HEAD]
                yield self.keys[slot], own + body[begin : begin + size]
                begin += size


def length(row: bytes) -> int:
    """Return how many bytes a state has that begins as `StateMatrix.rows` encoded it."""
    there = int.from_bytes(row[1:HEAD]) >> 8 * (HEAD - 1) - FIELDS
    return HEAD + 8 * there.bit_count()


def unpacked(row: bytes) -> Vector | None:
    """Read a state that `StateMatrix.rows` encoded; None if it has another length."""
    if len(row) < HEAD:
        return None
    there = np.unpackbits(
        np.frombuffer(row, dtype=np.uint8, count=HEAD - 1, offset=1), count=FIELDS
    )
    places = there.nonzero()[0]
    if len(row) != HEAD + 8 * places.size:
        return None
    state = np.zeros(FIELDS)
    state[places] = np.frombuffer(row, dtype=np.float64, offset=HEAD)
    return state
