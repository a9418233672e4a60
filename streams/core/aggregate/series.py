"""A series: one metric with one set of labels, and its closed buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from schemas.templates import naming
from streams.core.series_key import metric_of, parse_series

if TYPE_CHECKING:
    from schemas.metrics import Metric
    from streams.core.aggregate.closed_buckets import ClosedBuckets
    from streams.core.aggregate.columns import ClosedColumns
    from streams.core.event_time.buckets import Grain, Window

SentWindow = tuple[int, dict[str, int], int]
"""Events, values by currency and customers of a window.

A plain tuple, as there may be half a million a flush.
"""


class CachedPart(NamedTuple):
    """A sum that is kept; `sketch` is as of `sketch_columns.squeeze`."""

    events: int
    values: dict[str, int]
    sketch: bytes | None


class CachedSum(NamedTuple):
    """A sum that holds while `mark` does; `kept` is None until it is worth keeping."""

    mark: tuple[int, int, int]
    kept: CachedPart | None


class Series:
    """One series.

    Attributes:
        key: names it.
        metric: what it counts.
        number: its number in the tables of its family; open buckets are known by it.
        packed: where its closed buckets are.
        restored: whether it stood in the changelog: rows of it may have been published before.
    """

    __slots__ = (
        "_labels",
        "_named",
        "_sums",
        "key",
        "metric",
        "number",
        "packed",
        "restored",
    )

    def __init__(self, key: str, *, restored: bool = False) -> None:
        self.key = key
        self.metric = cast("Metric", metric_of(key))
        self.number = -1
        self.packed: ClosedBuckets
        self._sums: dict[Window, CachedSum] | None = None
        self._labels: dict[str, str] | None = None
        self._named: bytes | None = None
        self.restored = restored

    @property
    def named(self) -> bytes:
        """What names it in public rows; see `schemas.templates`."""
        if self._named is None:
            self._named = naming(self.key)
        return self._named

    @property
    def labels(self) -> dict[str, str]:
        """What it counts of; read when somebody asks, as few do of many."""
        if self._labels is None:
            self._labels = parse_series(self.key)[1]
        return self._labels

    @property
    def total(self) -> bool:
        """Whether it counts all of its metric."""
        return self.key.endswith(",{}]")

    @property
    def of_segment(self) -> bool:
        """Whether it counts one segment of its metric, and all of that."""
        # Looked for first, as few have it and this is asked of each; in a value it is written \".
        return ',{"segment":' in self.key and self.labels.keys() == {"segment"}

    def closed(self, grain: Grain) -> ClosedColumns | None:
        """Return its closed buckets of a grain; None where it never had one."""
        return self.packed.of(grain, self.number)

    def cached(self, window: Window, mark: tuple[int, int, int]) -> CachedSum | None:
        """Return the sum of a window's closed buckets, if it was asked for as of `mark` before.

        So it is kept when it is asked for again: on a backlog every window is another one.
        """
        sums = self._sums = self._sums or {}
        known = sums.get(window)
        if known is not None and known.mark == mark:
            return known
        sums[window] = CachedSum(mark, None)
        return None

    def keep(self, window: Window, mark: tuple[int, int, int], part: CachedPart) -> None:
        """Keep a sum that holds while `mark` does."""
        self._sums = {**(self._sums or {}), window: CachedSum(mark, part)}

    def uncache(self, window: Window) -> None:
        """Forget the sum of a window that has too few buckets for one."""
        if self._sums:
            self._sums.pop(window, None)
