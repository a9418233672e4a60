"""Rows of buckets and windows of many series, compiled, are those that Python makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.metrics import Status
from schemas.templates import BucketSlice, WindowSlice
from streams import compiled
from streams.core.aggregate import public_rows
from streams.core.aggregate.closed_buckets import ClosedBuckets
from streams.core.aggregate.columns import Row
from streams.core.aggregate.series import SentWindow, Series
from streams.core.aggregate.window_unions import WindowUnions
from streams.core.aggregate.windows import spans, windows
from streams.core.event_time.zone import UTC_ZONE
from streams.core.series_key import series_key
from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.event_time.buckets import Grain

PURE: tuple[Any, Any] = public_rows._bucket_rows, public_rows._window_rows  # noqa: SLF001 - the twins
BUCKETS: Any
WINDOWS: Any
BUCKETS, WINDOWS = (compiled.instead_of(one, "public_rows") for one in PURE)
pytestmark = pytest.mark.skipif(BUCKETS is PURE[0], reason="nothing is compiled")

NOW = 1_800_000_000 - 1_800_000_000 % 86_400
NAMES = st.sampled_from(["Loan", 'x","grain":"5m', "ü\t%d\\", "", "\U0001f600"])
NUMBERS = (
    st.integers(-3, 1_100) | st.integers(-(2**66), 2**66) | st.sampled_from([-1, 2**63, -(2**63)])
)
VALUES = st.none() | st.dictionaries(st.sampled_from(["USD", "JPY"]), st.integers(-9, 2**60))


class Bucket(NamedTuple):
    """One of a series; with many customers there are registers."""

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


@given(
    st.lists(st.tuples(st.binary(max_size=30), NUMBERS, NUMBERS, st.sampled_from(get_args(Status))))
)
def test_rows_of_buckets_are_the_same(rows: list[tuple[bytes, int, int, Status]]) -> None:
    of_slice = BucketSlice("1h", NOW, NOW + 3_600, NOW + 7_000)
    columns = [[row[column] for row in rows] for column in range(4)]
    both = [make(of_slice, *columns) for make in (BUCKETS, PURE[0])]
    assert both[0] == both[1]


def test_columns_of_buckets_are_of_one_length() -> None:
    of_slice = BucketSlice("1h", NOW, NOW + 3_600, NOW + 7_000)
    for make in (BUCKETS, PURE[0]):
        with pytest.raises(ValueError, match="shorter"):
            make(of_slice, [b"a", b"b"], [1], [1, 1], ["final", "final"])


BUCKET = st.builds(
    Bucket, st.integers(0, 40), st.integers(0, 2_000), VALUES, st.sampled_from([0, 1, 3, 40, 900])
)
SERIES = st.tuples(NAMES, st.booleans(), st.lists(BUCKET, max_size=3, unique_by=lambda b: b.age))
OPENED = st.none() | st.tuples(st.integers(0, 3), st.integers(0, 5), VALUES)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["5m", "1h", "1d"]),
    st.lists(st.tuples(SERIES, OPENED), max_size=5),
    st.lists(st.integers(0, 40 * 86_400), min_size=1, max_size=3),
)
def test_rows_of_windows_are_the_same_from_flush_to_flush(
    grain: Grain, several: list[tuple[Any, Any]], steps: list[int]
) -> None:
    length = {"5m": 300, "1h": 3_600, "1d": 86_400}[grain]
    found = []
    for make in (WINDOWS, PURE[1]):
        own = [held(one, number, grain, length) for number, (one, _) in enumerate(several)]
        opened = {
            number: [Row(NOW - NOW % length - age * length, count, values, b"", None)]
            for number, (_, open_) in enumerate(several)
            if open_ is not None
            for age, count, values in [open_]
        }
        found.append([flush(make, own, grain, opened, step) for step in steps])
        found[-1].append([one.sent for one in own])
    assert found[0] == found[1]


@pytest.mark.parametrize(("grain", "length"), [("5m", 300), ("1h", 3_600), ("1d", 86_400)])
def test_a_bucket_leaves_a_window_when_python_says_so(grain: Grain, length: int) -> None:
    found = []
    for make in (WINDOWS, PURE[1]):
        aged = [Bucket(age, -1, None, 3) for age in range(-2, 370)]
        own = [held((str(one.age), False, [one]), one.age, grain, length) for one in aged]
        found.append([flush(make, own, grain, {}, step) for step in (0, length, 2 * length)])
    assert found[0] == found[1]
    assert all(keys for keys, _ in found[0])


def test_a_window_too_few_is_refused() -> None:
    own = [Series(series_key("complaints", {}))]
    family = spans(NOW, UTC_ZONE)["1h"]
    slices = [(WindowSlice(*span, NOW), "final") for span in family]
    for make in (WINDOWS, PURE[1]):
        with pytest.raises(ValueError, match=r"shorter|1 values"):
            make(own, "1h", {}, family, slices, lambda *_: [(1, {}, 1)])


def held(one: Any, number: int, grain: Grain, length: int) -> Series:
    name, restored, buckets = one
    series = Series(series_key("complaints", {"product": name}), restored=restored)
    series.number = number
    packing = ClosedBuckets()
    for bucket in sorted(buckets, reverse=True):
        start = NOW - NOW % length - bucket.age * length
        row = [bucket.events], [bucket.values], [bucket.sketch()]
        packing.put(grain, start, [series], *row)
    return series


def flush(
    make: Any, own: list[Series], grain: Grain, opened: dict[int, list[Row]], step: int
) -> Any:
    family = spans(NOW + step, UTC_ZONE)[grain]
    slices = [
        (WindowSlice(window, start, end, NOW + step), "final" if end <= NOW else "provisional")
        for window, start, end in family
    ]

    def sums(series: Series, rows: list[Row]) -> Iterable[SentWindow]:
        return windows(series, grain, rows, family, UTC_ZONE, WindowUnions())

    return make(own, grain, opened, family, slices, sums)
