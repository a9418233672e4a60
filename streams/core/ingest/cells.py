"""Cells: one series in one 5-minute bucket, as seen by one source partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

from streams.core.masking import excerpt
from streams.core.series_key import OTHER, UNKNOWN
from streams.core.sketches import fingerprints, hyperloglog
from streams.core.sketches.fingerprints import make

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from streams.core.catalogue import Labels
    from streams.core.ingest.grouping import Group, Groups
    from streams.core.ingest.kinds import StoredDetail
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
    """Cumulative count, sample texts and fingerprints of one full label tuple in one bucket.

    The texts are the customers' own words, cut; they are masked where they are shown.
    """

    __slots__ = ("count", "prints", "samples", "stored")

    def __init__(self) -> None:
        self.count = 0
        self.samples: list[Sample] = []
        self.prints = b""
        self.stored = False
        """Whether a row of it stands in the changelog."""

    def add(self, group: Group) -> None:
        """Add a group; the smallest hashes win, in whatever order its events come."""
        self.count += group.count
        batch = group.batch
        prints: list[bytes] = []
        said: list[tuple[int, str]] = []
        ids, customers = batch.event_ids, batch.customer_ids
        texts, times = batch.texts, batch.times
        last = self._last_print()
        for place in group.shown:
            hashed, text = crc32(ids[place].encode()), texts[place]
            if hashed <= last:
                prints.append(make(hashed, customers[place], text, times[place]))
                if len(prints) == MAX_PRINTS:  # of the rest of a large group hardly any stays
                    self.prints = fingerprints.merge(self.prints, prints, MAX_PRINTS)
                    prints, last = [], self._last_print()
            if text:
                said.append((hashed, text))
        if prints:
            self.prints = fingerprints.merge(self.prints, prints, MAX_PRINTS)
        if said:
            fresh = [(hashed, excerpt(text)) for hashed, text in sorted(said)[:MAX_SAMPLE_TEXTS]]
            self.samples = sorted([*self.samples, *fresh])[:MAX_SAMPLE_TEXTS]

    def _last_print(self) -> int:
        """Return the largest hash whose print can be among those that stay."""
        if len(self.prints) < MAX_PRINTS * fingerprints.SIZE:
            return 0xFFFFFFFF
        return fingerprints.last_hash(self.prints)


DetailKey = tuple[str, "Labels"]
"""Metric and label values."""

Details = dict[DetailKey, Detail]


class Cells:
    """The open buckets of one source topic in one partition, and what changed in them.

    Details are kept of the metrics in `detailed`. A bucket is named by its start, epoch seconds.
    """

    def __init__(self, router: SeriesRouter, detailed: Collection[str]) -> None:
        self._router = router
        self._detailed = frozenset(detailed)
        self._open: dict[int, dict[str, Cell]] = {}
        self._details: dict[int, Details] = {}
        self._changed: dict[str, dict[int, Cell]] = {}
        """By series and bucket, since the last flush."""
        self._changed_details: set[tuple[int, str, Labels]] = set()
        """Bucket, metric and label values of the details that changed since the last flush."""

    def add(self, groups: Groups) -> None:
        """Add the groups of a batch to the cells of every breakdown."""
        names_of, changed, opened = self._router.series, self._changed, self._open
        for (bucket, metric, labels, currency), group in groups.items():
            cells = opened.get(bucket)
            if cells is None:
                cells = opened[bucket] = {}
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
        return sum(map(len, self._changed.values())) + len(self._changed_details)

    def size(self) -> int:
        """Count the cells and details held."""
        cells = sum(len(rows) for rows in self._open.values())
        return cells + sum(len(rows) for rows in self._details.values())

    def changed(self) -> Mapping[str, Mapping[int, Cell]]:
        """Return the cells that changed since `forget` was called, by series and bucket."""
        return self._changed

    def changed_details_of(self, metric: str) -> Iterator[tuple[int, tuple[str, ...], Detail]]:
        """Yield the changed details of one metric: bucket, label values, detail."""
        for bucket, owner, labels in self._changed_details:
            if owner == metric:
                filled = tuple(label or UNKNOWN for label in labels)
                yield bucket, filled, self._details[bucket][owner, labels]

    def cells_to_store(self, frozen: int) -> Iterator[tuple[int, str, Cell]]:
        """Yield bucket, series and cell of what changed and can change further.

        It is then in the changelog. `frozen` is the start of the latest bucket that can no longer
        change.
        """
        for name, buckets in self._changed.items():
            for bucket, cell in buckets.items():
                if bucket > frozen:
                    cell.stored = True
                    yield bucket, name, cell

    def details_to_store(self, frozen: int) -> Iterator[tuple[int, DetailKey, Detail]]:
        """Yield bucket, key and detail of what changed and can change further, as with cells."""
        for bucket, metric, labels in self._changed_details:
            if bucket > frozen:
                detail = self._details[bucket][metric, labels]
                detail.stored = True
                yield bucket, (metric, labels), detail

    def forget(self, frozen: int) -> Iterator[tuple[int, list[str], list[DetailKey]]]:
        """Forget what changed, and the buckets up to `frozen`, which can no longer change.

        Yields each such bucket with the series and the details that have rows in the changelog.
        """
        self._changed.clear()
        self._changed_details.clear()
        for bucket in [bucket for bucket in self._open if bucket <= frozen]:
            cells, details = self._open.pop(bucket), self._details.pop(bucket, {})
            yield (
                bucket,
                [name for name, cell in cells.items() if cell.stored],
                [key for key, detail in details.items() if detail.stored],
            )

    def restore_cell(
        self, bucket: int, name: str, count: int, values: dict[str, int] | None, data: bytes | None
    ) -> None:
        """Start from a cell that stands in the changelog; `data` has its customers."""
        self._open.setdefault(bucket, {})[name] = cell = Cell()
        cell.count, cell.values, cell.stored = count, values, True
        cell.customers = hyperloglog.load(data) if data else None

    def restore_detail(self, bucket: int, key: DetailKey, stored: StoredDetail) -> None:
        """Start from a detail that stands in the changelog."""
        self._details.setdefault(bucket, {})[key] = detail = Detail()
        detail.count, detail.prints = stored.count, stored.prints
        detail.samples = sorted([*stored.samples, *stored.texts])
        detail.stored = True

    def _add_detail(self, bucket: int, metric: str, labels: Labels, group: Group) -> None:
        details = self._details.setdefault(bucket, {})
        detail = details.get((metric, labels))
        if detail is None:
            if len(details) >= MAX_DETAILS:
                labels = (OTHER,) * len(labels)
            detail = details.setdefault((metric, labels), Detail())
        detail.add(group)
        self._changed_details.add((bucket, metric, labels))
