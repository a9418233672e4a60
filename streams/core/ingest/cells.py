"""Cells: one series in one 5-minute bucket, as seen by one source partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.masking import mask
from streams.core.series_key import OTHER, UNKNOWN
from streams.core.sketches import fingerprints, hyperloglog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from streams.core.catalogue import Labels
    from streams.core.ingest.grouping import Group, Groups
    from streams.core.ingest.series_router import SeriesRouter
    from streams.core.messages import Sample

MAX_SAMPLE_TEXTS: Final = 3
"""Texts that are kept of a label tuple in a bucket."""
MAX_PRINTS: Final = 16
"""Fingerprints of a label tuple in a bucket: a sample of its events, so that a row stays small."""
MAX_DETAILS: Final = 2_000
"""Label tuples a bucket of one partition; the rest are counted under `other`."""


class Cell:
    """Cumulative count, value by currency and customers of one series in one bucket."""

    __slots__ = ("count", "customers", "stored", "values")

    def __init__(self) -> None:
        self.count = 0
        self.values: dict[str, int] | None = None
        self.customers: hyperloglog.Sketch | None = None
        self.stored = False
        """Whether a row of it stands in the changelog."""


class Detail:
    """Cumulative count, sample texts and fingerprints of one full label tuple in one bucket."""

    __slots__ = ("count", "prints", "samples", "stored")

    def __init__(self) -> None:
        self.count = 0
        self.samples: list[Sample] = []
        self.prints = b""
        self.stored = False
        """Whether a row of it stands in the changelog."""


Details = dict[tuple[str, "Labels"], Detail]
"""By metric and label values."""


class Cells:
    """The open buckets of one source topic in one partition, and what changed in them.

    Details are kept of the metrics in `detailed`. A bucket is named by its start, epoch seconds.
    """

    def __init__(self, router: SeriesRouter, detailed: Collection[str]) -> None:
        self._router = router
        self._detailed = frozenset(detailed)
        self.open: dict[int, dict[str, Cell]] = {}
        self.details: dict[int, Details] = {}
        self.changed: dict[str, dict[int, Cell]] = {}
        """By series and bucket, since the last flush."""
        self.changed_details: set[tuple[int, str, Labels]] = set()
        """Bucket, metric and label values of the details that changed since the last flush."""

    def add(self, groups: Groups) -> None:
        """Add the groups of a batch to the cells of every breakdown."""
        names_of, changed = self._router.series, self.changed
        for (bucket, metric, labels, currency), group in groups.items():
            cells = self.open.get(bucket)
            if cells is None:
                cells = self.open[bucket] = {}
            for name in names_of(metric, labels):
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
                self._add_detail(bucket, metric, labels, group)

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

    def forget(self, frozen: int) -> Iterator[tuple[int, dict[str, Cell], Details]]:
        """Forget what changed, and the buckets up to `frozen`, which can no longer change.

        Yields each such bucket with its cells by series and its details.
        """
        self.changed.clear()
        self.changed_details.clear()
        for bucket in [bucket for bucket in self.open if bucket <= frozen]:
            yield bucket, self.open.pop(bucket), self.details.pop(bucket, {})

    def restore_cell(self, bucket: int, name: str, cell: Cell) -> None:
        """Take over a cell that stands in the changelog."""
        cell.stored = True
        self.open.setdefault(bucket, {})[name] = cell

    def restore_detail(self, bucket: int, key: tuple[str, Labels], detail: Detail) -> None:
        """Take over a detail that stands in the changelog; `key` is its metric and labels."""
        detail.stored = True
        self.details.setdefault(bucket, {})[key] = detail

    def _add_detail(self, bucket: int, metric: str, labels: Labels, group: Group) -> None:
        details = self.details.setdefault(bucket, {})
        detail = details.get((metric, labels))
        if detail is None:
            if len(details) >= MAX_DETAILS:
                labels = (OTHER,) * len(labels)
            detail = details.setdefault((metric, labels), Detail())
        detail.count += group.count
        # The smallest hashes win, so the choice is the same in whatever order events come.
        detail.prints = fingerprints.merge(detail.prints, group.prints, MAX_PRINTS)
        if group.texts:
            fresh = sorted(group.texts)[:MAX_SAMPLE_TEXTS]
            kept = sorted([*detail.samples, *((h, mask(text)) for h, text in fresh)])
            detail.samples = kept[:MAX_SAMPLE_TEXTS]
        self.changed_details.add((bucket, metric, labels))
