"""Pairs of cell and customer, ascending in one column for all cells; and registers of cells.

pair    slot of the cell << 32 | coupon
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams import compiled
from streams.core.distinct_rows import run_begins
from streams.core.sketches.coupons import RANK_SHIFT
from streams.core.sketches.datasketches_format import (
    MAX_COUPONS,
    REGISTERS,
    SLOT,
    raise_registers,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.sketches.coupons import Coupons
    from streams.core.sketches.datasketches_format import Registers
    from streams.core.slots import Integers

    Pairs = NDArray[np.uint64]

_LOOKED_AT: Final = 8
"""Pairs for each cell up to which it is faster to look at all of them than to search for cells."""
_COUPON_BITS: Final = np.uint64(32)
_COUPON: Final = np.uint64(0xFFFFFFFF)


def pairs_of(slots: Integers, coupons: NDArray[np.integer]) -> Pairs:
    """Return the pairs of cells at slots and one coupon each, in their order."""
    return slots.astype(np.uint64) << _COUPON_BITS | coupons.astype(np.uint64)


def slot_of_last(pairs: Pairs) -> int:
    """Return the highest slot in ascending pairs, -1 where there are none."""
    return int(pairs[-1] >> _COUPON_BITS) if pairs.size else -1


def _merged(
    pairs: Pairs, fresh: Pairs, row_of: Integers, registers: Registers
) -> tuple[Pairs, list[int], set[int]]:
    """Merge more pairs into some; those of cells that have registers raise these in place.

    Args:
        pairs: ascending, each once.
        fresh: ascending.
        row_of: by slot, the row of its registers; -1 where it has none.
        registers: 4,096 a row.

    Returns:
        The pairs; the slots that now have more than `MAX_COUPONS`, ascending; the rows raised.
    """
    rows = row_of[(fresh >> _COUPON_BITS).astype(np.int64)]
    many, raised = rows >= 0, set[int]()
    if many.any():
        raised = _raised(registers, rows[many], (fresh[many] & _COUPON).astype(np.uint32))
        fresh = fresh[~many]
    if not fresh.size:
        return pairs, [], raised
    both = np.concatenate((pairs, fresh))
    both.sort(kind="stable")  # which merges what is sorted already
    both = both[run_begins(both)]
    owners = fresh >> _COUPON_BITS
    slots = owners[run_begins(owners)].astype(np.int64)
    return both, slots[_ranges(both, slots)[1] > MAX_COUPONS].tolist(), raised


def _raised(registers: Registers, rows: Integers, coupons: Coupons) -> set[int]:
    """Raise registers to coupons, each in the row given with it; return the rows that changed."""
    flat, places = registers.reshape(-1), rows * REGISTERS + (coupons & SLOT)
    higher = flat[places] < coupons >> RANK_SHIFT
    raise_registers(flat, places[higher], coupons[higher])
    return set(rows[higher].tolist())


def _ranges(pairs: Pairs, slots: Integers) -> tuple[Integers, Integers]:
    """Return where the pairs of cells begin, anywhere if there are none, and how many they have."""
    if slots.size and _LOOKED_AT * slots.size > pairs.size:
        return _ranges_of_many(pairs, slots)
    wanted = slots.astype(np.uint64)
    starts = pairs.searchsorted(wanted << _COUPON_BITS)
    ends = pairs.searchsorted(wanted << _COUPON_BITS | _COUPON, side="right")
    return starts, ends - starts


def _ranges_of_many(pairs: Pairs, slots: Integers) -> tuple[Integers, Integers]:
    """Look at every pair once, in place of searching for each cell."""
    owners = pairs >> _COUPON_BITS
    begins = run_begins(owners).nonzero()[0]
    own = owners[begins].astype(np.int64)
    starts = np.zeros(max(int(own.max(initial=0)), int(slots.max())) + 1, np.int64)
    sizes = np.zeros(starts.size, np.int64)
    starts[own], sizes[own] = begins, np.diff(begins, append=owners.size)
    return starts[slots], sizes[slots]


def _coupons_at(pairs: Pairs, starts: Integers, sizes: Integers) -> Coupons:
    """Return the coupons of cells, one after the other, by their `ranges`."""
    places = np.repeat(starts - (sizes.cumsum() - sizes), sizes) + np.arange(sizes.sum())
    coupons: Coupons = (pairs[places] & _COUPON).astype(np.uint32)
    return coupons


def _without(pairs: Pairs, slots: Integers) -> Pairs:
    """Return the pairs of other cells than these."""
    starts, sizes = _ranges(pairs, slots)
    some = sizes > 0
    if not some.any():
        return pairs
    edges = np.zeros(pairs.size + 1, np.int8)  # of what goes: it begins, and ends
    edges[starts[some]] += 1
    edges[starts[some] + sizes[some]] -= 1
    others: Pairs = pairs[edges[:-1].cumsum(dtype=np.int8) == 0]
    return others


merged = compiled.instead_of(_merged, "cell_pairs")
raised = compiled.instead_of(_raised, "cell_pairs")
ranges = compiled.instead_of(_ranges, "cell_pairs")
coupons_at = compiled.instead_of(_coupons_at, "cell_pairs")
without = compiled.instead_of(_without, "cell_pairs")
