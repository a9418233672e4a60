"""Which series of a breakdown have most events in some days, however many there are.

A day of a breakdown is a column of counts, a series at its place, in parts of PART places: 28 days
of 100,000 series are 11 MB that numpy adds up. It is for ranking: a day with more than MOST events
counts as MOST.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    import numpy.typing as npt

PART: Final = 4096
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
    db: sqlite3.Connection, rows: Iterable[tuple[int, int, int, *tuple[object, ...]]]
) -> None:
    """Write the counts of days; a row begins with day, series and events."""
    changed: dict[tuple[int, int, int], dict[int, int]] = {}
    for day, series, events, *_ in rows:
        part, place = divmod(place_of(series), PART)
        changed.setdefault((breakdown_of(series), day, part), {})[place] = events
    for key, counts in changed.items():
        found = db.execute(
            "SELECT value FROM day_counts WHERE breakdown = ? AND day = ? AND part = ?", key
        ).fetchone()
        known = np.frombuffer(b"" if found is None else found[0], _COUNT)
        column = np.zeros(max(known.size, max(counts) + 1), _COUNT)
        column[: known.size] = known
        values = np.fromiter(counts.values(), np.int64, len(counts))
        column[np.fromiter(counts, np.int64, len(counts))] = np.clip(values, 0, MOST)
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
