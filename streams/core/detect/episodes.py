"""When a series counts as raised, when as calm again, and what is reported of it.

Raised by the daily test, a series is calm once a day and the last three are near what is expected;
raised within the day, once the last 24 hours are and it was raised before them. No window reaches
back over the end of an episode, so that what was reported once is not reported again; within an
episode the fast test reports only what is more surprising than all that it reported before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.detect import cold_start
from streams.core.detect.daily.model import rising
from streams.core.detect.daily.outbreak import EVEN, odds
from streams.core.detect.deviance import clumped_upper, daily_surprise, surprise, upper
from streams.core.detect.exceedances import Exceedance, Scale, tripped
from streams.core.detect.intraday import cusum
from streams.core.detect.intraday.diurnal_profile import last_day
from streams.core.detect.protocol import Reading
from streams.core.detect.state_matrix import (
    AGE,
    CALMED,
    DAILY,
    FAST,
    HOURS,
    ODDS,
    OPEN,
    RAISED,
    REPORTED,
    SINCE,
)
from streams.core.detect.tuning import WINDOW_DAYS
from streams.core.event_time.buckets import DAY as DAY_SECONDS
from streams.core.event_time.buckets import HOUR as HOUR_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.deviance import DayCounts, Tested
    from streams.core.detect.intraday.baseline import Baseline
    from streams.core.detect.protocol import Status
    from streams.core.detect.state_matrix import StateMatrix, Vector
    from streams.core.detect.tuning import Tuning


def follow_buckets(matrix: StateMatrix, look: cusum.CusumStep, tuning: Tuning) -> list[Reading]:
    """Open and worsen episodes after buckets of a day; a series has its own in time order."""
    cells, readings = matrix.cells, []
    old = cells[AGE, look.slots] >= tuning.learn_days
    for column in np.flatnonzero(old & (look.surprise >= tuning.fast_threshold)).tolist():
        slot = int(look.slots[column])
        level = cusum.coarse(float(look.surprise[column]))
        raised = cells[RAISED, slot] != 0.0
        if raised and level <= cells[REPORTED, slot]:
            continue
        worst = look.window(look.highest(column), column, tuning)
        if worst.observed - worst.expected < tuning.fast_excess:
            continue
        if not raised:
            cells[RAISED, slot], cells[SINCE, slot] = FAST, worst.start
        cells[REPORTED, slot] = level
        readings.append(_fast_reading(matrix, slot, worst, level, look.tripped(column, tuning)))
    return sorted(readings, key=lambda reading: (reading.end, reading.series))


def calm_down(matrix: StateMatrix, hour: int, today: Baseline, tuning: Tuning) -> list[Reading]:
    """Close the episodes of the fast test that are over at the end of `hour` (epoch hours)."""
    cells, end = matrix.cells[:, : len(matrix)], (hour + 1) * HOUR_SECONDS
    old = end - cells[SINCE] >= DAY_SECONDS
    slots = np.flatnonzero(old & (cells[RAISED] == FAST))
    if not slots.size:
        return []
    tested = last_day(cells, slots, hour, today.two_days(cells, slots, hour // HOURS))
    readings, over = [], np.flatnonzero(tested.z[0] < tuning.calm)
    matrix.mark(slots[over])
    for column in over.tolist():
        slot, look = int(slots[column]), tested.look(0, column)
        _calm(cells, slot)
        high = upper(look.expected, look.spread, tuning.calm)
        day = Exceedance(
            end - DAY_SECONDS, end, look.observed, round(look.expected, 6), round(high, 6)
        )
        readings.append(_fast_reading(matrix, slot, day, round(surprise(look.z), 6)))
    return sorted(readings, key=lambda reading: reading.series)


def _fast_reading(
    matrix: StateMatrix,
    slot: int,
    window: Exceedance,
    level: float,
    windows: tuple[Exceedance, ...] = (),
) -> Reading:
    return Reading(
        series=matrix.keys[slot],
        grain="5m",
        start=window.start,
        end=window.end,
        observed=window.observed,
        expected=window.expected,
        upper=window.upper,
        surprise=level,
        status="raised" if windows else "calm",
        since=int(matrix.cells[SINCE, slot]),
        history=float(matrix.cells[AGE, slot]),
        detector="fast",
        windows=windows,
    )


def follow_day(
    matrix: StateMatrix, day: int, counts: Vector, tested: Tested, tuning: Tuning
) -> list[Reading]:
    """Open, go on with and close the episodes of all series after `day`."""
    cells = matrix.cells[:, : len(matrix)]
    end = (day + 1) * DAY_SECONDS
    tested = cold_start.test(cells, day, counts, tested, tuning)
    spans = np.array(WINDOW_DAYS)[:, np.newaxis] * DAY_SECONDS
    fresh = end - cells[CALMED] >= spans
    tested = tested._replace(z=np.where(fresh, tested.z, 0.0))
    rows, z, excess = rising(cells, counts, tested).worst()
    high = (z > tuning.day_threshold) & (excess >= tuning.day_excess)
    raised = cells[RAISED] != 0.0
    calm = (cells[RAISED] == DAILY) & (tested.z[0] < tuning.calm)
    calm &= (tested.z[1] < tuning.calm + 1.0) & (cells[OPEN] > 0.0) & (tested.z[-1] < EVEN)
    grown = cold_start.outgrown(cells, day, counts, tuning)
    first = cold_start.birth(cells) * DAY_SECONDS
    lengths = [n * DAY_SECONDS for n in WINDOW_DAYS]
    scale = Scale(lengths, tuning.day_threshold, clumped_upper, odds)
    readings = []
    for slot in np.flatnonzero(high | raised).tolist():
        row = int(rows[slot]) if not raised[slot] or (high[slot] and not calm[slot]) else 0
        start = end - WINDOW_DAYS[row] * DAY_SECONDS
        status: Status = "raised"
        if calm[slot]:
            status = "accepted" if grown[slot] else "calm"
            _calm(cells, slot)
            cells[CALMED, slot] = end
        elif high[slot]:
            if not raised[slot]:
                cells[SINCE, slot] = start
            cells[RAISED, slot] = DAILY
        if status == "raised" and cells[SINCE, slot] == first[slot]:
            status = "new"
        report = Report(slot, start, end, status, tuning.day_threshold)
        windows = tripped(tested, slot, end, scale) if status in {"raised", "new"} else ()
        reading = _reading(matrix, report, tested.look(row, slot), windows)
        if cells[RAISED, slot] != 0.0:
            cells[REPORTED, slot] = max(cells[REPORTED, slot], reading.surprise)
        readings.append(reading)
    return sorted(readings, key=lambda reading: reading.series)


class Report(NamedTuple):
    """What a reading of the daily test has beside its numbers."""

    slot: int
    start: int
    end: int
    status: Status
    threshold: float


def _calm(cells: NDArray[np.float64], slot: int) -> None:
    cells[RAISED, slot], cells[REPORTED, slot] = 0.0, 0.0
    cells[ODDS, slot] = 0.0
    cusum.stop(cells, slot)


def _reading(
    matrix: StateMatrix, report: Report, look: DayCounts, windows: tuple[Exceedance, ...]
) -> Reading:
    days = (report.end - report.start) / DAY_SECONDS
    high = clumped_upper(look.expected, look.spread, report.threshold)
    if report.status == "raised" and look.z > report.threshold:
        high = min(high, look.observed)  # raised by the odds, which no count alone shows
    return Reading(
        series=matrix.keys[report.slot],
        grain="1d",
        start=report.start,
        end=report.end,
        observed=look.observed,
        expected=round(look.expected, 6),
        upper=round(high, 6),
        surprise=round(daily_surprise(look.z, look.expected / days), 6),
        status=report.status,
        since=int(matrix.cells[SINCE, report.slot]),
        history=float(matrix.cells[AGE, report.slot]),
        windows=windows,
    )
