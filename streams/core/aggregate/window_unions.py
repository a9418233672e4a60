"""The customers of windows as they were at the last flush, of those that have many.

Until a bucket closes or leaves, more come in and nobody goes: those of the open buckets are joined
in, and where no register rises the estimate stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.sketches import hyperloglog
from streams.core.sketches.coupons import RANK_SHIFT
from streams.core.sketches.datasketches_format import SLOT, raise_registers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.aggregate.columns import Row
    from streams.core.event_time.buckets import Window
    from streams.core.sketches.datasketches_format import Registers

MOST: Final = 512
"""Windows whose customers are held: 4 kB each."""


class WindowUnion:
    """The customers of one window of one series; `mark` says of which closed buckets."""

    __slots__ = ("_estimate", "mark", "registers")

    def __init__(self, mark: tuple[int, int], registers: Registers) -> None:
        self.mark = mark
        self.registers = registers
        self._estimate: int | None = None

    def join(self, rows: Iterable[Row]) -> None:
        """Join the customers of buckets in."""
        own = self.registers
        for row in rows:
            if row.coupons:
                coupons = np.frombuffer(row.coupons, "<u4")
                slots = coupons & SLOT
                if (own[slots] < coupons >> RANK_SHIFT).any():
                    raise_registers(own, slots, coupons)
                    self._estimate = None
            elif row.registers is not None and (own < row.registers).any():
                np.maximum(own, row.registers, out=own)
                self._estimate = None

    def estimate(self) -> int:
        """Estimate how many customers they are."""
        if self._estimate is None:
            self._estimate = hyperloglog.estimate_registers(self.registers)
        return self._estimate


class WindowUnions:
    """Those of many series, by their number; the oldest go where they become too many."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, Window], WindowUnion] = {}

    def has(self, series: int, window: Window) -> bool:
        """Return whether there was one of a window."""
        return (series, window) in self._held

    def get(self, series: int, window: Window, mark: tuple[int, int]) -> WindowUnion | None:
        """Return that of a window, if it was made as of `mark`."""
        known = self._held.get((series, window))
        return known if known is not None and known.mark == mark else None

    def put(
        self, series: int, window: Window, mark: tuple[int, int], registers: Registers
    ) -> WindowUnion:
        """Hold a copy of the customers of a window as of `mark`, and return it."""
        self._held.pop((series, window), None)
        if len(self._held) >= MOST:
            del self._held[next(iter(self._held))]
        made = self._held[series, window] = WindowUnion(mark, registers.copy())
        return made
