"""The hours of the evidence: those that have gone by are packed, a tenth of the memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.incidents.tally import Labels

T = TypeVar("T")

PACK_FROM: Final = 64
"""Combinations of an hour that make it worth packing; a small one is looked at faster as it is."""

_encode = msgspec.msgpack.Encoder().encode


class Hours(Generic[T]):
    """Entries by combination of labels, by start of the hour (epoch seconds).

    `entry` is the type of the entries. What `get` gives is to be read only; what changes comes from
    `change`.
    """

    def __init__(self, entry: type[T]) -> None:
        self._open: dict[int, dict[Labels, T]] = {}
        self._packed: dict[int, tuple[int, bytes]] = {}
        self._decoder = msgspec.msgpack.Decoder(list[tuple[tuple[str, ...], entry]])  # type: ignore[valid-type]

    def __iter__(self) -> Iterator[int]:
        yield from self._open
        yield from self._packed

    def __contains__(self, start: int) -> bool:
        return start in self._open or start in self._packed

    def __setitem__(self, start: int, entries: dict[Labels, T]) -> None:
        self._packed.pop(start, None)
        self._open[start] = entries

    def __delitem__(self, start: int) -> None:
        if self._open.pop(start, None) is None:
            del self._packed[start]

    def find(self, start: int) -> dict[Labels, T] | None:
        """Give the entries of an hour, to read; None where there is no such hour."""
        packed = self._packed.get(start)
        return self._open.get(start) if packed is None else self._unpack(packed)

    def get(self, start: int) -> dict[Labels, T]:
        """Give the entries of an hour, to read; none where there is no such hour."""
        return self.find(start) or {}

    def change(self, start: int) -> dict[Labels, T]:
        """Give the entries of an hour, to change; they stay as they are until `pack`."""
        packed = self._packed.pop(start, None)
        if packed is not None:
            self._open[start] = self._unpack(packed)
        return self._open.setdefault(start, {})

    def size(self) -> int:
        """Count the entries."""
        return sum(map(len, self._open.values())) + sum(n for n, _ in self._packed.values())

    def pack(self) -> None:
        """Pack the hours that have gone by: all but the last."""
        last = max(self, default=0)
        for start in [start for start in self._open if start < last]:
            entries = self._open[start]
            if len(entries) >= PACK_FROM:
                data = zlib.compress(_encode(list(entries.items())), 1)
                self._packed[start] = (len(entries), data)
                del self._open[start]

    def _unpack(self, packed: tuple[int, bytes]) -> dict[Labels, T]:
        return dict(self._decoder.decode(zlib.decompress(packed[1])))
