"""Which detail each event belongs to, by the bytes of its row."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from streams import compiled
from streams.core.distinct_rows import distinct_rows
from streams.core.slots import row_keys

if TYPE_CHECKING:
    from collections import Counter

    from numpy.typing import NDArray

    from streams.core.slots import Integers


def _found(
    rows: NDArray[np.int32], slot_of: dict[bytes, int], held: Counter[int], most: int
) -> tuple[Integers, Integers, list[bytes]]:
    """Find the slots of rows; a bucket has room for so many in the order in which they come.

    Args:
        rows: bucket, and other numbers that are not negative; one at least.
        slot_of: by the bytes of a row.
        held: how many a bucket has so far.
        most: how many it may have.

    Returns:
        By row its slot, -2, -3 ... of the first, second ... new one, or -1 where there is no room;
        and the place and the bytes of each new one.
    """
    columns = rows.T.astype(np.int64)
    columns[0] -= columns[0].min()
    first, which = distinct_rows(list(columns))
    distinct = rows[first]
    keys = row_keys(distinct)
    found = np.fromiter(map(slot_of.get, keys, repeat(-1)), np.int64, first.size)
    fresh = (found < 0).nonzero()[0]
    buckets, own, sizes = np.unique(distinct[fresh, 0], return_inverse=True, return_counts=True)
    room = np.array([most - held[bucket] for bucket in buckets.tolist()], np.int64)
    order = own.argsort(kind="stable")
    rank = np.empty(fresh.size, np.int64)
    rank[order] = np.arange(fresh.size) - np.repeat(sizes.cumsum() - sizes, sizes)
    fresh = fresh[rank < room[own]]
    found[fresh] = -2 - np.arange(fresh.size)
    return found[which], first[fresh], [keys[place] for place in fresh.tolist()]


found = compiled.instead_of(_found, "detail_rows")
