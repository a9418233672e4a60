"""Whether the clock of a source has changed, as it does twice a year.

The idea: the events of a day are held against its profile as it is, and moved by an hour either
way. The odds that it has moved (the logarithm of the likelihood ratio, over how the events clump)
are carried from bucket to bucket and from day to day. When a day begins, or some hours without an
event end, they are not below those of any day: that is when clocks change. A source that opens an
hour early is then no rise, as soon as a change of the clock is the likelier of the two: what a sum
has against the usual day must be more than what speaks for the change, or be a rise on the changed
day too. At the end of a day on which the odds are high, and higher than those of a rise, the
profile is moved. Silence is no evidence for a change. Of a flat day nothing can be known, nor
matters.

Not for other changes of the profile: those are learned slowly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.detect.intraday.baseline import WAYS
from streams.core.detect.state_matrix import CLOCK, single
from streams.core.event_time.buckets import DAY as DAY_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.intraday.baseline import Baseline
    from streams.core.detect.state_matrix import Slots, Vector

    Rows = NDArray[np.float64]
    Singles = NDArray[np.float32]

SELDOM: Final = 7.0
"""A clock changes on one day of e^7 (1,100), either way."""
REST: Final = 21_600.0
"""Seconds without an event in which a clock may change."""
SURE: Final = 3.0
"""Odds (log) from which on the profile is moved."""
LEAST_EXPECTED: Final = 1e-9
"""Events: no fewer are expected."""


def odds(cells: Rows, slots: Slots) -> Singles:
    """Give the odds of either change (two rows): above 7, it is likelier than none."""
    return np.stack([single(cells, CLOCK, number)[slots] for number in range(len(WAYS))])


def doubtful(cells: Rows) -> NDArray[np.bool_]:
    """Return where the clock is in doubt: such a day teaches nothing of the hours."""
    every: NDArray[np.bool_] = odds(cells, np.arange(cells.shape[1])).max(axis=0) > SELDOM
    return every


def write(cells: Rows, slots: Slots, odds: Rows | Singles) -> None:
    """Keep the odds."""
    for number, row in enumerate(odds):
        single(cells, CLOCK, number)[slots] = row


class Sums(NamedTuple):
    """Sums of series at some time: four rows, a column a series; see `fast.Look`.

    `at` is the time they are as of and `since` their start, in epoch seconds; `doubt` is what
    speaks for another clock, and was taken off.
    """

    at: Vector
    sums: Rows
    since: Rows
    seen: Rows
    expected: Rows
    doubt: Rows


def speaks(counts: Vector, ratio: Vector, more: Vector) -> Vector:
    """Give what a bucket with events favours a change by: the log of its likelihood ratio.

    With the change, `ratio` times as many are expected in this bucket, and `more` of it and the
    time since the bucket before.
    """
    gain: Vector = counts * np.log(ratio) - more
    return gain


def silent(passed: Rows, phi: Vector) -> Rows:
    """Give the evidence of silence against either change (two rows), where so many events `passed`.

    Those are the events that were expected meanwhile: a row for each clock, the usual one first. It
    is none for a change: a source that is silent may be closed, or broken.
    """
    against: Rows = np.minimum(passed[0] - passed[1:], 0.0) / phi
    return against


def lowest(passed: Vector) -> Singles:
    """Give what odds do not fall below after so many seconds without an event."""
    bound: Singles = np.where(passed >= REST, 0.0, -np.inf).astype(np.float32)
    return bound


def follow(odds: Singles, silence: Rows, bound: Singles, favour: Rows) -> None:
    """Carry odds on: over the time since the bucket before, and over a bucket with events.

    `bound` is what `lowest` gives.
    """
    odds += silence
    np.maximum(odds, bound, out=odds)
    odds += favour


def allow(today: Baseline, places: Slots, odds: Rows | Singles, midnight: int, held: Sums) -> Sums:
    """Give what is left of sums where the clock is likelier to have changed than not.

    `places` are the columns of the series in `today`, and `odds` those of either change.
    """
    best = np.maximum(odds[0], odds[1]) - SELDOM
    columns = np.flatnonzero(best > 0.0)
    if not columns.size:
        return held
    places, best, way = places[columns], best[columns], np.argmax(odds[:, columns], axis=0)
    sums, since, seen, expected, _ = (rows[:, columns] for rows in held[1:])
    rise, fall = today.weights.take(places, axis=2)
    begin, gone = np.clip(since - midnight, 0.0, DAY_SECONDS), held.at[columns] - midnight
    usual, *moved = today.expected(places, begin, gone[np.newaxis])
    other = np.maximum(expected + np.where(way == 0, *moved) - usual, LEAST_EXPECTED)
    anew = np.minimum(np.maximum(rise * seen - fall * other, 0.0), sums)
    against = np.maximum(sums - best, 0.0)
    on_it = anew >= against
    left, means, doubt = held.sums.copy(), held.expected.copy(), held.doubt.copy()
    left[:, columns] = np.where(on_it, anew, against)
    means[:, columns] = np.where(on_it, other, expected)
    doubt[:, columns] = np.where(on_it, 0.0, best)
    return held._replace(sums=left, expected=means, doubt=doubt)


def sure(odds: Rows, sums: Rows) -> NDArray[np.bool_]:
    """Return where a change explains what is off far better than none, and than a rise does.

    `odds` are those of either change (two rows), `sums` the evidence for rises.
    """
    beyond: NDArray[np.bool_] = odds - SELDOM - SURE > sums.max(axis=0)
    return beyond


def end_day(cells: Rows, odds: Rows, beyond: NDArray[np.bool_]) -> tuple[Slots, Vector]:
    """End a day with these odds; gives the series whose clock has changed, and by how much."""
    later = beyond[1] & (odds[1] > odds[0])
    earlier = beyond[0] & ~later
    back = 2.0 * SELDOM - odds[::-1]
    kept = np.where(later | earlier, np.where([later, earlier], back, 0.0), odds)
    write(cells, np.arange(odds.shape[1]), np.clip(kept, 0.0, SELDOM + SURE))
    slots = np.flatnonzero(earlier | later)
    return slots, np.where(later, WAYS[1], WAYS[0])[slots]
