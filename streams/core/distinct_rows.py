"""Distinct rows of columns of integers: which there are, and which of them each row is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Places = NDArray[np.intp]

FEW: Final = 64
"""Events up to which it is faster to do less in NumPy, and more in Python, than with more."""
_MAX_KEY: Final = 1 << 62
_FEW_KEYS: Final = 1_024
"""Keys that are counted however few rows there are."""
_COUNTED: Final = 4
"""Keys a row up to which counting them all is faster than sorting."""


def distinct_rows(columns: Sequence[Integers]) -> tuple[Places, Places]:
    """Find the distinct rows of columns of the same length, with no negative number in them.

    Returns:
        The place of the first of each, ascending; and of every row, which of these it equals.

    >>> first, which = distinct_rows([np.array([7, 5, 7, 5]), np.array([1, 1, 1, 0])])
    >>> first.tolist(), which.tolist()
    ([0, 1, 3], [0, 1, 0, 2])
    """
    key, size = columns[0], int(columns[0].max(initial=0)) + 1
    for column in columns[1:]:
        width = int(column.max(initial=0)) + 1
        if width == 1:
            continue
        if size * width > _MAX_KEY:
            first, key = _first_places(key, size)
            size = first.size
        key = key * width + column
        size *= width
    return _first_places(key, size)


def _first_places(key: Integers, size: int) -> tuple[Places, Places]:
    """Do it for one column of numbers below `size`."""
    number = key.size
    if size <= _COUNTED * number:
        place_of = np.full(size, number)
        place_of[key[::-1]] = np.arange(number - 1, -1, -1)  # the first place is written last
        first = np.sort(place_of[place_of < number])
        which_of = np.empty(size, np.intp)
        which_of[key[first]] = np.arange(first.size)
        return first, which_of[key]
    _, first, _, which = distinct(key)
    order = np.argsort(first)
    rank = np.empty(order.size, np.intp)
    rank[order] = np.arange(order.size)
    return first[order], rank[which]


class Compact(NamedTuple):
    """The distinct numbers of a column, ascending, and by place in it which of them is there."""

    numbers: Integers
    which: Places


def compact(column: Integers) -> Compact:
    """Return the distinct numbers of a column that has no negative ones.

    >>> numbers, which = compact(np.array([7, 5, 7]))
    >>> numbers.tolist(), which.tolist()
    ([5, 7], [1, 0, 1])
    """
    size = int(column.max(initial=0)) + 1
    if size > _COUNTED * column.size + _FEW_KEYS:
        found = distinct(column)
        return Compact(found.numbers, found.which)
    present = np.zeros(size, np.bool_)
    present[column] = True
    return Compact(present.nonzero()[0], (present.cumsum() - 1)[column])


class Distinct(NamedTuple):
    """The distinct numbers of a column, ascending: place of the first of each, and how many it is.

    `which` has, by place in the column, which of them is there.
    """

    numbers: Integers
    first: Places
    counts: Places
    which: Places


def run_begins(ascending: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark the first of each run of equal numbers."""
    begins = np.ones(ascending.size, np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=begins[1:])
    return begins


def distinct(column: Integers) -> Distinct:
    """Do what `np.unique` does, in half the time where there are few."""
    size = column.size
    order = column.argsort(kind="stable")
    ascending = column[order]
    begins = run_begins(ascending)
    starts = begins.nonzero()[0]
    counts = np.empty(starts.size, np.intp)
    np.subtract(starts[1:], starts[:-1], out=counts[:-1])
    counts[-1:] = size - starts[-1:]
    which = np.empty(size, np.intp)
    which[order] = begins.cumsum() - 1
    return Distinct(ascending[starts], order[starts], counts, which)
