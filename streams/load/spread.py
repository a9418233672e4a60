"""Days without a time of day, spread over the day by rule: the same file, the same times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from streams.load.times import BAD, MICRO

if TYPE_CHECKING:
    from numpy.typing import NDArray

Spread = Literal["even", "none"]

_DAY: Final = 86_400 * MICRO


def spread_evenly(days: NDArray[np.int64], timezone: tzinfo) -> NDArray[np.int64]:
    """Give the k-th (from 0) of the n events of a day its place at (k + 1/2)/n.

    They stand in an order that looks like chance but depends on nothing but their place in the
    file: files are sorted within a day by what else is in them, and in file order all complaints
    of a company would seem to have come within the hour.

    `days` are midnights in microseconds, or BAD, which stays; a day is as long as it is in
    `timezone`. Results are whole seconds, in microseconds.
    """
    out = days.copy()
    places = np.flatnonzero(days != BAD)
    if not places.size:
        return out
    order = places[np.argsort(days[places], kind="stable")]
    first = _first_of_run(days[order])
    shuffled = _mixed(np.arange(order.size) - first)
    order = order[np.lexsort((shuffled, days[order]))]
    starts, counts = np.unique(days[order], return_counts=True)
    lengths = np.array([_length(int(start), timezone) for start in starts], dtype=np.int64)
    k = np.arange(order.size) - first
    n = np.repeat(counts, counts)
    out[order] += np.repeat(lengths, counts) * (2 * k + 1) // (2 * n) * MICRO
    return out


def _first_of_run(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give for each place of a sorted array the place where its value begins."""
    _, first, inverse = np.unique(days, return_index=True, return_inverse=True)
    found: NDArray[np.int64] = first[inverse]
    return found


def _mixed(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Scatter numbers over 64 bits, each to a place of its own (the finaliser of SplitMix64).

    Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    z = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return mixed


def _length(start: int, timezone: tzinfo) -> int:
    """Give the length of the day that starts at `start`, in seconds: 23 to 25 hours."""
    if timezone is UTC:
        return _DAY // MICRO
    day = datetime.fromtimestamp(start // MICRO, timezone).date() + timedelta(days=1)
    # By its date: the clock of a day that begins without a midnight does not show 0 at its start.
    following = datetime(day.year, day.month, day.day, tzinfo=timezone)
    return int(following.timestamp()) - start // MICRO
