"""A bound on the label values that a scrape can carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.buckets import SPAN
from streams.core.series import OTHER
from streams.core.views import Rolling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.buckets import Window

LIMIT: Final = 100
"""Segments a metric; the tables may hold more."""


def capped(rows: Iterable[Rolling], limit: int = LIMIT) -> Iterator[Rolling]:
    """Pass the rows on, with only the `limit` largest segments of each metric by name.

    The rest of a metric's segments are added up as the segment `other`, without their distinct
    customers, which do not add. Largest is by events in the longest window, then by name.
    """
    kept = list(rows)
    largest: dict[str, dict[str, tuple[int, int]]] = {}
    for row in kept:
        if row.segment is not None:
            sizes = largest.setdefault(row.metric, {})
            size = (SPAN[row.window], row.events)
            sizes[row.segment] = max(size, sizes.get(row.segment, size))
    crowded = {
        metric: _top(sizes, limit) for metric, sizes in largest.items() if len(sizes) > limit
    }
    rest: dict[tuple[str, Window], Rolling] = {}
    for row in kept:
        names = crowded.get(row.metric)
        if row.segment is None or names is None or row.segment in names:
            yield row
        else:
            known = rest.get((row.metric, row.window))
            rest[row.metric, row.window] = _join(known, row)
    yield from rest.values()


def _top(sizes: Mapping[str, tuple[int, int]], limit: int) -> set[str]:
    names = sorted(sizes.keys() - {OTHER}, key=lambda name: (*(-n for n in sizes[name]), name))
    return set(names[:limit])


def _join(known: Rolling | None, row: Rolling) -> Rolling:
    values = dict(known.values) if known else {}
    for currency, value in row.values.items():
        values[currency] = values.get(currency, 0) + value
    events = row.events + (known.events if known else 0)
    return Rolling(row.metric, OTHER, row.window, events, values, None)
