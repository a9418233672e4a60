"""Rows of buckets and windows of many series at once, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.templates import counted
from streams.compiled import instead_of

if TYPE_CHECKING:
    from schemas.metrics import Status
    from schemas.templates import BucketSlice, WindowSlice

    Rows = tuple[list[bytes], list[bytes]]
    """Keys and values."""
    StatedSlice = tuple[WindowSlice, Status]


_NO_VALUES: Final[dict[str, int]] = {}


def _bucket_rows(
    of_slice: BucketSlice,
    names: list[bytes],
    counts: list[int],
    customers: list[int],
    statuses: list[Status],
) -> Rows:
    """Return the rows of a slice of time, all without values."""
    return of_slice.keys(names), of_slice.plain_rows(names, counts, customers, statuses)


def _window_rows(
    names: list[bytes],
    places: list[int],
    counts: list[int],
    customers: list[int],
    slices: list[StatedSlice],
) -> Rows:
    """Return rows of windows, all without values.

    Args:
        names: of the series of each.
        places: of what makes each, in `slices`.
        counts: events of each.
        customers: of each.
        slices: what makes rows of a window, and whether these are final.
    """
    keys: list[bytes] = []
    rows: list[bytes] = []
    for named, place, count, distinct in zip(names, places, counts, customers, strict=True):
        of_slice, status = slices[place]
        keys.append(of_slice.key(named))
        rows.append(of_slice.row_of(named, counted(count, _NO_VALUES, distinct), status))
    return keys, rows


bucket_rows: Final = instead_of(_bucket_rows, "public_rows")
window_rows: Final = instead_of(_window_rows, "public_rows")
