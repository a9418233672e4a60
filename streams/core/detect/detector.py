"""The detector of rising counts: daily, fast and slow test, over all series of a metric."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect import exposure
from streams.core.detect.cold_start import birth
from streams.core.detect.daily import model
from streams.core.detect.day_step import step_day
from streams.core.detect.fast_test import ClosedBuckets, FastTest
from streams.core.detect.few_events import MARK, FewEvents
from streams.core.detect.intraday.baseline import Baseline
from streams.core.detect.late_steps import states
from streams.core.detect.layouts import decode
from streams.core.detect.protocol import Census, CurveDay, Reading
from streams.core.detect.rules import Rules
from streams.core.detect.state_matrix import (
    AGE,
    ASLEEP,
    BLOCK,
    DAY,
    FAST_SUM,
    FIELDS,
    MU,
    RAISED,
    SILENT,
    SINCE,
    SLOW_SINCE,
    StateMatrix,
)
from streams.core.detect.trend import weekly_test
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
MANY_SERIES: Final = 2_048
"""From so many on, series that begin on a day are kept as events while they have few: of less, the
steps of a fortnight cost more than to begin them late."""
_NOT_HERE: Final = -1


class RiseDetector:
    """Watches all series of one metric in one partition; see `Detector`.

    Buckets may be skipped when no series counted in them, days too: they are made up for as days
    without events. A series without events for a month sleeps: it costs nothing until it wakes.
    Nor does a young one with hardly an event, where `many` begin on a day: see `few_events`.

    All times are civil, so that every day has 24 hours; `lived` says which of them come twice or
    not at all, and `calendar` which days are holidays.
    """

    def __init__(
        self,
        tuning: Tuning = DEFAULT,
        calendar: Calendar = ordinary,
        lived: Lived = UTC_ZONE.lived,
        many: int = MANY_SERIES,
    ) -> None:
        self._tuning = tuning
        self._rules = Rules(tuning, calendar, lived)
        self._many = many
        self._matrix = StateMatrix()
        self._few = FewEvents(tuning)
        self._today = Baseline(tuning, lived)
        self._asleep: dict[str, bytes] = {}
        self._gone: dict[str, bytes] = {}  # rows of those that fell asleep since `changed`
        self._day: int | None = None  # the last day closed
        self._active: Mapping[str, float] = {}
        self._curves: dict[str, list[CurveDay]] = {}  # those asked for since a day was closed
        self._begun: int | None = None  # the day whose active customers are known
        self._births = (0, 0)  # a day, and how many series began on it, as far as they were counted

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
        starts = _vector(start for start, _ in buckets)
        ended = starts[(starts + BASE) % HOUR_SECONDS == 0] // HOUR_SECONDS
        starts = starts.repeat([len(counts) for _, counts in buckets])
        values = _vector(chain.from_iterable(counts.values() for _, counts in buckets))
        slots = self._find(day, keys, values, starts) if keys else values.astype(np.intp)
        closed = ClosedBuckets(slots, starts, values).only(slots != _NOT_HERE)
        fast_test = FastTest(self._matrix, self._today, self._tuning)
        return readings + fast_test.run(closed, ended.astype(int).tolist())

    def changed(self) -> Iterator[tuple[str, bytes]]:
        """Yield the rows of the series that changed since the last call."""
        gone, self._gone = self._gone, {}
        yield from gone.items()
        yield from self._matrix.changed()
        yield from self._few.changed()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Go on from rows that `changed` gave, the latest of each series."""
        known = list(rows)
        self._matrix.reserve(sum(row[:1] != MARK for _, row in known))
        for first in range(0, len(known), BLOCK):
            self._restore(known[first : first + BLOCK])

    def _restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Go on from so few rows that their states fit into the cache."""
        keys, states = [], []
        for key, row in rows:
            if row[:1] == MARK:
                day = self._few.restore(key, row)
            else:
                state = decode(row)
                day = int(state[DAY])
                if state[ASLEEP]:
                    self._asleep[key] = row
                else:
                    keys.append(key)
                    states.append(state)
            self._day = day if self._day is None else max(self._day, day)
        if keys:
            self._matrix.extend(keys, np.array(states).T, changed=False)

    def curve(self, series: str) -> list[CurveDay]:
        """Give the last closed days of a series, as far as they are remembered, oldest first."""
        if series in self._few:
            self._step_late([series])
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
        learning = int(np.count_nonzero(young & ~up)) + len(self._few)
        known = len(self._matrix) + len(self._asleep) + len(self._few)
        return Census(learning, known - learning - raised, raised)

    def _close_day(self, day: int, counts: Mapping[str, int]) -> list[Reading]:
        readings = self._catch_up(day)
        keys, values = list(counts), _vector(counts.values())
        slots = self._find(day, keys, values)
        here = slots != _NOT_HERE
        total = np.zeros(len(self._matrix))
        total[slots[here]] = values[here]
        return readings + self._step(day, total)

    def _catch_up(self, day: int) -> list[Reading]:
        """Close the days before `day` that were not closed, as days without events."""
        if self._day is None:
            self._day = day - 1
        if day <= self._day:
            raise ValueError(f"day {day} comes after day {self._day}")
        readings: list[Reading] = []
        while self._day < day - 1:
            if not len(self._matrix) and not len(self._few):
                self._day = day - 1
                break
            self._few.note_day(self._day + 1, [], _vector(()), {}, None)
            readings.extend(self._step(self._day + 1, np.zeros(len(self._matrix))))
        return readings

    def _find(
        self, day: int, keys: Sequence[str], counts: Vector, starts: Vector | None = None
    ) -> Slots:
        """Give the slots of the series named, waking or starting them.

        What was counted of those that are kept as events (in 5 minutes that have `starts`, or on
        the day) is noted; they have no slot: -1.
        """
        if self._active and self._begun != day:
            exposure.begin_day(self._matrix, self._active)
            self._few.begin_day(day, self._active)
            self._today.begin()
            self._begun = day
        slots = self._slots(keys)
        places = np.flatnonzero(slots == _NOT_HERE)
        if places.size or (starts is None and len(self._few)):
            others = [keys[place] for place in places.tolist()]
            counts = counts[places]
            asleep = self._asleep if self._begin_many(day, others) else None
            if starts is None:
                more = self._few.note_day(day, others, counts, self._active, asleep)
            else:
                found = others, starts[places], counts
                more = self._few.note(day, found, self._active, asleep)
            self._step_late([key for key in more if key in self._few])
            self._enter([key for key in more if key not in self._matrix.slots], day)
            if more:
                slots = self._slots(keys)
        return slots

    def _begin_many(self, day: int, keys: Iterable[str]) -> bool:
        """Return whether many series begin on `day` with these, whichever of them are new."""
        if day != self._births[0]:
            self._births = day, 0
        births = self._births[1]
        if births < self._many:
            few, asleep = self._few, self._asleep
            births += len({key for key in keys if key not in few and key not in asleep})
            self._births = day, births
        return births >= self._many

    def _slots(self, keys: Collection[str]) -> Slots:
        """Give the slots of series; -1 where they have none."""
        found = map(self._matrix.slots.get, keys, repeat(_NOT_HERE))
        return np.fromiter(found, dtype=np.intp, count=len(keys))

    def _step_late(self, keys: Sequence[str]) -> None:
        """Give series that were kept as events their states."""
        if keys and self._day is not None:
            for matrix in states(self._few.remove(keys), self._day, self._rules):
                self._matrix.extend(matrix.keys, matrix.cells[:, : len(matrix)])

    def _enter(self, keys: Sequence[str], day: int) -> None:
        """Begin the states of series, each named once, or bring those that slept up to `day`."""
        wake = [n for n, key in enumerate(keys) if key in self._asleep]
        states = np.zeros((FIELDS, len(keys)))
        model.born(states, day, self._tuning)
        for number in wake:
            state = decode(self._asleep.pop(keys[number]))
            self._gone.pop(keys[number], None)
            state[ASLEEP], state[FAST_SUM] = 0.0, 0.0
            weekly_test.wake(state, day)
            states[:, number] = state
        if self._active:
            exposure.enter(states, exposure.customers_of(keys, self._active, len(keys)))
        if wake:
            woken = states.take(wake, axis=1)
            model.wake(woken, day, self._tuning, self._rules.calendar)
            states[:, wake] = woken
        self._matrix.extend(keys, states)

    def _step(self, day: int, counts: Vector) -> list[Reading]:
        """Close a day with these counts, by slot."""
        readings = []
        if counts.size:
            readings = step_day(self._matrix, self._today, day, counts, self._rules)
            self._rest()
        self._curves.clear()
        self._day = day
        self._step_late(self._few.grown(day))
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
