"""How much the events of a series come in clumps, within the day and within minutes.

How far the hours of a day scatter around its profile shows clumps of hours (nightly imports);
how many pairs of events fall into the same 5 minutes, against those that chance would put there out
of the pairs of an hour, of shorter ones (a file every hour).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.intraday.hours import AN_HOUR, in_hours, total
from streams.core.detect.state_matrix import CLUSTER, HOURS, PAIRED, PAIRS, single
from streams.core.event_time.buckets import BASE
from streams.core.event_time.buckets import HOUR as HOUR_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Singles, Slots, Vector

    Rows = NDArray[np.float64]
    Normal = NDArray[np.bool_]

FORGET: Final = 0.99
FEW_DAYS: Final = 7.0
"""Days after which a profile is half known: how a day scatters around it counts so much."""
WEEKDAY_PRIOR: Final = 24.0
"""Events as on all days that what was seen on a weekday leans to."""
DAYS_PRIOR: Final = 10.0
PAIRS_PRIOR: Final = 24.0
"""Days and events that come without clumps."""
SLICES: Final = HOUR_SECONDS // BASE
TINY: Final = 1e-9
LEFT: Final = 0.5
"""Where nearly all pairs are those of chance, so much is left at least."""
QUIET: Final = 0.4 / HOURS
"""Of a day: hours quieter than this scatter too little to count fully."""


def clustering(cells: Rows, slots: Slots, seen: Singles) -> Singles:
    """Give the variance over the mean of a count within its day, at least 1.

    `seen` are the events seen by hour of the day.

    That of hours in the day, or of 5 minutes in the hour, whichever is larger. Of n events spread
    over an hour with a variance of phi times the mean, n (phi - 1) 11/12 pairs are beyond chance.
    """
    events = total(seen)
    prior = DAYS_PRIOR * freedom((seen + 1.0) / (events + HOURS))
    square, freely = (single(cells, CLUSTER, number)[slots] for number in range(2))
    hours = (square + prior) / (freely + prior)
    pairs = cells[PAIRED, slots] / (events + PAIRS_PRIOR)
    phi = np.maximum(1.0, np.maximum(hours, 1.0 + pairs * (SLICES / (SLICES - 1.0))))
    found: Singles = phi.astype(np.float32)
    return found


def freedom(share: Singles) -> Singles:
    """Give how many hours of a day scatter freely: 23 of a flat one, one if all falls into two."""
    each = np.maximum(share, QUIET)
    np.divide(share, each, out=each)
    each *= 1.0 - share
    return total(each)


def note(cells: Rows, slots: Slots, pairs: Vector) -> None:
    """Note pairs of events (twice each) in the same 5 minutes of today."""
    cells[PAIRS, slots] += SLICES * pairs


def learn(
    cells: Rows,
    slots: Slots,
    counts: Singles,
    known: tuple[Singles, Singles, Singles],
    normal: Normal,
) -> None:
    """Learn from the hours of a day (24 rows).

    `known` is what was known before: the profile (96 rows), and the events seen by hour, of all
    days and of that weekday (24 rows each). How hours scatter is held against those: the profile
    believes them the less, the more they do. What is expected of an hour is in doubt itself, and to
    divide by it makes the scatter larger on average: that is taken out, or a small series would
    look clumped.
    """
    quarters, seen, own = known
    today, events, few = (total(rows) for rows in (counts, seen, own))
    share = seen + 1.0
    share *= WEEKDAY_PRIOR / (events + HOURS)
    share += own
    share /= few + WEEKDAY_PRIOR
    mean = today * share
    off = counts - mean
    off *= off
    off /= np.maximum(mean, today * QUIET + TINY, out=mean)
    square = total(off)
    free, weekday = freedom(share), few + WEEKDAY_PRIOR
    odd = total(np.where(share > QUIET, 1.0 / share, 0.0))
    square /= 1.0 + (today + odd / free * few / weekday) / weekday
    sure = events / (events + FEW_DAYS * today + TINY)
    weight = np.where(normal, sure * np.maximum(today - 1.0, 0.0) / (today + 5.0), 0.0)
    for number, value in enumerate((square, free)):
        held = single(cells, CLUSTER, number)
        held[slots] = FORGET * held[slots] + weight * value
    of_hour = in_hours(quarters)
    alike = in_hours(quarters * quarters)
    alike /= of_hour * of_hour
    pairs = counts * (counts - 1.0)
    flat = total(pairs)
    pairs *= alike
    chance = total(pairs) * (AN_HOUR / SLICES)
    # Where all falls into a part of the hour, chance puts more of them together.
    left = (1.0 - chance / np.maximum(flat, 1.0)) * (SLICES / (SLICES - 1.0))
    beyond = (cells[PAIRS, slots] / SLICES - chance) / np.maximum(left, LEFT)
    faded = np.where(normal, FORGET, 1.0) * cells[PAIRED, slots]
    cells[PAIRED, slots] = faded + np.where(normal, beyond, 0.0)
    cells[PAIRS, slots] = 0.0
