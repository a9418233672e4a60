"""What rolling windows of many series have: those over one closed bucket are worked out at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.aggregate.sent_windows import Totals
from streams.core.aggregate.single_buckets import MANY, NONE, SEVERAL, SingleBuckets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from streams.core.aggregate.columns import Row
    from streams.core.aggregate.series import SentWindow, Series
    from streams.core.aggregate.windows import Span
    from streams.core.slots import Integers

    Sums = Callable[[Series, list[Row]], Iterable[SentWindow]]
    """Returns the windows of a series, given its open buckets."""

_NO_ROWS: Final[list[Row]] = []


def window_totals(  # noqa: PLR0913, PLR0917 - what windows are made of
    own: Sequence[Series],
    numbers: Integers,
    opened: Mapping[int, list[Row]],
    single: SingleBuckets,
    family: list[Span],
    sums: Sums,
) -> Totals:
    """Sum up the windows of one step of series.

    Args:
        own: the series.
        numbers: of them, in the same order.
        opened: their open buckets, by number.
        single: the closed buckets of those that have one.
        family: which windows these are.
        sums: what sums up those of one series.
    """
    starts, distinct = single.starts[numbers], single.distinct[numbers]
    apart = (starts == SEVERAL) | ((starts != NONE) & (distinct == MANY))
    if opened:
        apart |= np.isin(numbers, np.fromiter(opened, np.int64, len(opened)))
    begins, through = np.array([start for _, start, _ in family]), family[0][2]
    inside = (starts[:, None] >= begins) & (starts < through)[:, None] & ~apart[:, None]
    counts = np.where(inside, single.counts[numbers][:, None], 0)
    customers = np.where(inside, distinct[:, None], 0)
    values: dict[tuple[int, int], dict[str, int]] = {}
    if single.valued():
        for row in inside.any(axis=1).nonzero()[0].tolist():
            if amounts := single.values(int(numbers[row])):
                places = inside[row].nonzero()[0].tolist()
                values.update(((row, place), amounts) for place in places)
    for row in apart.nonzero()[0].tolist():
        series = own[row]
        found = list(sums(series, opened.get(series.number, _NO_ROWS)))
        counts[row] = [count for count, _, _ in found]
        customers[row] = [people for _, _, people in found]
        values.update(((row, place), own) for place, (_, own, _) in enumerate(found) if own)
    return Totals(counts, customers, values)
