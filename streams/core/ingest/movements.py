"""The movements of one source partition, on their way to where the periods are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.event_time.watermark import NEVER
from streams.core.messages import PARTIALS, Movements, Source, periods_home
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.customers.sums.cell_change import CellChange
    from streams.core.ingest.exchange import Exchange

MAX_CELLS_A_MESSAGE: Final = 4_000
"""Cells a message, some 500 kB: below every broker's default limit."""

TOPIC: Final = "customers"
"""Stands in `Source` for all topics that make customers."""

_encode = msgspec.msgpack.Encoder().encode


class MovementPublisher:
    """Encodes the changed cells of one source partition, and how far its customers are counted.

    Of a flush that takes several messages the last alone moves the clock.
    """

    def __init__(self, partition: int, series_partitions: int, definitions: str) -> None:
        self._partition = partition
        self._home = periods_home(series_partitions)
        self._definitions = definitions
        self.clock = NEVER

    def messages(
        self,
        cells: Sequence[CellChange],
        number: int,
        clock: int,
        exchange: Exchange,
        *,
        idle: bool,
    ) -> Iterator[Send]:
        """Yield the messages of flush `number`; `clock` is that up to which all is in the cells.

        The last part says how far the exchange with other partitions is.
        """
        size = MAX_CELLS_A_MESSAGE
        chunks = [cells[i : i + size] for i in range(0, len(cells), size)] or [()]
        for part, chunk in enumerate(chunks):
            last = part == len(chunks) - 1
            if last:
                self.clock = max(self.clock, clock)
            source = Source(TOPIC, self._partition, number, part, self.clock, last and idle)
            told = (exchange.drain_sent(), exchange.drain_read()) if last else ({}, {})
            message = Movements(source, list(chunk), self._definitions, last, *told)
            yield Send(PARTIALS, self._home, None, _encode(message))
