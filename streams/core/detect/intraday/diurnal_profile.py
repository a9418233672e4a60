"""The profile of the day: which part of a day's events each quarter of an hour of it has.

The idea: the hours of past days are added up, slowly forgotten and smoothed, leaning to a flat day
while little is known. That is the rough profile. What has been seen by hour, by hour of the weekday
and by quarter of the hour is believed instead as far as it is off the rough one by more than chance
brings: a smooth day stays smooth, and a source that opens at half past eight and closes at ten, or
at noon on Saturdays, is known to. Days with an alarm teach nothing.

Reference: James & Stein (1961), the positive part, with a chance that allows for clumps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.detect.daily.model import TINY, dispersion
from streams.core.detect.deviance import Tested, surplus
from streams.core.detect.intraday import clumping, hours
from streams.core.detect.intraday.hours import AN_HOUR, total
from streams.core.detect.regressors import WEEK
from streams.core.detect.state_matrix import COUNTS, HOURS, MU, Q, past

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Packed, Singles, Slots
    from streams.core.detect.tuning import Tuning

    Rows = NDArray[np.float64]

QUIETEST_HOUR: Final = 0.05
"""Of a flat hour's share: no hour is believed to be quieter, however well it is known."""
QUIETEST_QUARTER: Final = 0.02
"""Of a flat quarter of its hour: no quarter is believed to be quieter."""
AT_TIMES: Final = 1.5
"""What chance brings on average, and at times this often."""
ROUNDED: Final = 0.012
"""Variance of the logarithm of what is kept by weekday, as it is rounded."""


class DiurnalProfile(NamedTuple):
    """What part of a day falls into each quarter of an hour of it (96 rows, a column a series).

    `known` is the events that it rests on, the flat prior among them; `phi` the variance over the
    mean of a count within its day.
    """

    quarters: Singles
    known: Singles
    phi: Singles


def profile(cells: Rows, slots: Slots, day: int, tuning: Tuning) -> DiurnalProfile:
    """Give the profile of `day`."""
    seen = hours.seen(cells, slots)
    in_hours = hours.in_hours(seen)
    phi = clumping.clustering(cells, slots, in_hours)
    share, known = _hours(in_hours, phi, tuning)
    share, known = _of_weekday(share, known, hours.of_weekday(cells, slots, day), phi)
    return DiurnalProfile(_quarters(share, seen, in_hours, phi), known, phi)


def _hours(seen: Singles, phi: Singles, tuning: Tuning) -> tuple[Singles, Singles]:
    """Give the share of every hour, of all days, and the events it rests on.

    Each hour leans on its neighbours, and none is believed to be quieter than a part of a flat one,
    as long as that is not known: shifts move, and little is as surprising as an event at a dead
    hour.
    """
    rough = 2.0 * seen
    rough[1:] += seen[:-1]
    rough[:-1] += seen[1:]
    rough[0] += seen[-1]
    rough[-1] += seen[0]
    rough /= 4.0
    rough += tuning.hour_prior / HOURS
    known = total(rough)
    rough /= known
    events = np.maximum(total(seen), TINY)
    expected = events * rough
    believed = _beyond(_scatter(seen, expected), (HOURS - 1.0) * phi)
    floor: Packed = (tuning.hour_floor * (1.0 - believed) + QUIETEST_HOUR * believed) / HOURS
    return _shares(_bent(rough, seen, believed, events), floor), known


def _of_weekday(
    share: Singles, known: Singles, own: Singles, phi: Singles
) -> tuple[Singles, Singles]:
    """Let what has been seen on a weekday bend the profile of all days, as far as it differs."""
    events = np.maximum(total(own), TINY)
    expected = events * share
    scale = expected + 1.0
    off = own - expected
    off *= off
    off /= scale
    chance = ROUNDED * expected
    chance += phi
    chance *= expected
    chance /= scale
    believed = _beyond(total(off), AT_TIMES * total(chance))
    bent = _shares(_bent(share, own, believed, events), QUIETEST_HOUR / HOURS)
    return bent, known + believed * np.minimum(events - known, 0.0)


def _scatter(seen: Singles, expected: Singles) -> Singles:
    """Add up the squares of what was seen beyond the expectation, over the expectation."""
    off = seen - expected
    off *= off
    off /= np.maximum(expected, TINY)
    return total(off)


