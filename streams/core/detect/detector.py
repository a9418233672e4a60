"""The detector of rising counts: daily, fast and slow test, over all series of a metric."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect import exposure
from streams.core.detect.cold_start import birth
from streams.core.detect.daily import model
from streams.core.detect.episodes import follow_day
from streams.core.detect.fast_test import ClosedBuckets, FastTest
from streams.core.detect.intraday import clock_change, cusum, diurnal_profile, hours
from streams.core.detect.intraday.baseline import Baseline
from streams.core.detect.layouts import decode
from streams.core.detect.protocol import Census, CurveDay, Reading
from streams.core.detect.state_matrix import (
    AGE,
    ASLEEP,
    DAY,
    FAST_SUM,
    FIELDS,
    HOUR,
    HOURS,
    MU,
    RAISED,
    SILENT,
    SINCE,
    SLOW_SINCE,
    StateMatrix,
)
from streams.core.detect.trend import episodes, weekly_test
from streams.core.detect.tuning import Tuning
from streams.core.event_time.buckets import BASE
from streams.core.event_time.buckets import DAY as DAY_SECONDS
from streams.core.event_time.buckets import HOUR as HOUR_SECONDS
from streams.core.event_time.calendar import ordinary
from streams.core.event_time.zone import UTC_ZONE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from streams.core.detect.state_matrix import Slots, Vector
    from streams.core.event_time.buckets import Grain
    from streams.core.event_time.calendar import Calendar
    from streams.core.event_time.zone import Lived

DEFAULT = Tuning()
_NONE: Final[Slots] = np.empty(0, dtype=np.intp)


class RiseDetector:
    """Watches all series of one metric in one partition; see `Detector`.

    Buckets may be skipped when no series counted in them, days too: they are made up for as days
    without events. A series without events for a month sleeps: it costs nothing until it wakes.

    All times are civil, so that every day has 24 hours; `lived` says which of them come twice or
    not at all, and `calendar` which days are holidays.
    """

    def __init__(
        self,
        tuning: Tuning = DEFAULT,
        calendar: Calendar = ordinary,
        lived: Lived = UTC_ZONE.lived,
    ) -> None:
        self._tuning = tuning
        self._calendar = calendar
        self._lived = lived
        self._matrix = StateMatrix()
        self._today = Baseline(tuning, lived)
        self._asleep: dict[str, bytes] = {}
        self._gone: dict[str, bytes] = {}  # rows of those that fell asleep since `changed`
        self._day: int | None = None  # the last day closed
        self._active: Mapping[str, float] = {}
        self._curves: dict[str, list[CurveDay]] = {}  # those asked for since a day was closed
        self._begun: int | None = None  # the day whose active customers are known

    def close(
        self,
        grain: Grain,
        start: int,
        counts: Mapping[str, int],
        active: Mapping[str, float] | None = None,
    ) -> list[Reading]:
        """Step over one closed bucket of 5 minutes, or over a day.

        Raises:
            ValueError: the grain is an hour, or time went back.
        """
        if grain == "5m":
            return self.run([(start, counts)], active)
        self._active = active or {}
        if grain == "1d":
            return self._close_day(start // DAY_SECONDS, counts)
        raise ValueError(f"no detector for grain {grain}")

    def run(
        self,
        buckets: Sequence[tuple[int, Mapping[str, int]]],
        active: Mapping[str, float] | None = None,
    ) -> list[Reading]:
        """Step over closed 5-minute buckets of one day, as `close` would over one by one.

        Raises:
            ValueError: time went back.
        """
        self._active = active or {}
        first = next((n for n, (_, counts) in enumerate(buckets) if counts), 0)
        if first:  # the day of the active customers begins with the first event
            return self.run(buckets[:first], active) + self.run(buckets[first:], active)
        day = buckets[0][0] // DAY_SECONDS
        readings = self._catch_up(day)
        keys = list(chain.from_iterable(counts for _, counts in buckets))
        starts = [start for start, _ in buckets]
        sizes = [len(counts) for _, counts in buckets]
        values = _vector(chain.from_iterable(counts.values() for _, counts in buckets))
        slots = self._find(day, keys) if keys else _NONE
        closed = ClosedBuckets(slots, _vector(starts).repeat(sizes), values)
        ended = [at // HOUR_SECONDS for at in starts if (at + BASE) % HOUR_SECONDS == 0]
        fast_test = FastTest(self._matrix, self._today, self._tuning)
        return readings + fast_test.run(closed, ended)

    def changed(self) -> Iterator[tuple[str, bytes]]:
        """Yield the rows of the series that changed since the last call."""
        gone, self._gone = self._gone, {}
        yield from gone.items()
        yield from self._matrix.changed()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Go on from rows that `changed` gave, the latest of each series."""
        for key, row in rows:
            state = decode(row)
            day = int(state[DAY])
            self._day = day if self._day is None else max(self._day, day)
            if state[ASLEEP]:
                self._asleep[key] = row
                continue
            self._matrix.add(key, state, changed=False)

    def curve(self, series: str) -> list[CurveDay]:
        """Give the last closed days of a series, as far as they are remembered, oldest first."""
        slot = self._matrix.slots.get(series)
        if slot is None:
            return []
        if series not in self._curves:
            self._curves[series] = model.curve(self._matrix.cells[:, slot], self._tuning)
        return self._curves[series]

    def watched(self) -> int:
        """Count the series that are being tested: awake, and old enough to be raised."""
        ages = self._matrix.cells[AGE, : len(self._matrix)]
        return int(np.count_nonzero(ages >= self._tuning.learn_days))

    def census(self) -> Census:
        """Count the series that are too young, watched, and raised."""
        cells = self._matrix.cells[:, : len(self._matrix)]
        young = cells[AGE] < self._tuning.learn_days
        # High from its first day on, a young series departs from nothing: it is all that is known.
        new = young & (cells[SINCE] == birth(cells) * DAY_SECONDS)
        up = (cells[RAISED] != 0.0) & ~new
        raised = int(np.count_nonzero(up))
        learning = int(np.count_nonzero(young & ~up))
        known = len(self._matrix) + len(self._asleep)
        return Census(learning, known - learning - raised, raised)

    def _close_day(self, day: int, counts: Mapping[str, int]) -> list[Reading]:
        readings = self._catch_up(day)
        slots = self._find(day, counts)
        total = np.zeros(len(self._matrix))
        total[slots] = _vector(counts.values())
        readings.extend(self._step(day, total))
        self._day = day
        return readings

    def _catch_up(self, day: int) -> list[Reading]:
        """Close the days before `day` that were not closed, as days without events."""
        if self._day is None:
            self._day = day - 1
        if day <= self._day:
            raise ValueError(f"day {day} comes after day {self._day}")
        readings: list[Reading] = []
        while self._day < day - 1:
            if not len(self._matrix):
                self._day = day - 1
                break
            self._day += 1
            readings.extend(self._step(self._day, np.zeros(len(self._matrix))))
        return readings

    def _find(self, day: int, keys: Collection[str]) -> Slots:
        """Give the slots of the series named, waking or starting them."""
        if self._active and self._begun != day:
            exposure.begin_day(self._matrix, self._active)
            self._today.begin()
            self._begun = day
        known = self._matrix.slots
        try:
            return np.fromiter(map(known.__getitem__, keys), dtype=np.intp, count=len(keys))
        except KeyError:  # a series that is new, or wakes
            self._enter([key for key in dict.fromkeys(keys) if key not in known], day)
            return np.fromiter(map(known.__getitem__, keys), dtype=np.intp, count=len(keys))

    def _enter(self, keys: Sequence[str], day: int) -> None:
        """Begin the states of series, each named once, or bring those that slept up to `day`."""
        states = np.zeros((FIELDS, len(keys)))
        wake = [n for n, key in enumerate(keys) if key in self._asleep]
        for number, key in enumerate(keys):
            row = self._asleep.pop(key, None)
            if row is None:
                state = np.zeros(FIELDS)
                model.born(state, day, self._tuning)
            else:
                self._gone.pop(key, None)
                state = decode(row)
                state[ASLEEP], state[FAST_SUM] = 0.0, 0.0
                weekly_test.wake(state, day)
            exposure.enter(state, key, self._active)
            states[:, number] = state
        if wake:
            woken = states.take(wake, axis=1)
            model.wake(woken, day, self._tuning, self._calendar)
            states[:, wake] = woken
        for number, key in enumerate(keys):
            self._matrix.add(key, states[:, number])

    def _step(self, day: int, counts: Vector) -> list[Reading]:
        matrix, tuning = self._matrix, self._tuning
        cells = matrix.cells[:, : len(matrix)]
        today = self._today
        changed, clocks = cusum.end_day(cells, day, today, tuning)
        cells[MU, changed] += today.more(today.cover(cells, changed, day), clocks)
        if self._lived(day) is not None:  # an hour more or less than other days have
            cells[MU] *= today.whole(today.cover(cells, np.arange(len(matrix)), day))
        tested = model.test(cells, day, counts)
        readings = follow_day(matrix, day, counts, tested, tuning)
        touched = np.flatnonzero(cells[HOUR] >= day * HOURS)
        if touched.size:
            normal = (tested.z[0] < tuning.normal) & ~clock_change.doubtful(cells)
            if self._lived(day) is not None:
                normal[:] = False
            hours.move(cells, changed, clocks)
            turned = np.zeros(len(matrix), dtype=np.intp)
            turned[changed] = clocks
            quarters = today.quarters(today.cover(cells, touched, day), turned[touched])
            diurnal_profile.learn(cells, touched, day, quarters, normal[touched])
        model.learn(cells, day, counts, self._calendar)
        model.turn(cells, day, counts, tuning, self._calendar)
        self._curves.clear()
        self._today.begin()
        if weekly_test.ends_week(day):
            weekly_test.note(cells, day)
            readings.extend(episodes.close_week(matrix, day, tuning))
            readings.sort(key=lambda reading: reading.series)  # stable: daily before slow
        matrix.mark_all()
        self._rest()
        return readings

    def _rest(self) -> None:
        """Put the series to sleep that have been silent for long and were rare before."""
        matrix, tuning = self._matrix, self._tuning
        cells = matrix.cells[:, : len(matrix)]
        tired = (cells[SILENT] >= tuning.sleep_after) & (cells[MU] < tuning.sleep_below)
        calm = (cells[RAISED] == 0.0) & (cells[SLOW_SINCE] == 0.0)
        slots = np.flatnonzero(tired & calm)
        if not slots.size:
            return
        cells[ASLEEP, slots] = 1.0
        for key, row in matrix.rows(slots):
            self._asleep[key] = row
            self._gone[key] = row
        matrix.remove(slots)


def _vector(counts: Iterable[int]) -> Vector:
    return np.fromiter(counts, dtype=np.float64)
