"""When a series counts as raised, when as calm again, and what is told of it.

Raised by the daily test, a series is calm once a day and the last three are near what is expected;
raised within the day, once the last 24 hours are. No window reaches back over the end of an
episode, so that what was told once is not told again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.buckets import DAY as DAY_SECONDS
from streams.core.buckets import HOUR as HOUR_SECONDS
from streams.core.detect import young
from streams.core.detect.bank import (
    AGE,
    CALMED,
    DAILY,
    HOURLY,
    ODDS,
    OPEN,
    RAISED,
    SINCE,
    TOLD,
)
from streams.core.detect.daily import rising
from streams.core.detect.deviance import clumped_upper, daily_surprise, surprise, upper
from streams.core.detect.outbreak import EVEN, odds
from streams.core.detect.protocol import Reading
from streams.core.detect.tuning import WINDOW_DAYS, WINDOW_HOURS
from streams.core.detect.windows import Scale, tripped

if TYPE_CHECKING:
    from streams.core.buckets import Grain
    from streams.core.detect.bank import Bank, Slots, Vector
    from streams.core.detect.deviance import Look, Tested
    from streams.core.detect.protocol import Status
    from streams.core.detect.tuning import Tuning
    from streams.core.detect.windows import Window


def judge_hours(
    bank: Bank, slots: Slots, hour: int, tested: Tested, tuning: Tuning
) -> list[Reading]:
    """Open, worsen and close the episodes of `slots` after `hour` (hours since the epoch)."""
    state = np.take(bank.cells[: TOLD + 1], slots, axis=1)
    rows, z, excess = tested.worst()
    high = (z > tuning.hour_threshold) & (excess >= tuning.hour_excess)
    high &= (state[AGE] >= tuning.learn_days) & (tested.z[-1] >= tuning.hour_support)
    raised = state[RAISED] != 0.0
    worse = raised & high & (z > state[TOLD] * 1.1 + 0.5)
    calm = (state[RAISED] == HOURLY) & ~high
    end = (hour + 1) * HOUR_SECONDS
    scale = Scale([n * HOUR_SECONDS for n in WINDOW_HOURS], tuning.hour_threshold, upper)
    readings = []
    for column in np.flatnonzero((high & ~raised) | worse | calm).tolist():
        slot = int(slots[column])
        row = -1 if calm[column] else int(rows[column])
        start = end - WINDOW_HOURS[row] * HOUR_SECONDS
        status: Status = "raised"
        if calm[column]:
            status = "calm"
            _calm(bank, slot, end)
        else:
            if not raised[column]:
                bank.cells[RAISED, slot], bank.cells[SINCE, slot] = HOURLY, start
            bank.cells[TOLD, slot] = tested.z[row, column]
        told = Told(slot, "1h", start, end, status, tuning.hour_threshold)
        windows = tripped(tested, column, end, scale) if high[column] else ()
        readings.append(_reading(bank, told, tested.look(row, column), windows))
    return sorted(readings, key=lambda reading: reading.series)


def judge_day(
    bank: Bank, day: int, counts: Vector, tested: Tested, tuning: Tuning
) -> list[Reading]:
    """Open, go on with and close the episodes of all series after `day`."""
    cells = bank.cells[:, : len(bank)]
    end = (day + 1) * DAY_SECONDS
    tested = young.test(cells, day, counts, tested, tuning)
    spans = np.array(WINDOW_DAYS)[:, np.newaxis] * DAY_SECONDS
    fresh = end - cells[CALMED] >= spans
    tested = tested._replace(z=np.where(fresh, tested.z, 0.0))
    rows, z, excess = rising(cells, counts, tested).worst()
    high = (z > tuning.day_threshold) & (excess >= tuning.day_excess)
    raised = cells[RAISED] != 0.0
    calm = (cells[RAISED] == DAILY) & (tested.z[0] < tuning.calm)
    calm &= (tested.z[1] < tuning.calm + 1.0) & (cells[OPEN] > 0.0) & (tested.z[-1] < EVEN)
    grown = young.outgrown(cells, day, counts, tuning)
    first = young.birth(cells) * DAY_SECONDS
    lengths = [n * DAY_SECONDS for n in WINDOW_DAYS]
    scale = Scale(lengths, tuning.day_threshold, clumped_upper, odds)
    readings = []
    for slot in np.flatnonzero(high | raised).tolist():
        row = int(rows[slot]) if not raised[slot] or (high[slot] and not calm[slot]) else 0
        start = end - WINDOW_DAYS[row] * DAY_SECONDS
        status: Status = "raised"
        if calm[slot]:
            status = "accepted" if grown[slot] else "calm"
            _calm(bank, slot, end)
        elif high[slot]:
            if not raised[slot]:
                cells[SINCE, slot] = start
            cells[RAISED, slot] = DAILY
        if status == "raised" and cells[SINCE, slot] == first[slot]:
            status = "new"
        told = Told(slot, "1d", start, end, status, tuning.day_threshold)
        windows = tripped(tested, slot, end, scale) if status in {"raised", "new"} else ()
        readings.append(_reading(bank, told, tested.look(row, slot), windows))
    cells[TOLD] = np.where(cells[RAISED] != 0.0, z, 0.0)
    return sorted(readings, key=lambda reading: reading.series)


class Told(NamedTuple):
    """What a reading says beside its numbers."""

    slot: int
    grain: Grain
    start: int
    end: int
    status: Status
    threshold: float


def _calm(bank: Bank, slot: int, end: int) -> None:
    bank.cells[RAISED, slot], bank.cells[CALMED, slot], bank.cells[TOLD, slot] = 0.0, end, 0.0
    bank.cells[ODDS, slot] = 0.0


def _reading(bank: Bank, told: Told, look: Look, windows: tuple[Window, ...]) -> Reading:
    daily = told.grain == "1d"
    bound = clumped_upper if daily else upper
    days = (told.end - told.start) / DAY_SECONDS
    level = daily_surprise(look.z, look.expected / days) if daily else surprise(look.z)
    high = bound(look.expected, look.spread, told.threshold)
    if daily and told.status == "raised" and look.z > told.threshold:
        high = min(high, look.observed)  # raised by the odds, which no count alone tells
    return Reading(
        series=bank.keys[told.slot],
        grain=told.grain,
        start=told.start,
        end=told.end,
        observed=look.observed,
        expected=round(look.expected, 6),
        upper=round(high, 6),
        surprise=round(level, 6),
        status=told.status,
        since=int(bank.cells[SINCE, told.slot]),
        history=float(bank.cells[AGE, told.slot]),
        detector="daily" if daily else "fast",
        windows=windows,
    )
