"""The distinct customers of many cells: coupons of those with few, registers of those with many.

few    slot of the cell | coupon     one ascending column for all cells
many   4,096 registers               a row a cell
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.distinct_rows import compact, distinct
from streams.core.sketches import datasketches_format, hyperloglog
from streams.core.sketches.cell_pairs import (
    coupons_at,
    merged,
    pairs_of,
    raised,
    ranges,
    slot_of_last,
    without,
)
from streams.core.sketches.datasketches_format import REGISTERS, write_registers
from streams.core.slots import grown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from streams.core.sketches.cell_pairs import Pairs
    from streams.core.sketches.coupons import Coupons
    from streams.core.sketches.datasketches_format import Registers
    from streams.core.slots import Integers

_POSSIBLE: Final = 32
"""Pairs of cell and customer that may be possible for each that there is, to mark them all."""


class CellCustomers:
    """Who was counted in cells, which are known by their slots.

    What it holds depends on the set of customers of a cell alone.
    """

    def __init__(self) -> None:
        self._pairs: Pairs = np.zeros(0, np.uint64)
        self._row: Integers = np.zeros(0, np.int64)
        """By slot: its row of registers, -1 while it has none."""
        self._registers = np.zeros((0, REGISTERS), np.uint8)
        self._free: list[int] = []
        self._written: dict[int, bytes] = {}
        self._estimated: dict[int, int] = {}
        """By row of registers, what came of it when it was asked for, as long as it holds."""
        self._fresh: list[Pairs] = []
        """What came since the last question: ascending each."""

    def add(self, slots: Integers, coupons: Coupons) -> None:
        """Add customers to cells: one coupon to the cell at its slot each."""
        if slots.size:
            self._fresh.append(np.sort(pairs_of(slots, coupons)))

    def add_several(self, slots: Integers, owners: NDArray[np.intp], coupons: Coupons) -> None:
        """Add customers each of whom goes to several cells: to each slot that of its owner.

        `owners` are places in `coupons`.
        """
        if not slots.size:
            return
        customers, cells = distinct(coupons.astype(np.int64)), compact(slots)
        width = customers.numbers.size
        if cells.numbers.size * width > _POSSIBLE * slots.size:
            self.add(slots, coupons[owners])
            return
        # To mark each pair that is possible takes a fifth of the time of sorting those there are.
        there = np.zeros(cells.numbers.size * width, np.bool_)
        there[cells.which * width + customers.which[owners]] = True
        which, customer = np.divmod(there.nonzero()[0], width)
        self._fresh.append(pairs_of(cells.numbers[which], customers.numbers[customer]))

    def raise_to(self, slots: Integers, sketches: Sequence[Registers]) -> None:
        """Add the customers of sketches that have registers to cells: one to that at its slot each.

        Several may go to one cell.
        """
        self._settle()
        self._row = grown(self._row, int(slots.max(initial=-1)) + 1, -1)
        listed = self._row[slots] < 0
        if listed.any():
            self._give_rows(np.unique(slots[listed]))
        for row, registers in zip(self._row[slots].tolist(), sketches, strict=True):
            held = self._registers[row]
            if (registers > held).any():
                np.maximum(held, registers, out=held)
                self._forget_rows([row])

    def _write_rows(self, rows: list[int]) -> list[bytes]:
        """Return the sketches of rows of registers."""
        fresh = [row for row in rows if row not in self._written]
        if fresh:
            self._written.update(zip(fresh, write_registers(self._registers[fresh]), strict=True))
        return [self._written[row] for row in rows]

    def _forget_rows(self, rows: Iterable[int]) -> None:
        """Forget what came of rows of registers, as they changed."""
        for row in rows:
            self._written.pop(row, None)
            self._estimated.pop(row, None)

    def estimates(self, slots: Integers) -> list[int]:
        """Estimate the customers of cells: exact, but for equal hashes, up to some hundred."""
        self._settle()
        if not slots.size:
            return []
        self._row = grown(self._row, int(slots.max()) + 1, -1)
        found: list[int] = ranges(self._pairs, slots)[1].tolist()
        many = np.flatnonzero(self._row[slots] >= 0)
        if many.size:
            written = self._write_rows(rows := self._row[slots[many]].tolist())
            for place, row, data in zip(many.tolist(), rows, written, strict=True):
                if row not in self._estimated:
                    self._estimated[row] = hyperloglog.estimate([hyperloglog.load(data)])
                found[place] = self._estimated[row]
        return found

    def _settle(self) -> None:
        """Take in what came since the last question."""
        if not self._fresh:
            return
        fresh = self._fresh[0]
        if len(self._fresh) > 1:
            fresh = np.concatenate(self._fresh)
            fresh.sort(kind="stable")  # which merges what is sorted already
        self._fresh.clear()
        self._row = grown(self._row, slot_of_last(fresh) + 1, -1)
        self._pairs, outgrown, changed = merged(self._pairs, fresh, self._row, self._registers)
        self._forget_rows(changed)
        if outgrown:
            self._give_rows(np.array(outgrown))

    def write(self, slots: Integers) -> list[bytes | None]:
        """Return the sketches of cells as bytes; None for a cell without customers."""
        sizes, coupons, registers = self.read(slots)
        written = datasketches_format.write_coupons(coupons, sizes)
        for place, data in registers.items():
            written[place] = data
        return written

    def read(self, slots: Integers) -> tuple[Integers, Coupons, dict[int, bytes]]:
        """Return how many coupons cells have, these, and by place in `slots` sketches of many."""
        sizes, coupons, rows = self._read(slots)
        return sizes, coupons, dict(zip(rows, self._write_rows([*rows.values()]), strict=True))

    def listed(self, slots: Integers) -> tuple[Integers, Coupons, dict[int, Registers]]:
        """Return the same with the registers of many, which hold until the next customers come."""
        sizes, coupons, rows = self._read(slots)
        return sizes, coupons, {place: self._registers[row] for place, row in rows.items()}

    def _read(self, slots: Integers) -> tuple[Integers, Coupons, dict[int, int]]:
        """Return how many coupons cells have, these, and by place their rows of registers."""
        self._settle()
        if not slots.size:
            return np.zeros(0, np.int64), np.zeros(0, np.uint32), {}
        self._row = grown(self._row, int(slots.max()) + 1, -1)
        starts, sizes = ranges(self._pairs, slots)
        rows = self._row[slots]
        many = (rows >= 0).nonzero()[0]
        by_place = dict(zip(many.tolist(), rows[many].tolist(), strict=True))
        return sizes, coupons_at(self._pairs, starts, sizes), by_place

    def restore(self, slots: Integers, sketches: list[bytes | None]) -> None:
        """Start from sketches that were written down, of cells without customers so far."""
        self._settle()
        self._row = grown(self._row, int(slots.max(initial=-1)) + 1, -1)
        pairs = [self._pairs]
        for slot, data in zip(slots.tolist(), sketches, strict=True):
            if data is None:
                continue
            coupons, registers = datasketches_format.read(data)
            if registers is not None:
                row = self._take_row(slot)
                self._registers[row] = registers
            pairs.append(pairs_of(np.full(coupons.size, slot), coupons))
        self._pairs = np.sort(np.concatenate(pairs))

    def drop(self, slots: Integers) -> None:
        """Forget the customers of cells."""
        self._settle()
        if not slots.size:
            return
        self._row = grown(self._row, int(slots.max()) + 1, -1)
        rows = self._row[slots]
        free = rows[rows >= 0].tolist()
        self._free += free
        self._forget_rows(free)
        self._row[slots] = -1
        self._pairs = without(self._pairs, slots)

    def _give_rows(self, slots: Integers) -> None:
        """Give registers to cells that have none, ascending: those of the customers listed."""
        starts, sizes = ranges(self._pairs, slots)
        rows = np.array([self._take_row(slot) for slot in slots.tolist()])
        coupons = coupons_at(self._pairs, starts, sizes)
        self._forget_rows(raised(self._registers, np.repeat(rows, sizes), coupons))
        self._pairs = without(self._pairs, slots)

    def _take_row(self, slot: int) -> int:
        """Give a cell a row of registers, all 0."""
        if not self._free:
            held = len(self._registers)
            self._registers = grown(self._registers, max(held + 1, 16))
            self._free = list(range(len(self._registers) - 1, held - 1, -1))
        row = self._free.pop()
        self._registers[row] = 0
        self._row[slot] = row
        self._forget_rows([row])
        return row