def _bent(share: Singles, seen: Singles, believed: Singles, events: Singles) -> Singles:
    """Give shares on the way to those seen out of so many events, as far as these are believed."""
    bent = seen * (believed / events)
    bent += share * (1.0 - believed)
    return bent


def _quarters(share: Singles, seen: Singles, in_hours: Singles, phi: Singles) -> Singles:
    """Part every hour into quarters: evenly, or as seen as far as they differ."""
    even = in_hours / AN_HOUR
    part = 1.0 / (even + 1.0)
    off: Packed = seen.reshape(HOURS, AN_HOUR, -1) - even[:, np.newaxis]
    square = hours.in_hours((off * off).reshape(seen.shape))
    square *= part
    even *= part
    chance: Packed = AT_TIMES * phi * (AN_HOUR - 1.0) * total(even)
    part *= _beyond(total(square), chance)
    off *= part[:, np.newaxis]
    off += 1.0
    parts = np.maximum(off, QUIETEST_QUARTER, out=off)
    parts *= (share / hours.in_hours(parts.reshape(seen.shape)))[:, np.newaxis]
    return parts.reshape(seen.shape)


def _beyond(square: Packed, chance: Packed) -> Singles:
    """Give how far what was seen is to be believed, from 0 to 1."""
    believed: Singles = np.maximum(1.0 - chance / np.maximum(square, TINY), 0.0)
    return believed


def _shares(rows: Singles, floor: Packed | float) -> Singles:
    high = np.maximum(rows, floor)
    high /= total(high)
    return high


class TwoDays(NamedTuple):
    """The share of every hour (24 rows, a column a series) of a day, and of the day before.

    `phi` as of `DiurnalProfile`.
    """

    share: Singles
    earlier: Singles
    phi: Singles


def two_days(cells: Rows, slots: Slots, day: int, tuning: Tuning) -> TwoDays:
    """Give the profiles of `day` and of the day before, by hour."""
    today, earlier = (profile(cells, slots, each, tuning) for each in (day, day - 1))
    return TwoDays(hours.in_hours(today.quarters), hours.in_hours(earlier.quarters), today.phi)


def last_day(cells: Rows, slots: Slots, hour: int, days: TwoDays) -> Tested:
    """Hold the 24 hours up to the end of `hour` (hours since the epoch) against the expectation."""
    day, here = hour // HOURS, hour % HOURS
    state = cells[: COUNTS.start].take(slots, axis=1)
    mean, before = state[MU], past(cells, day - 1)[1][slots].astype(np.float64)
    gone = np.arange(HOURS)[:, np.newaxis] <= here
    observed = hours.last_day(cells, slots, hour)[np.newaxis]
    expected = total(np.where(gone, mean * days.share, before * days.earlier))[np.newaxis]
    expected = np.maximum(expected, TINY)
    spread = np.maximum(days.phi, dispersion(state)) + expected * state[Q]
    return Tested(observed, expected, spread, surplus(observed, expected, spread))


def learn(
    cells: Rows, slots: Slots, day: int, quarters: Singles, normal: NDArray[np.bool_]
) -> None:
    """Learn from `day`, of the series that had events on it and no alarm.

    `quarters` is the profile that it was held against (96 rows).
    """
    today = hours.ring(cells, slots)
    of_hours = today.reshape(HOURS, AN_HOUR, -1)
    of_hours *= hours.since(cells, slots, day * HOURS)[:, np.newaxis]
    in_hours = hours.in_hours(today)
    seen, own = hours.seen(cells, slots), hours.of_weekday(cells, slots, day)
    # Of a quarter that was cut off, chance would seem to put fewer events together than it did.
    whole = normal & ~hours.full(cells, slots, today)
    clumping.learn(cells, slots, in_hours, (quarters, hours.in_hours(seen), own), whole)
    taught = normal.astype(np.float32)
    own *= 1.0 - taught * (1.0 - clumping.FORGET**WEEK)
    in_hours *= taught
    own += in_hours
    hours.write_weekday(cells, slots, day, own)
    hours.fit(cells, slots, today)
    seen *= 1.0 - taught * (1.0 - clumping.FORGET)
    today *= taught
    seen += today
    hours.write_seen(cells, slots, seen)
