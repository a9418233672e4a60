"""What the ingest stage publishes of one source topic: snapshots of cells, and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec
import numpy as np

from streams.core.catalogue import TOPICS
from streams.core.detail_messages import PackedDetails
from streams.core.detail_messages import pack as pack_details
from streams.core.event_time.watermark import NEVER
from streams.core.messages import PARTIALS, SIGNALS, Source
from streams.core.partials import PackedCells, PackedPartials, pack
from streams.core.slots import grown
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from streams.core.detail_columns import DetailColumns
    from streams.core.ingest.cells import ChangedCells
    from streams.core.messages import FlowCount
    from streams.core.slots import Integers

MAX_CELLS_A_MESSAGE: Final = 4_000
"""Cells a message, some 400 kB: below every broker's default limit."""
MAX_DETAILS_A_MESSAGE: Final = 1_000
"""Details a message: 150 kB as a rule, 500 kB at the most without sample texts."""
MAX_LETTERS_A_MESSAGE: Final = 200_000
"""Letters of sample texts after which a message is full."""

_encode = msgspec.msgpack.Encoder().encode


class SeriesPartitions:
    """The partitions of the aggregate stage: which of them a series lives in."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._homes: Integers = np.zeros(0, np.int64)
        self._known = 0

    def homes(self, names: Sequence[str]) -> Integers:
        """Return the partition of each series; `names` are the same as before, and more."""
        if len(names) > self._known:
            self._homes = grown(self._homes, len(names))
            fresh = [crc32(name.encode()) % self.count for name in names[self._known :]]
            self._homes[self._known : len(names)] = fresh
            self._known = len(names)
        return self._homes


class SnapshotPublisher:
    """Encodes the messages of one source topic of one partition; `names` are those of the series.

    A message names the watermark up to which all cells have been published. Of a flush that takes
    several messages the last alone moves it; the others name that of the flush before.
    """

    def __init__(
        self, topic: str, partition: int, names: Sequence[str], targets: SeriesPartitions
    ) -> None:
        self._topic = topic
        self._partition = partition
        self._names = names
        self._targets = targets
        self._sent_watermark = NEVER

    def partials(
        self,
        cells: ChangedCells,
        source: Source,
        late: Mapping[int, int],
        flows: Sequence[FlowCount],
    ) -> Iterator[Send]:
        """Yield the snapshots of the cells that changed; every partition of series gets some.

        Args:
            cells: those that changed, by series.
            source: the last part of this flush.
            late: late events by day, as far as they changed.
            flows: flows of the stock, as far as they changed.
        """
        homes = self._targets.homes(self._names)[cells.series]
        for target in range(self._targets.count):
            places = np.flatnonzero(homes == target)
            # One message at least, since it carries the watermark.
            cuts = range(0, max(places.size, 1), MAX_CELLS_A_MESSAGE)
            parts = [places[first : first + MAX_CELLS_A_MESSAGE] for first in cuts]
            for part, chunk in enumerate(parts[:-1]):
                early = PackedPartials(self._early(source, part), self._packed(cells, chunk), {})
                yield Send(PARTIALS, target, None, _encode(early))
            final = msgspec.structs.replace(source, part=len(parts) - 1)
            last = self._packed(cells, parts[-1])
            partials = PackedPartials(final, last, dict(late), list(flows))
            yield Send(PARTIALS, target, None, _encode(partials))

    def _packed(self, cells: ChangedCells, places: NDArray[np.intp]) -> PackedCells:
        """Pack the cells at some places."""
        series = cells.series[places]
        firsts = np.flatnonzero(np.diff(series, prepend=-1))
        names = [self._names[number] for number in series[firsts].tolist()]
        return pack(names, np.diff(firsts, append=series.size), cells.columns.pick(places))

    def details(self, rows: DetailColumns, source: Source, metric: str) -> Iterator[Send]:
        """Yield the evidence of a metric that changed; `source` is the last part of this flush."""
        names = TOPICS[self._topic].labels
        rows = rows.shown()
        chunks = list(in_parts(rows)) or [rows]  # one message at least, likewise
        for part, chunk in enumerate(chunks):
            last = part >= len(chunks) - 1
            own = msgspec.structs.replace(source, part=part) if last else self._early(source, part)
            message = PackedDetails(own, metric, names, pack_details(chunk))
            yield Send(SIGNALS, 0, None, _encode(message))

    def advance(self, watermark: int) -> None:
        """Note that all messages of a flush with this watermark were made."""
        self._sent_watermark = watermark

    def source(self, number: int, watermark: int, *, idle: bool) -> Source:
        """Name this partition, as the last part of flush `number` does."""
        return Source(self._topic, self._partition, number, 0, watermark, idle)

    def _early(self, source: Source, part: int) -> Source:
        """Name a part before the last: not all cells are published, so nothing has moved."""
        watermark = self._sent_watermark
        return msgspec.structs.replace(source, part=part, watermark=watermark, idle=False)


def in_parts(rows: DetailColumns) -> Iterator[DetailColumns]:
    """Cut details into parts of bounded size."""
    size = rows.starts.size
    if not rows.texts:
        for first in range(0, size, MAX_DETAILS_A_MESSAGE):
            yield rows.span(first, min(first + MAX_DETAILS_A_MESSAGE, size))
        return
    letters = np.zeros(size, np.int64)
    held = rows.texts.values()
    counted = np.array([len(text) for samples in held for _, text in samples], np.int64)
    np.add.at(letters, np.repeat(list(rows.texts), list(map(len, held))), counted)
    sums = letters.cumsum()
    begin = before = 0
    while begin < size:
        full = int(sums.searchsorted(before + MAX_LETTERS_A_MESSAGE, side="right")) + 1
        end = min(begin + MAX_DETAILS_A_MESSAGE, full, size)
        yield rows.span(begin, end)
        begin, before = end, int(sums[end - 1])
