"""Counts by hour of the days that have gone by: what the same hours of other weeks brought.

Of an hour that is too old to keep its events one by one, the counts by combination of labels stay,
a day a piece and compressed: some ten bytes a combination and day.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.combinations import other_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.evidence.combinations import Labels
    from streams.core.evidence.sample import Whole

HOURS: Final = DAY // HOUR

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[list[tuple[str, ...]], bytes]).decode


def check_row(row: bytes) -> None:
    """Look whether this is the row of a day.

    Raises:
        ValueError: it is not.
    """
    try:
        labels, data = _decode(zlib.decompress(row))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(str(error)) from error
    if len(data) != 4 * HOURS * len(labels):
        raise ValueError(f"{len(data)} bytes of counts for {len(labels)} combinations of labels")


class Past:
    """Counts by combination of labels and hour, by start of the day (epoch seconds).

    A day knows `most` combinations; what is beyond is counted under `other`.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[int, dict[Labels, list[int]]] = {}
        self._packed: dict[int, tuple[int, bytes]] = {}

    def __iter__(self) -> Iterator[int]:
        yield from self._open
        yield from self._packed

    def __contains__(self, day: int) -> bool:
        return day in self._open or day in self._packed

    def __delitem__(self, day: int) -> None:
        if self._open.pop(day, None) is None:
            del self._packed[day]

    def add(self, hour: int, counts: Mapping[Labels, int]) -> None:
        """Add what an hour had."""
        day = hour - hour % DAY
        if day in self._packed:
            labels, table = self.counts(day)
            self._open[day] = dict(zip(labels, table.tolist(), strict=True))
            del self._packed[day]
        held = self._open.setdefault(day, {})
        for own, count in counts.items():
            known = own in held or len(held) < self._most
            key = own if known else other_of(own)
            held.setdefault(key, [0] * HOURS)[hour % DAY // HOUR] += count

    def counts(self, day: int) -> tuple[list[Labels], Whole]:
        """Return the combinations of a day, and a row of 24 counts for each."""
        held = self._open.get(day)
        if held is not None:
            table = np.array(list(held.values()), dtype=np.int64).reshape(-1, HOURS)
            return list(held), table
        if day not in self._packed:
            return [], np.zeros((0, HOURS), dtype=np.int64)
        labels, data = _decode(zlib.decompress(self._packed[day][1]))
        # Hour by hour: what is alike stands together.
        table = np.frombuffer(data, dtype="<u4").reshape(HOURS, -1).T
        return list(labels), table.astype(np.int64)

    def row(self, day: int) -> bytes | None:
        """Write a day down; None where nothing is known of it."""
        if day in self._packed:
            return self._packed[day][1]
        if day not in self._open:
            return None
        labels, table = self.counts(day)
        return zlib.compress(_encode((labels, table.T.astype("<u4").tobytes())))

    def read(self, day: int, row: bytes) -> None:
        """Restore the counts of a row as `row` has made it."""
        self._open.pop(day, None)
        self._packed[day] = len(_decode(zlib.decompress(row))[0]), row

    def pack(self) -> None:
        """Pack the days that have gone by: all but the last."""
        last = max(self, default=0)
        for day in [day for day in self._open if day < last]:
            row = self.row(day)
            if row is not None:
                self._packed[day] = len(self._open.pop(day)), row

    def size(self) -> int:
        """Count the combinations of all days."""
        return sum(map(len, self._open.values())) + sum(n for n, _ in self._packed.values())
