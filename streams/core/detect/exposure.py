"""Exposure: how many customers can complain, where that is known.

Twice the customers with twice the complaints is the same rate. So the logarithm of the number of
active customers is an offset in the model of each series: the level that is learned is that of the
rate. Only its change counts, from the day on which the number was first known for the series: what
was learned before stays. A series with a segment goes by the customers of that segment, any other
by all of them: the stream does not say who is a customer of which product or region.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.state_matrix import (
    MU,
    OFFSET,
    OFFSET_FROM,
    OFFSETS,
    SLOW_OFFSETS,
    single,
)
from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import StateMatrix, Vector

Active = dict[str, float]
"""Active customers by segment; `ALL` has the total."""

ALL: Final = ""
ENOUGH_CUSTOMERS: Final = 50.0
"""Fewer customers than this show little of a rate: the last number above it goes on."""


@lru_cache(maxsize=65536)
def segment_of(key: str) -> str:
    """Give the segment whose customers a series is about, or `ALL`."""
    return parse_series(key)[1].get("segment", ALL)


def begin_day(matrix: StateMatrix, active: Mapping[str, float]) -> None:
    """Begin a day with `active` customers: what was expected of it is expected of so many."""
    size = len(matrix)
    begin(matrix, customers_of(matrix.keys, active, size))


def begin(matrix: StateMatrix, found: Vector) -> None:
    """Begin a day on which each series has so many customers."""
    cells = matrix.cells[:, : len(matrix)]
    known = found >= ENOUGH_CUSTOMERS
    logs = np.log(np.maximum(found, 1.0))
    fresh = known & (cells[OFFSET_FROM] == 0.0)
    cells[OFFSET_FROM] = np.where(fresh, logs - cells[OFFSET], cells[OFFSET_FROM])
    offset = np.where(known, logs - cells[OFFSET_FROM], cells[OFFSET])
    change = offset - cells[OFFSET]
    cells[MU] *= np.exp(change)
    cells[OFFSET] = offset
    matrix.mark(np.flatnonzero(fresh | (change != 0.0)))


def customers_of(keys: Iterable[str], active: Mapping[str, float], size: int) -> Vector:
    """Return the customers that each of `size` series is about."""
    return np.fromiter(
        (active.get(segment_of(key), 0.0) for key in keys), dtype=np.float64, count=size
    )


def enter(states: NDArray[np.float64], found: Vector) -> None:
    """Give series that are new or wake the customers of the day: so many each."""
    known = np.flatnonzero(found >= ENOUGH_CUSTOMERS)
    if not known.size:
        return
    logs = np.log(found[known])
    before = states[OFFSET_FROM, known]
    since = np.where(before == 0.0, logs, before)
    offset = logs - since
    states[OFFSET_FROM, known], states[OFFSET, known] = since, offset
    for block in (OFFSETS, SLOW_OFFSETS):
        for number in range(2 * (block.stop - block.start)):
            single(states, block, number)[known] = offset
