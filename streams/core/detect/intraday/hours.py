"""The hours of a series as they are kept: counts of the last day, and what was seen in all.

Of the last day whole counts by quarter of an hour, up to 65,535. What was seen is a sum that slowly
fades: by quarter of an hour, as its root, to a thousandth; by weekday and hour, as a logarithm, to
a twelfth, rounded up as often as down so that what fades does not stick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.regressors import WEEK
from streams.core.detect.state_matrix import (
    BY_WEEKDAY,
    HOUR,
    HOURS,
    PROFILE,
    QUARTERS,
    RING,
    pack,
    unpack,
)
from streams.core.event_time.buckets import HOUR as HOUR_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.intraday.rounds import Rounds
    from streams.core.detect.state_matrix import Slots, Vector

    Rows = NDArray[np.float64]

AN_HOUR: Final = QUARTERS // HOURS
QUARTER: Final = HOUR_SECONDS // AN_HOUR
AGES: Final = np.arange(HOURS)[:, np.newaxis]
MOST: Final = 65_535.0
MOST_ROOT: Final = 65_504.0
STEPS: Final = 8.0
"""Of a logarithm to base 2: steps of 9 %."""
GOLDEN: Final = 0.6180339887498949
_TURNS: Final = 5 * np.arange(HOURS)[:, np.newaxis]
"""Hours are rounded differently: their multiples of the golden section lie evenly."""


def in_hours(quarters: Rows) -> Rows:
    """Add up the quarters of every hour (96 rows; gives 24)."""
    each = quarters.reshape(HOURS, AN_HOUR, -1)
    total: Rows = each[:, 0] + each[:, 1] + each[:, 2] + each[:, 3]
    return total


def total(rows: Rows) -> Vector:
    """Add up rows, always in the same order: how many columns there are must not matter."""
    added: Vector = rows[0].copy()
    for row in rows[1:]:
        added += row
    return added


def ring(cells: Rows, slots: Slots) -> Rows:
    """Give the counts of the last 24 hours with an event, by quarter of the day (96 rows)."""
    return unpack(cells, RING, slots, np.uint16).astype(np.float64)


def write_ring(cells: Rows, slots: Slots, counts: Rows) -> None:
    """Keep what `ring` gives."""
    pack(cells, RING, slots, np.minimum(counts, MOST).astype(np.uint16))


def since(cells: Rows, slots: Slots, hour: int) -> NDArray[np.bool_]:
    """Tell which hours of the ring (24 rows) were written in `hour` (since the epoch) or later."""
    last = cells[HOUR, slots]
    here, gone = last % HOURS, last - hour
    late: NDArray[np.bool_] = (here >= AGES) & (here - gone <= AGES)
    late |= here + HOURS - gone <= AGES
    return late


def note(cells: Rows, rounds: Rounds) -> None:
    """Add what was counted in an hour to the last 24 hours."""
    slots, hour = rounds.slots, rounds.hour
    gone = hour - cells[HOUR, slots]
    skipped = slots[gone > 1.0]
    if skipped.size:
        held = cells[RING].take(skipped, axis=1)
        held[~since(cells, skipped, hour - HOURS + 1)] = 0.0
        cells[np.arange(RING.start, RING.stop)[:, np.newaxis], skipped] = held
    # The quarters of an hour share a cell.
    cell = RING.start + hour % HOURS
    quarter = (rounds.starts - hour * HOUR_SECONDS) // QUARTER
    place = rounds.series * AN_HOUR + quarter.astype(np.intp)
    counts = np.bincount(place, weights=rounds.counts, minlength=slots.size * AN_HOUR)
    counts += cells[cell, slots].view(np.uint16) * np.repeat(gone < 1.0, AN_HOUR)
    cells[cell, slots] = np.minimum(counts, MOST).astype(np.uint16).view(np.float64)
    cells[HOUR, slots] = hour


def last_day(cells: Rows, slots: Slots, hour: int) -> Vector:
    """Count the events of the 24 hours up to the end of `hour`."""
    return total(in_hours(ring(cells, slots)) * since(cells, slots, hour - HOURS + 1))


def seen(cells: Rows, slots: Slots) -> Rows:
    """Give the events seen by quarter of the day (96 rows)."""
    events: Rows = unpack(cells, PROFILE, slots, np.float16).astype(np.float64)
    events *= events
    return events


def write_seen(cells: Rows, slots: Slots, events: Rows) -> None:
    """Keep what `seen` gives."""
    root = np.sqrt(events)
    pack(cells, PROFILE, slots, np.minimum(root, MOST_ROOT, out=root).astype(np.float16))


def of_weekday(cells: Rows, slots: Slots, day: int) -> Rows:
    """Give the events seen by hour on the weekday of `day` (24 rows)."""
    events: Rows = np.exp2(unpack(cells, _weekday(day), slots, np.uint8) / STEPS) - 1.0
    return events


def write_weekday(cells: Rows, slots: Slots, day: int, events: Rows) -> None:
    """Keep what `of_weekday` gives: rounded up or down by the number of the week."""
    code = np.log2(events + 1.0) * STEPS
    up = (day // WEEK + _TURNS) * GOLDEN % 1.0
    pack(cells, _weekday(day), slots, np.minimum(np.floor(code + up), 255.0).astype(np.uint8))


def _weekday(day: int) -> slice:
    first = BY_WEEKDAY.start + day % WEEK * HOURS // 8
    return slice(first, first + HOURS // 8)


def move(cells: Rows, slots: Slots, ways: Vector) -> None:
    """Move what was seen by so many hours (-1 or 1)."""
    for way in (-1, 1):
        own = slots[ways == way]
        if own.size:
            write_seen(cells, own, np.roll(seen(cells, own), way * AN_HOUR, axis=0))
            week = unpack(cells, BY_WEEKDAY, own, np.uint8)
            pack(cells, BY_WEEKDAY, own, np.roll(week, way, axis=0))
