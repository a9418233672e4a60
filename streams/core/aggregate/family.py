"""The tables of one family of metrics: snapshots are merged, and buckets close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.aggregate.detection import Detection
from streams.core.aggregate.incoming import columns_of, incoming
from streams.core.aggregate.merge import MAX_CLOSED_AGE, Buckets
from streams.core.aggregate.series import Series
from streams.core.aggregate.snapshot_view import Overview
from streams.core.aggregate.watermark_vector import WatermarkVector
from streams.core.event_time.buckets import SPAN, end_of, floor
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from streams.core.aggregate.merge import FromPartition
    from streams.core.aggregate.merged_watermark import MergedWatermark
    from streams.core.aggregate.stock import StockLevel
    from streams.core.catalogue import Family
    from streams.core.config import Config
    from streams.core.event_time.buckets import Grain
    from streams.core.messages import Cell, Source
    from streams.core.partials import NamedCells


class FamilyTables:
    """Merges, closes and watches the series of the metrics of one family.

    A bucket closes when the watermarks of all topics that the family depends on have passed its end
    by the grace period (a topic that is idle does not hold it open). The 5 minutes and days that
    closed go to the detectors in time order.

    Attributes:
        name: the name of the family.
        zone: the time zone of its days.
        progress: how far it is, and the topics that it depends on.
        series: by key, all that there are.
        overview: those of them that telemetry shows.
        dirty: whether a message was merged, or the detectors stepped on, since the last flush.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a family is made of
        self,
        name: str,
        family: Family,
        watermarks: Mapping[str, MergedWatermark],
        settings: Config,
        grains: Collection[Grain],
        stock: StockLevel | None = None,
        zone: Zone = UTC_ZONE,
    ) -> None:
        self.name = name
        self.zone = zone
        self.grace = settings.tables.grace
        self.progress = WatermarkVector({topic: watermarks[topic] for topic in family.topics})
        self.buckets = Buckets(grains, zone)
        self.series: dict[str, Series] = {}
        self.overview = Overview()
        self.detection = Detection(
            family.metrics, settings.detect, self.series, self.buckets, stock, zone
        )
        self._late_changed: set[int] = set()
        """Days (epoch seconds) with new late events since the last flush."""
        self.dirty = False

    @property
    def edge(self) -> int:
        """The event time before which every bucket is closed."""
        return self.progress.watermark - self.grace

    @property
    def done(self) -> int:
        """The event time before which nothing is asked for but by the windows."""
        return min(self.edge, self.detection.stepped) if self.detection.waits else self.edge

    def merge(self, source: Source, snapshots: Iterable[tuple[str, list[Cell]]]) -> None:
        """Merge snapshots of cells, by series, that a message from `source` brings."""
        frozen = self.progress.frozen_by(source, self.grace)
        numbered = [(self.find(key).number, cells) for key, cells in snapshots]
        self.buckets.merge([(source.partition, incoming(numbered), frozen)])

    def merge_columns(self, several: Iterable[tuple[Source, NamedCells]]) -> None:
        """Merge the same in columns, of several messages."""
        self.buckets.merge([self._of_message(*one) for one in several])

    def _of_message(self, source: Source, snapshots: NamedCells) -> FromPartition:
        frozen = self.progress.frozen_by(source, self.grace)
        numbers = np.array([self.find(name).number for name in snapshots.names], np.int64)
        cells = columns_of(np.repeat(numbers, snapshots.sizes), snapshots.columns)
        return source.partition, cells, frozen

    def advance(self, source: Source, late: Iterable[int]) -> None:
        """Move on after a message from `source` was merged; `late` are days with late events."""
        self.dirty = True
        self._late_changed.update(late)
        self.progress.advance(source)
        self.detection.forget_comparisons()

    def step(self) -> None:
        """Let the detectors step over what closed."""
        if self.detection.step(self.edge):
            self.dirty = True

    def limits(self, published: int) -> dict[Grain, int]:
        """Return the end of the buckets that are held no more, by grain.

        `published` is the watermark up to which windows were published.
        """
        limits = {grain: self.done - keep for grain, keep in MAX_CLOSED_AGE.items()}
        out_of_window = end_of(published, "5m") - SPAN["1h"]
        unchanging = self.progress.passed() - self.grace
        stepped = self.detection.stepped
        unseen = floor(stepped, "1h") if self.detection.detectors else self.done
        limits["5m"] = max(limits["5m"], min(unchanging, out_of_window, self.done, unseen))
        return limits

    def find(self, key: str) -> Series:
        """Find a series by its key, or begin it."""
        series = self.series.get(key)
        return self._begin(Series(key)) if series is None else series

    def drain_late_days(self) -> set[int]:
        """Return the days with new late events since the last call."""
        late, self._late_changed = self._late_changed, set()
        return late

    def flushed(self) -> None:
        """Note that everything that changed was handed out."""
        self.dirty = False

    def restore(self, key: str) -> Series:
        """Find a series that stands in the changelog, or begin it."""
        series = self.series.get(key)
        if series is None:
            parse_series(key)  # which raises an error where it is none
            series = self._begin(Series(key, restored=True))
        return series

    def _begin(self, series: Series) -> Series:
        self.series[series.key] = series
        self.overview.add(series)
        self.buckets.add(series)
        return series

    def restore_progress(self, watermark: int, stepped: int) -> None:
        """Go on from a stored watermark, and from the end of the last 5 minutes detectors saw."""
        self.progress.restore(watermark)
        self.detection.resume(stepped)
