"""Open hours and days of which the customers are not written down: those of their parts are.

    10:00   |--------------------- 1h -------------------|    count and values; nobody named
            |--5m--|--5m--|--5m--|                            count, values and customers

An hour has those of its 5 minutes, a day those of its hours. They would be written with each flush
and are most of a row, if they are many. Once it closes, a bucket has a row with all of them: its
parts will go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.aggregate.open_buckets import SERIES_BITS, Customers, customers_of, runs
from streams.core.event_time.buckets import HOUR, SPAN, end_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from streams.core.event_time.buckets import Grain
    from streams.core.event_time.zone import Zone
    from streams.core.slots import Integers


MANY_EVENTS: Final = 32
"""Of fewer, the customers take less than the row that is written once more as the bucket closes."""


def left_to_parts(
    grain: Grain, keys: Integers, edge: int, watermark: int, zone: Zone
) -> NDArray[np.bool_]:
    """Mark the buckets of a grain that are open, and their parts all held.

    5 minutes go an hour after the watermark at the earliest, whatever was published: so it does not
    matter whether the state was restored meanwhile. Hours are held for days. A day of a zone may
    begin or end within an hour: it has no parts. `keys` are as of `OpenBuckets` and ascend; before
    `edge` all is closed.
    """
    if grain == "5m" or not keys.size:
        return np.zeros(keys.size, np.bool_)
    starts = keys >> SERIES_BITS
    if grain == "1h":
        held = end_of(watermark, "5m") - SPAN["1h"]
        hours: NDArray[np.bool_] = starts >= max(edge - HOUR + 1, held)
        return hours
    days = np.zeros(keys.size, np.bool_)
    for start, first, last in runs(starts):
        end = zone.end(start, grain)
        days[first:last] = end > edge and not (start % HOUR or end % HOUR)
    return days


def customers_of_parts(
    keys: Integers,
    parts: Sequence[tuple[int, bytes]],
    floored: Callable[[Integers], Integers],
) -> Customers:
    """Return the customers of buckets, by their place in `keys`, ascending, from those of parts.

    `parts` has key and sketch of each; `floored` gives the keys of the buckets that hold them.
    """
    if not keys.size or not parts:
        return customers_of([])
    holders = floored(np.array([key for key, _ in parts], np.int64))
    places = np.minimum(keys.searchsorted(holders), keys.size - 1)
    inside = keys[places] == holders
    sketches = [parts[at][1] for at in np.flatnonzero(inside).tolist()]
    return customers_of([*sketches]).moved(places[inside])
