"""Rows by template are those that are encoded whole, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from schemas.metrics import Grain, Metric, Status, Window
from schemas.templates import BucketSlice, WindowSlice, counted, naming
from streams.core.series_key import series_key

if TYPE_CHECKING:
    from collections.abc import Mapping

METRICS = st.sampled_from(get_args(Metric))
LABELS = st.dictionaries(
    st.sampled_from(["product", "grain", "window", "metric"]),
    st.sampled_from(['x","grain":"5m', "ü\t%d\\", "{}"]) | st.text(max_size=8),
)
VALUES = st.dictionaries(st.sampled_from(["USD", "EUR", "JPY"]), st.integers(-(2**60), 2**60))
TIMES = st.integers(0, 2**32)
COUNTS = st.integers(-3, 2**50)


def _naming(metric: Metric, labels: Mapping[str, str]) -> bytes:
    return naming(series_key(metric, labels))


@given(
    METRICS,
    LABELS,
    st.sampled_from(get_args(Grain)),
    st.tuples(TIMES, TIMES, TIMES),
    st.tuples(COUNTS, VALUES, st.integers(0, 2**40)),
    st.sampled_from(get_args(Status)),
    st.none() | st.integers(0, 2**31),
)
def test_a_bucket_is_as_encoded_whole(  # noqa: PLR0913, PLR0917 - one argument a field
    metric: Metric,
    labels: Mapping[str, str],
    grain: Grain,
    times: tuple[int, int, int],
    found: tuple[int, dict[str, int], int],
    status: Status,
    late: int | None,
) -> None:
    start, end, watermark = times
    count, values, customers = found
    slice_, named = BucketSlice(grain, start, end, watermark), _naming(metric, labels)
    assert slice_.key(named) == wire.bucket_key(metric, labels, grain, start)
    assert slice_.row(named, count, values, customers, status, late) == wire.encode_bucket(
        metric=metric,
        labels=labels,
        grain=grain,
        start=start,
        end=end,
        count=count,
        values=values,
        customers=customers,
        status=status,
        late=late,
        watermark=watermark,
    )


@given(
    METRICS,
    LABELS,
    st.sampled_from(get_args(Window)),
    st.tuples(TIMES, TIMES, TIMES),
    st.tuples(COUNTS, VALUES, st.integers(0, 2**40)),
    st.sampled_from(["provisional", "final"]),
)
def test_a_window_is_as_encoded_whole(  # noqa: PLR0913, PLR0917 - one argument a field
    metric: Metric,
    labels: Mapping[str, str],
    window: Window,
    times: tuple[int, int, int],
    found: tuple[int, dict[str, int], int],
    status: Status,
) -> None:
    start, end, watermark = times
    count, values, customers = found
    slice_, named = WindowSlice(window, start, end, watermark), _naming(metric, labels)
    assert slice_.key(named) == wire.rolling_key(metric, labels, window)
    assert slice_.row_of(named, counted(*found), status) == wire.encode_rolling(
        metric=metric,
        labels=labels,
        window=window,
        start=start,
        end=end,
        count=count,
        values=values,
        customers=customers,
        status=status,
        watermark=watermark,
    )


@given(
    st.lists(st.tuples(LABELS, COUNTS, st.integers(0, 2**40), st.sampled_from(get_args(Status)))),
    st.tuples(TIMES, TIMES, TIMES),
)
def test_rows_without_values_are_encoded_together_as_one_by_one(
    found: list[tuple[dict[str, str], int, int, Status]], times: tuple[int, int, int]
) -> None:
    slice_ = BucketSlice("1h", *times)
    names = [_naming("signups", labels) for labels, *_ in found]
    rows = slice_.plain_rows(
        names,
        [count for _, count, _, _ in found],
        [customers for _, _, customers, _ in found],
        [status for *_, status in found],
    )
    assert slice_.keys(names) == list(map(slice_.key, names))
    assert rows == [
        slice_.row(named, count, {}, distinct, status)
        for named, (_, count, distinct, status) in zip(names, found, strict=True)
    ]
