"""The step over a day: all series of a state matrix are tested, and learn from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.detect.daily import model
from streams.core.detect.episodes import follow_day
from streams.core.detect.intraday import clock_change, cusum, diurnal_profile, hours
from streams.core.detect.state_matrix import HOUR, HOURS, MU
from streams.core.detect.trend import episodes, weekly_test

if TYPE_CHECKING:
    from streams.core.detect.intraday.baseline import Baseline
    from streams.core.detect.protocol import Reading
    from streams.core.detect.rules import Rules
    from streams.core.detect.state_matrix import StateMatrix, Vector


def step_day(
    matrix: StateMatrix, today: Baseline, day: int, counts: Vector, rules: Rules
) -> list[Reading]:
    """Step over `day` (days since the epoch), on which every series counted so many events.

    Gives the readings of it, and begins the next day of the baseline.
    """
    tuning, calendar, lived = rules
    cells = matrix.cells[:, : len(matrix)]
    changed, clocks = cusum.end_day(cells, day, today, tuning)
    cells[MU, changed] += today.more(today.cover(cells, changed, day), clocks)
    if lived(day) is not None:  # an hour more or less than other days have
        cells[MU] *= today.whole(today.cover(cells, np.arange(len(matrix)), day))
    tested = model.test(cells, day, counts)
    readings = follow_day(matrix, day, counts, tested, tuning)
    touched = np.flatnonzero(cells[HOUR] >= day * HOURS)
    if touched.size:
        normal = (tested.z[0] < tuning.normal) & ~clock_change.doubtful(cells)
        if lived(day) is not None:
            normal[:] = False
        hours.move(cells, changed, clocks)
        turned = np.zeros(len(matrix), dtype=np.intp)
        turned[changed] = clocks
        quarters = today.quarters(today.cover(cells, touched, day), turned[touched])
        diurnal_profile.learn(cells, touched, day, quarters, normal[touched])
    model.learn(cells, day, counts, calendar)
    model.turn(cells, day, counts, tuning, calendar)
    today.begin()
    if weekly_test.ends_week(day):
        weekly_test.note(cells, day)
        readings.extend(episodes.close_week(matrix, day, tuning))
        readings.sort(key=lambda reading: reading.series)  # stable: daily before slow
    matrix.mark_all()
    return readings
