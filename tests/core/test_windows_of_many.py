"""Windows of many series at once are those of each by itself, and rows come of what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.aggregate.closed_buckets import ClosedBuckets
from streams.core.aggregate.columns import Row
from streams.core.aggregate.sent_windows import SentWindows, Totals
from streams.core.aggregate.series import SentWindow, Series
from streams.core.aggregate.window_totals import window_totals
from streams.core.aggregate.window_unions import WindowUnions
from streams.core.aggregate.windows import spans, windows
from streams.core.event_time.zone import UTC_ZONE
from streams.core.series_key import series_key
from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.event_time.buckets import Grain, Window

NOW = 1_800_000_000 - 1_800_000_000 % 86_400
LENGTH: dict[Grain, int] = {"5m": 300, "1h": 3_600, "1d": 86_400}
VALUES = st.none() | st.dictionaries(st.sampled_from(["USD", "JPY"]), st.integers(-9, 2**60))


class Closed(NamedTuple):
    """A bucket that began so many buckets before now; with many customers there are registers."""

    age: int
    events: int
    values: dict[str, int] | None
    customers: int

    def sketch(self) -> bytes | None:
        if not self.customers:
            return None
        made = hyperloglog.empty()
        for number in range(self.customers):
            made.update(f"customer {number}")
        return hyperloglog.dump(made)


BUCKET = st.builds(
    Closed, st.integers(0, 40), st.integers(0, 2_000), VALUES, st.sampled_from([0, 1, 3, 40, 900])
)
BUCKETS = st.lists(BUCKET, max_size=3, unique_by=lambda bucket: bucket.age)
OPENED = st.none() | st.tuples(st.integers(0, 3), st.integers(0, 5), VALUES)


class Held:
    """Some series with closed and open buckets of one grain."""

    def __init__(self, grain: Grain, several: list[tuple[list[Closed], Any]]) -> None:
        self.grain: Grain = grain
        self.packed = ClosedBuckets()
        self.packed.reserve(len(several))
        self.series: list[Series] = []
        self.opened: dict[int, list[Row]] = {}
        begin, length = NOW - NOW % LENGTH[grain], LENGTH[grain]
        for number, (buckets, opened) in enumerate(several):
            series = Series(series_key("complaints", {"product": str(number)}))
            series.number, series.packed = number, self.packed
            self.series.append(series)
            if opened is not None:
                age, count, values = opened
                self.opened[number] = [Row(begin - age * length, count, values, b"", None)]
            for one in sorted(buckets, reverse=True):
                row = [one.events], [one.values], [one.sketch()]
                self.packed.put(grain, begin - one.age * length, np.array([number]), *row)

    def each(self, now: int) -> list[list[SentWindow]]:
        family = spans(now, UTC_ZONE)[self.grain]
        unions = WindowUnions()
        return [
            list(
                windows(
                    series,
                    self.grain,
                    self.opened.get(series.number, []),
                    family,
                    UTC_ZONE,
                    unions,
                )
            )
            for series in self.series
        ]

    def at_once(self, now: int) -> list[list[SentWindow]]:
        family, unions = spans(now, UTC_ZONE)[self.grain], WindowUnions()

        def sums(series: Series, rows: list[Row]) -> Iterable[SentWindow]:
            return windows(series, self.grain, rows, family, UTC_ZONE, unions)

        numbers = np.array([series.number for series in self.series], np.int64)
        single = self.packed.single[self.grain]
        totals = window_totals(self.series, numbers, self.opened, single, family, sums)
        return [
            [
                (count, totals.values.get((row, place), {}), people)
                for place, (count, people) in enumerate(zip(counts, customers, strict=True))
            ]
            for row, (counts, customers) in enumerate(
                zip(totals.counts.tolist(), totals.customers.tolist(), strict=True)
            )
        ]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["5m", "1h", "1d"]),
    st.lists(st.tuples(BUCKETS, OPENED), max_size=5),
    st.integers(0, 40 * 86_400),
)
def test_windows_of_many_series_are_those_of_each(
    grain: Grain, several: list[tuple[list[Closed], Any]], step: int
) -> None:
    assert Held(grain, several).at_once(NOW + step) == Held(grain, several).each(NOW + step)


@pytest.mark.parametrize("grain", ["5m", "1h", "1d"])
def test_a_single_bucket_leaves_a_window_when_it_is_over(grain: Grain) -> None:
    aged: list[tuple[list[Closed], Any]] = [
        ([Closed(age, 7, {"EUR": 1}, 3)], None) for age in range(-2, 370)
    ]
    for step in (0, LENGTH[grain], 2 * LENGTH[grain]):
        held = Held(grain, aged)
        assert held.at_once(NOW + step) == (each := Held(grain, aged).each(NOW + step))
        assert {count for own in each for count, _, _ in own} == {0, 7}


def test_whose_windows_are_summed_up_at_once_keeps_its_bucket_in_columns() -> None:
    held = Held("1h", [([Closed(1, 2, None, 3)], None), ([Closed(1, 2, None, 3)], (0, 1, None))])
    held.at_once(NOW)
    starts = held.packed.single["1h"].starts
    assert (starts[:2] == NOW - 3_600).tolist() == [True, False]


NAMES: list[Window] = ["1h", "24h"]
WINDOW = st.tuples(
    st.integers(0, 2), st.dictionaries(st.just("USD"), st.integers(0, 1)), st.integers(0, 2)
)
FLUSH = st.dictionaries(st.integers(0, 3), st.tuples(WINDOW, WINDOW))


@given(st.lists(FLUSH, max_size=6), st.sets(st.integers(0, 3)))
def test_a_window_is_published_when_it_is_not_as_published_last(
    flushes: list[dict[int, tuple[SentWindow, SentWindow]]], restored: set[int]
) -> None:
    """Nor zero where nothing was, but of a series that was restored."""
    sent = SentWindows()
    model: dict[int, dict[Window, SentWindow]] = {number: {} for number in range(4)}
    for flush in flushes:
        expected = []
        for number, own in flush.items():
            for window, value in zip(NAMES, own, strict=True):
                before = model[number].get(window)
                new = before != value if before or number in restored else value[0] > 0
                expected.append(new)
                if new:
                    model[number][window] = value
        found = sent.note(*columns(flush), np.array([one in restored for one in flush], np.bool_))
        assert found.ravel().tolist() == expected
        assert {number: sent.of(number) for number in range(4)} == model


def columns(
    flush: dict[int, tuple[SentWindow, SentWindow]],
) -> tuple[Any, list[Window], Totals]:
    counts = [[count for count, _, _ in own] for own in flush.values()]
    customers = [[people for _, _, people in own] for own in flush.values()]
    values = {
        (row, place): amounts
        for row, own in enumerate(flush.values())
        for place, (_, amounts, _) in enumerate(own)
        if amounts
    }
    shape = len(flush), 2
    events, people = (np.array(one, np.int64).reshape(shape) for one in (counts, customers))
    return np.array(list(flush), np.int64), NAMES, Totals(events, people, values)
