"""The hours of a series as they are kept: counts of the last day, and what was seen in all.

Of the last day counts by quarter of an hour, in up to 65,535 steps of one event; where that is not
enough, steps are of 2, 4, 8 ... events from the next day on. What was seen is a sum that slowly
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
    ring_scale,
    unpack,
)
from streams.core.event_time.buckets import HOUR as HOUR_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.intraday.rounds import Rounds
    from streams.core.detect.state_matrix import Packed, Singles, Slots, Vector

    Rows = NDArray[np.float64]

AN_HOUR: Final = QUARTERS // HOURS
QUARTER: Final = HOUR_SECONDS // AN_HOUR
AGES: Final = np.arange(HOURS)[:, np.newaxis]
MOST_STEPS: Final = 65_535.0
COARSER: Final = 16_384.0
FINER: Final = 4_096.0
"""Steps are doubled until the largest quarter of a day has no more of them than `COARSER`: then a
day of four times as many fits. They are halved, once a day, where it has fewer than `FINER`."""
LARGEST_HALF: Final = 65_504.0
DIGITS_LOST: Final = np.uint32(13)
HALF_A_DIGIT: Final = np.uint32(1 << 12)
LEAST_HALF: Final = np.uint32((127 - 15) << 10)
OTHER_EXPONENT: Final = np.float32(2.0 ** (127 - 15))
"""A float32 has 13 binary digits more than a float16, and its exponent begins 127 - 15 earlier."""
STEPS: Final = 8.0
"""Of a logarithm to base 2: steps of 9 %."""
EVENTS_OF_CODE: Final = (np.exp2(np.arange(256) / STEPS) - 1.0).astype(np.float32)
GOLDEN: Final = 0.6180339887498949
FEW: Final = 256
"""Of fewer columns rows are added up faster in one call, though all sums on the way are kept."""
_TURNS: Final = 5 * np.arange(HOURS)[:, np.newaxis]
"""Hours are rounded differently: their multiples of the golden section lie evenly."""


def in_hours(quarters: Singles) -> Singles:
    """Add up the quarters of every hour (96 rows; gives 24)."""
    each = quarters.reshape(HOURS, AN_HOUR, -1)
    added: Singles = each[:, 0] + each[:, 1]
    added += each[:, 2]
    added += each[:, 3]
    return added


def total(rows: Packed) -> Packed:
    """Add up rows, always in the same order: how many columns there are must not matter."""
    added: Packed
    if rows.shape[-1] < FEW:
        added = np.add.accumulate(rows, axis=0, dtype=rows.dtype)[-1]
        return added
    added = rows[0].copy()
    for row in rows[1:]:
        added += row
    return added


def ring(cells: Rows, slots: Slots) -> Singles:
    """Give the counts of the last 24 hours with an event, by quarter of the day (96 rows)."""
    counts = unpack(cells, RING, slots, np.uint16).astype(np.float32)
    scale = ring_scale(cells)[slots]
    if scale.any():
        counts *= np.exp2(scale)
    return counts


def write_ring(cells: Rows, slots: Slots, counts: Singles) -> None:
    """Keep what `ring` gives."""
    steps = np.rint(counts / np.exp2(ring_scale(cells)[slots]))
    pack(cells, RING, slots, np.minimum(steps, MOST_STEPS).astype(np.uint16))


def full(cells: Rows, slots: Slots, counts: Singles) -> NDArray[np.bool_]:
    """Return which series had more events in a quarter of `counts` (96 rows) than fitted."""
    over: NDArray[np.bool_] = counts.max(axis=0) >= MOST_STEPS * np.exp2(ring_scale(cells)[slots])
    return over


def fit(cells: Rows, slots: Slots, counts: Singles) -> None:
    """Make the steps of the ring as large as a day like `counts` (96 rows) asks for.

    They stay what they are during a day: however its buckets are closed, one by one or an hour at
    once, the same is kept.
    """
    scale = ring_scale(cells)[slots]
    steps = counts.max(axis=0) / np.exp2(scale)
    changed = np.flatnonzero((steps > COARSER) | ((steps < FINER) & (scale > 0.0)))
    if changed.size:
        own, more = slots[changed], np.log2(np.maximum(steps[changed], 1.0) / COARSER)
        held = ring(cells, own)
        ring_scale(cells)[own] += np.maximum(np.ceil(more), -1.0)
        write_ring(cells, own, held)


def since(cells: Rows, slots: Slots, hour: Vector | int) -> NDArray[np.bool_]:
    """Return which hours of the ring (24 rows) were written in `hour` (epoch hours) or later."""
    last = cells[HOUR, slots]
    here, gone = last % HOURS, last - hour
    late: NDArray[np.bool_] = (here >= AGES) & (here - gone <= AGES)
    late |= here + HOURS - gone <= AGES
    return late


def note(cells: Rows, rounds: Rounds) -> None:
    """Add what was counted in hours of a day to the last 24 hours."""
    slots, midnight = rounds.slots, rounds.day * HOURS
    hour = rounds.starts // HOUR_SECONDS
    before, now = cells[HOUR, slots], rounds.last(hour)
    skips = now - before > 1.0
    if skips.any():
        skipped = slots[skips]
        held = cells[RING].take(skipped, axis=1)
        held[~since(cells, skipped, now[skips] - (HOURS - 1.0))] = 0.0
        cells[np.arange(RING.start, RING.stop)[:, np.newaxis], skipped] = held
    first, end = int(hour.min()), int(hour.max()) + 1
    steps, scale = rounds.counts, ring_scale(cells)[slots]
    if scale.any():
        steps = np.rint(steps / np.exp2(scale)[rounds.series])
    # The quarters of an hour share a cell.
    quarter = (rounds.starts - first * HOUR_SECONDS) // QUARTER
    place = rounds.series * (end - first) * AN_HOUR + quarter.astype(np.intp)
    counts = np.bincount(place, weights=steps, minlength=slots.size * (end - first) * AN_HOUR)
    counts = counts.reshape(slots.size, end - first, AN_HOUR).transpose(1, 0, 2)
    span = np.arange(first, end)[:, np.newaxis]
    rows = RING.start - midnight + span
    held = cells[rows, slots].view(np.uint16).reshape(counts.shape)
    # What an hour has had so far is its own, or that of the day before until the hour has begun.
    stays = (span <= before) | (span > now)
    counts += held * stays[..., np.newaxis]
    kept = np.minimum(counts, MOST_STEPS).astype(np.uint16, order="C")
    cells[rows, slots] = kept.view(np.float64)[..., 0]
    cells[HOUR, slots] = now


def last_day(cells: Rows, slots: Slots, hour: int) -> Vector:
    """Count the events of the 24 hours up to the end of `hour`."""
    return total(in_hours(ring(cells, slots)) * since(cells, slots, hour - HOURS + 1))


def seen(cells: Rows, slots: Slots) -> Singles:
    """Give the events seen by quarter of the day (96 rows)."""
    events = _singles(unpack(cells, PROFILE, slots, np.uint16))
    events *= events
    return events


def write_seen(cells: Rows, slots: Slots, events: Singles) -> None:
    """Keep what `seen` gives."""
    root = np.sqrt(events)
    pack(cells, PROFILE, slots, _halves(np.minimum(root, LARGEST_HALF, out=root)))


def _singles(bits: NDArray[np.uint16]) -> Singles:
    """Give the numbers that the bits of a float16 stand for, as `view` and `astype` do; faster."""
    wide = bits.astype(np.uint32)
    wide <<= DIGITS_LOST
    values: Singles = wide.view(np.float32)
    values *= OTHER_EXPONENT
    return values


def _halves(values: Singles) -> NDArray[np.float16]:
    """Give the nearest float16 of numbers from 0 to 65,504; what is below 2^-14 stays below.

    As `astype` does, in a third of its time: the exponent and the first ten digits stay where they
    are.
    """
    bits = values.view(np.uint32) + HALF_A_DIGIT
    bits >>= DIGITS_LOST
    np.maximum(bits, LEAST_HALF, out=bits)
    bits -= LEAST_HALF
    return bits.astype(np.uint16).view(np.float16)


def of_weekday(cells: Rows, slots: Slots, day: int) -> Singles:
    """Give the events seen by hour on the weekday of `day` (24 rows)."""
    events: Singles = EVENTS_OF_CODE.take(unpack(cells, _weekday(day), slots, np.uint8))
    return events


def write_weekday(cells: Rows, slots: Slots, day: int, events: Singles) -> None:
    """Keep what `of_weekday` gives: rounded up or down by the number of the week."""
    code = events + 1.0
    np.log2(code, out=code)
    code *= STEPS
    code += (day // WEEK + _TURNS) * GOLDEN % 1.0  # the cast below rounds down
    pack(cells, _weekday(day), slots, np.minimum(code, 255.0, out=code).astype(np.uint8))


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
