"""Rows of buckets and windows of many series at once, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.templates import counted
from streams.compiled import instead_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from schemas.metrics import Grain, Status
    from schemas.templates import BucketSlice, WindowSlice
    from streams.core.aggregate.columns import Row
    from streams.core.aggregate.series import SentWindow, Series
    from streams.core.aggregate.windows import Span

    Rows = tuple[list[bytes], list[bytes]]
    """Keys and values."""
    StatedSlice = tuple[WindowSlice, Status]
    Sums = Callable[[Series, list[Row]], Iterable[SentWindow]]
    """Returns the windows of a series, given its open buckets."""


_NONE: Final[list[Row]] = []


def _bucket_rows(
    of_slice: BucketSlice,
    names: list[bytes],
    counts: list[int],
    customers: list[int],
    statuses: list[Status],
) -> Rows:
    """Return the rows of a slice of time, all without values."""
    return of_slice.keys(names), of_slice.plain_rows(names, counts, customers, statuses)


def _window_rows(  # noqa: PLR0913, PLR0917 - what a window is made of
    own: Sequence[Series],
    grain: Grain,  # noqa: ARG001 - of its twin
    opened: Mapping[int, list[Row]],
    family: list[Span],
    slices: list[StatedSlice],
    sums: Sums,
) -> Rows:
    """Return the rows of windows that are not as last published, and note them as such.

    Its twin sums up windows of one closed bucket itself, as most have when there are many series.

    Args:
        own: the series.
        grain: what the windows move on by.
        opened: the open buckets of it, by the number of their series.
        family: which windows these are.
        slices: in the same order, what makes their rows, and whether they are final.
        sums: what is to be published of them, in the same order.
    """
    keys: list[bytes] = []
    rows: list[bytes] = []
    of_window = {window: stated for (window, _, _), stated in zip(family, slices, strict=True)}
    for series in own:
        values = sums(series, opened.get(series.number, _NONE))
        named, before, counts = series.named, None, b""
        for window, value in series.note_sent(zip(of_window, values, strict=True)):
            if value is not before:  # windows over one bucket share it
                before, counts = value, counted(*value)
            of_slice, status = of_window[window]
            keys.append(of_slice.key(named))
            rows.append(of_slice.row_of(named, counts, status))
    return keys, rows


bucket_rows: Final = instead_of(_bucket_rows, "public_rows")
window_rows: Final = instead_of(_window_rows, "public_rows")
