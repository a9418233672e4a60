"""What the ingest stage publishes of one source topic: snapshots of cells, and evidence."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from streams.core.catalogue import TOPICS
from streams.core.detail_messages import PackedDetails
from streams.core.detail_messages import pack as pack_details
from streams.core.event_time.watermark import NEVER
from streams.core.messages import PARTIALS, SIGNALS, Source
from streams.core.partials import PackedPartials
from streams.core.sketches.crc32 import crc32s
from streams.core.slots import grown
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streams.core.ingest.cells import NumberedCells
    from streams.core.ingest.details import ChangedDetails
    from streams.core.messages import FlowCount
    from streams.core.slots import Integers

MAX_CELLS_A_MESSAGE: Final = 4_000
"""Cells a message, some 400 kB: below every broker's default limit."""

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
            self._homes[self._known : len(names)] = crc32s(names[self._known :]) % self.count
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
        cells: NumberedCells,
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
        order = homes.argsort(kind="stable")
        cuts = homes[order].searchsorted(np.arange(self._targets.count + 1)).tolist()
        packer = cells.pick(order).packer(self._names)
        for target, (begin, end) in enumerate(pairwise(cuts)):
            # One message at least, since it carries the watermark.
            firsts = [*range(begin, end, MAX_CELLS_A_MESSAGE)] or [begin]
            for part, (first, last) in enumerate(pairwise(firsts)):
                early = PackedPartials(self._early(source, part), packer.pack(first, last), {})
                yield Send(PARTIALS, target, None, _encode(early))
            final = msgspec.structs.replace(source, part=len(firsts) - 1)
            cells_left = packer.pack(firsts[-1], end)
            partials = PackedPartials(final, cells_left, dict(late), list(flows))
            yield Send(PARTIALS, target, None, _encode(partials))

    def details(self, changed: ChangedDetails, source: Source) -> Iterator[Send]:
        """Yield the evidence that changed; `source` is the last part of this flush."""
        names = TOPICS[self._topic].labels
        changed = changed._replace(rows=changed.rows.shown())
        for metric, begin, end in changed.metrics:
            # One message at least, likewise.
            chunks = list(changed.parts(begin, end)) or [changed.rows.span(begin, end)]
            for part, chunk in enumerate(chunks):
                own = self._early(source, part)
                if part == len(chunks) - 1:
                    own = msgspec.structs.replace(source, part=part)
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
