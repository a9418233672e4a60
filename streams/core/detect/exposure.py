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

from streams.core.detect.state_matrix import MU, OFFSET, OFFSET_FROM, OFFSETS, SLOW_OFFSETS
from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    cells = matrix.cells[:, :size]
    found = np.fromiter(
        (active.get(segment_of(key), 0.0) for key in matrix.keys), dtype=np.float64, count=size
    )
    known = found >= ENOUGH_CUSTOMERS
    logs = np.log(np.maximum(found, 1.0))
    fresh = known & (cells[OFFSET_FROM] == 0.0)
    cells[OFFSET_FROM] = np.where(fresh, logs - cells[OFFSET], cells[OFFSET_FROM])
    offset = np.where(known, logs - cells[OFFSET_FROM], cells[OFFSET])
    change = offset - cells[OFFSET]
    cells[MU] *= np.exp(change)
    cells[OFFSET] = offset
    matrix.mark(np.flatnonzero(fresh | (change != 0.0)))


def enter(state: Vector, key: str, active: Mapping[str, float]) -> None:
    """Give a series that is new or wakes the customers of the day."""
    found = active.get(segment_of(key), 0.0) if active else 0.0
    if found < ENOUGH_CUSTOMERS:
        return
    log = float(np.log(np.array([found]))[0])
    if state[OFFSET_FROM] == 0.0:
        state[OFFSET_FROM] = log
    state[OFFSET] = log - state[OFFSET_FROM]
    state[OFFSETS].view(np.float32)[:] = state[OFFSET]
    state[SLOW_OFFSETS].view(np.float32)[:] = state[OFFSET]
