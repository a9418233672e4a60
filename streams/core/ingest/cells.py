"""Cells: one series in one 5-minute bucket, as seen by one source partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.masking import mask
from streams.core.series_key import OTHER, UNKNOWN
from streams.core.sketches import fingerprints, hyperloglog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from streams.core.catalogue import Labels, SeriesRouter
    from streams.core.ingest.decode import Group, Groups
    from streams.core.messages import Sample

SAMPLES = 3
PRINTS = 16
"""Prints of a label tuple in a bucket: a sample of its events, so that a row stays small."""
DETAIL_CAP = 2_000
"""Label tuples a bucket of one partition; the rest are counted under `other`."""


class Cell:
    """Cumulative count, value by currency and customers of one series in one bucket."""

    __slots__ = ("count", "customers", "stored", "values")

    def __init__(self) -> None:
        self.count = 0
        self.values: dict[str, int] | None = None
        self.customers: hyperloglog.Sketch | None = None
        self.stored = False  # a row of it stands in the changelog


class Detail:
    """Cumulative count, sample texts and prints of one full label tuple in one bucket."""

    __slots__ = ("count", "prints", "samples", "stored")

    def __init__(self) -> None:
        self.count = 0
        self.samples: list[Sample] = []
        self.prints = b""
        self.stored = False


class Cells:
    """The open buckets of one source topic in one partition, and what changed in them."""

    def __init__(self, router: SeriesRouter, detailed: Collection[str]) -> None:
        self._fan = router
        self._detailed = frozenset(detailed)
        self.open: dict[int, dict[str, Cell]] = {}
        self.details: dict[int, dict[tuple[str, Labels], Detail]] = {}
        self.changed: dict[str, dict[int, Cell]] = {}
        """By series and bucket."""
        self.changed_details: set[tuple[int, str, Labels]] = set()

    def fold(self, groups: Groups) -> None:
        """Add the groups of a batch to the cells of every breakdown."""
        router, changed = self._fan.series, self.changed
        for (bucket, metric, labels, currency), group in groups.items():
            cells = self.open.get(bucket)
            if cells is None:
                cells = self.open[bucket] = {}
            for name in router(metric, labels):
                cell = cells.get(name)
                if cell is None:
                    cell = cells[name] = Cell()
                cell.count += group.count
                if currency is not None:
                    if cell.values is None:
                        cell.values = {currency: group.amount}
                    else:
                        cell.values[currency] = cell.values.get(currency, 0) + group.amount
                if group.customers:
                    if cell.customers is None:
                        cell.customers = hyperloglog.empty()
                    for customer in group.customers:
                        cell.customers.update(customer)
                buckets = changed.get(name)
                if buckets is None:
                    buckets = changed[name] = {}
                buckets[bucket] = cell
            if metric in self._detailed:
                self._detail(bucket, metric, labels, group)

    def pending(self) -> int:
        """Count the cells and details changed since the last flush."""
        return sum(map(len, self.changed.values())) + len(self.changed_details)

    def size(self) -> int:
        """Count the cells and details held."""
        cells = sum(len(rows) for rows in self.open.values())
        return cells + sum(len(rows) for rows in self.details.values())

    def changed_details_of(self, metric: str) -> Iterator[tuple[int, tuple[str, ...], Detail]]:
        """Yield the changed details of one metric: bucket, label values, detail."""
        for bucket, owner, labels in self.changed_details:
            if owner == metric:
                filled = tuple(label or UNKNOWN for label in labels)
                yield bucket, filled, self.details[bucket][owner, labels]

    def _detail(self, bucket: int, metric: str, labels: Labels, group: Group) -> None:
        details = self.details.setdefault(bucket, {})
        detail = details.get((metric, labels))
        if detail is None:
            if len(details) >= DETAIL_CAP:
                labels = (OTHER,) * len(labels)
            detail = details.setdefault((metric, labels), Detail())
        detail.count += group.count
        # The smallest hashes win, so the choice is the same in whatever order events come.
        detail.prints = fingerprints.merge(detail.prints, group.prints, PRINTS)
        if group.texts:
            fresh = sorted(group.texts)[:SAMPLES]
            kept = sorted([*detail.samples, *((h, mask(text)) for h, text in fresh)])
            detail.samples = kept[:SAMPLES]
        self.changed_details.add((bucket, metric, labels))
