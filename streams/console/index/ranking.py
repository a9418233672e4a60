"""Which series of a breakdown have most events in some days, however many there are.

A day of a breakdown is a column of counts, a series at its place, in parts of PART places: 28 days
of 100,000 series are 11 MB that numpy adds up. It is for ranking: a day with more than MOST events
counts as MOST.
"""

from __future__ import annotations

from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

_PART_BITS: Final = 12
PART: Final = 1 << _PART_BITS
MOST: Final = 2**32 - 1
_PLACES: Final = 32
"""Bits of an id of a series that are its place."""
_COUNT: Final = np.dtype("<u4")


def series_id(breakdown: int, place: int) -> int:
    """Return the id of the series at a place of a breakdown, from 0 on."""
    return breakdown << _PLACES | place


def breakdown_of(series: int) -> int:
    """Return the breakdown of a series."""
    return series >> _PLACES


def place_of(series: int) -> int:
    """Return the place of a series in its breakdown."""
    return series & (1 << _PLACES) - 1


def put_counts(
    db: sqlite3.Connection, rows: Sequence[tuple[int, int, int, *tuple[object, ...]]]
) -> None:
    """Write the counts of days; a row begins with day, series and events, and they are in order."""
    if not rows:
        return
    days, series, events = (
        np.fromiter(map(itemgetter(place), rows), np.int64, len(rows)) for place in range(3)
    )
    parts, places = series >> _PART_BITS, series & PART - 1
    counts = np.clip(events, 0, MOST)
    changes = (np.diff(days) != 0) | (np.diff(parts) != 0)
    ends = [*(np.flatnonzero(changes) + 1).tolist(), len(rows)]
    for first, end in pairwise([0, *ends]):
        own = int(series[first])
        key = breakdown_of(own), int(days[first]), place_of(own) // PART
        found = db.execute(
            "SELECT value FROM day_counts WHERE breakdown = ? AND day = ? AND part = ?", key
        ).fetchone()
        known = np.frombuffer(b"" if found is None else found[0], _COUNT)
        column = np.zeros(max(known.size, int(places[end - 1]) + 1), _COUNT)
        column[: known.size] = known
        column[places[first:end]] = counts[first:end]
        db.execute(
            "INSERT OR REPLACE INTO day_counts VALUES (?, ?, ?, ?)", (*key, column.tobytes())
        )


def ranked(columns: Iterable[tuple[int, bytes]]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return the places that have events in some days, those first with most; and how many.

    Args:
        columns: the parts of these days: the number of each, and its counts.
    """
    sums: dict[int, npt.NDArray[np.int64]] = {}
    for part, value in columns:
        column = np.frombuffer(value, _COUNT)
        sums.setdefault(part, np.zeros(PART, np.int64))[: column.size] += column
    if not sums:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places = np.concatenate([np.arange(PART) + part * PART for part in sums])
    totals = np.concatenate(list(sums.values()))
    places, totals = places[totals > 0], totals[totals > 0]
    order = np.lexsort((places, -totals))
    return places[order], totals[order]
