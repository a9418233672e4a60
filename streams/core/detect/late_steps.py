"""The states of series of which only events were kept: their days, stepped over at last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.detect import exposure
from streams.core.detect.daily import model
from streams.core.detect.day_step import step_day
from streams.core.detect.fast_test import ClosedBuckets, FastTest
from streams.core.detect.few_events import WHOLE_DAY, read
from streams.core.detect.intraday.baseline import Baseline
from streams.core.detect.state_matrix import FIELDS, StateMatrix
from streams.core.event_time.buckets import BASE
from streams.core.event_time.buckets import DAY as DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.detect.rules import Rules
    from streams.core.detect.state_matrix import Slots, Vector

AT_ONCE: Final = 4096
"""Series: their states fit into 13 MB."""
UNKNOWN: Final = 0.0


class _Events(NamedTuple):
    """Events of series: a slot, a day since the epoch, a place in it and a count each."""

    slots: Slots
    days: Slots
    places: Slots
    counts: Vector

    def only(self, columns: Slots) -> _Events:
        return _Events(
            self.slots[columns], self.days[columns], self.places[columns], self.counts[columns]
        )


def states(rows: Mapping[str, bytes], closed: int, rules: Rules) -> Iterator[StateMatrix]:
    """Yield the states of young series, by what `few_events` kept of them, some at a time.

    `closed` is the last day that was closed. Of the day after it, what came so far is stepped over.
    """
    keys = list(rows)
    for first in range(0, len(keys), AT_ONCE):
        yield _states({key: rows[key] for key in keys[first : first + AT_ONCE]}, closed, rules)


def _states(rows: Mapping[str, bytes], closed: int, rules: Rules) -> StateMatrix:
    pasts = sorted(((read(row), key) for key, row in rows.items()), key=lambda past: past[0].born)
    born = np.array([past.born for past, _ in pasts])
    customers: dict[int, list[tuple[int, float]]] = {}
    for slot, (past, _) in enumerate(pasts):
        for day, number in past.customers:
            customers.setdefault(day, []).append((slot, number))
    events = _events([(past.born, past.events) for past, _ in pasts])
    matrix, today = StateMatrix(len(pasts)), Baseline(rules.tuning, rules.lived)
    for day in range(int(born[0]), closed + 2):
        found = np.full(len(pasts), UNKNOWN)
        for slot, number in customers.get(day, ()):
            found[slot] = number
        known = len(matrix)
        if found[:known].any():
            exposure.begin(matrix, found[:known])
            today.begin()
        begin, end = np.searchsorted(born, (day, day + 1)).tolist()
        if end > begin:
            fresh = np.zeros((FIELDS, end - begin))
            model.born(fresh, day, rules.tuning)
            exposure.enter(fresh, found[begin:end])
            matrix.extend([key for _, key in pasts[begin:end]], fresh)
        own = events.only(np.flatnonzero(events.days == day))
        _run(matrix, today, day, own.only(np.flatnonzero(own.places != WHOLE_DAY)), rules)
        if day <= closed:
            step_day(matrix, today, day, _totals(own, len(matrix)), rules)
    return matrix


def _events(of_series: list[tuple[int, np.ndarray]]) -> _Events:
    """Put the events of series side by side; the slots are the places in the list."""
    sizes = [events.size for _, events in of_series]
    every = np.concatenate([events for _, events in of_series])
    born = np.repeat([born for born, _ in of_series], sizes)
    return _Events(
        np.repeat(np.arange(len(sizes)), sizes),
        born + every["day"],
        every["place"].astype(np.intp),
        every["count"].astype(np.float64),
    )


def _run(matrix: StateMatrix, today: Baseline, day: int, own: _Events, rules: Rules) -> None:
    if own.slots.size:
        starts = day * DAY_SECONDS + BASE * own.places.astype(np.float64)
        in_time = starts.argsort(kind="stable")
        closed = ClosedBuckets(own.slots[in_time], starts[in_time], own.counts[in_time])
        FastTest(matrix, today, rules.tuning).run(closed, ())


def _totals(own: _Events, size: int) -> Vector:
    """Count the events of a day by slot."""
    whole = own.places == WHOLE_DAY
    total = np.bincount(own.slots[~whole], weights=own.counts[~whole], minlength=size)
    total[own.slots[whole]] = own.counts[whole]
    return total.astype(np.float64, copy=False)
