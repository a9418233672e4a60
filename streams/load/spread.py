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


def only_days(times: NDArray[np.int64], timezone: tzinfo) -> bool:
    """Tell whether every time is a midnight of `timezone`: the column has no time of day."""
    good = np.unique(times[times != BAD])
    if timezone is UTC:
        return bool(np.all(good % _DAY == 0))
    return all(_midnight(int(moment), timezone) for moment in good)


def spread_evenly(days: NDArray[np.int64], timezone: tzinfo) -> NDArray[np.int64]:
    """Give the k-th (from 0) of the n events of a day, in file order, its place at (k + 1/2)/n.

    `days` are midnights in microseconds, or BAD, which stays; a day is as long as it is in
    `timezone`. Results are whole seconds, in microseconds.
    """
    out = days.copy()
    places = np.flatnonzero(days != BAD)
    if not places.size:
        return out
    order = places[np.argsort(days[places], kind="stable")]
    starts, counts = np.unique(days[order], return_counts=True)
    lengths = np.array([_length(int(start), timezone) for start in starts], dtype=np.int64)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    k = np.arange(order.size) - first
    n = np.repeat(counts, counts)
    out[order] += np.repeat(lengths, counts) * (2 * k + 1) // (2 * n) * MICRO
    return out


def _length(start: int, timezone: tzinfo) -> int:
    """Give the length of the day that starts at `start`, in seconds: 23 to 25 hours."""
    if timezone is UTC:
        return _DAY // MICRO
    local = datetime.fromtimestamp(start // MICRO, timezone)
    # Adding to a local time moves its clock, so this is the next midnight however long the day.
    following = local + timedelta(days=1)
    return int(following.timestamp()) - start // MICRO


def _midnight(moment: int, timezone: tzinfo) -> bool:
    if moment % MICRO:
        return False
    local = datetime.fromtimestamp(moment // MICRO, timezone)
    return not (local.hour or local.minute or local.second)
