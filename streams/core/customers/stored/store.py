"""The store of packed lives of one source partition, by customer id, in memory.

Customers are spread over shards by a hash of their id. A shard is what is scanned or counted in one
go: 1 million customers make some 4,000 a shard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

SHARDS: Final = 256


def shard_of(customer: bytes) -> int:
    """Give the shard in which a customer lives."""
    return crc32(customer) % SHARDS


class LifeStore(Protocol):
    """Keeps one packed life a customer; ids are UTF-8."""

    def get(self, customer: bytes) -> bytes | None:
        """Give the life of a customer; None if there is none."""

    def put(self, customer: bytes, packed: bytes) -> None:
        """Keep a life in place of the one before."""

    def remove(self, customer: bytes) -> None:
        """Drop a life; nothing happens if there is none."""

    def shard(self, number: int) -> Iterable[tuple[bytes, bytes]]:
        """Give the customers of a shard with their lives. Nothing may be changed meanwhile."""

    def __len__(self) -> int:
        """Count the customers."""


class DictStore:
    """Lives as bytes in dictionaries: 330 bytes a customer of ten events with key and index."""

    def __init__(self) -> None:
        self._shards: list[dict[bytes, bytes]] = [{} for _ in range(SHARDS)]

    def get(self, customer: bytes) -> bytes | None:
        """Give the life of a customer; None if there is none."""
        return self._shards[crc32(customer) % SHARDS].get(customer)

    def put(self, customer: bytes, packed: bytes) -> None:
        """Keep a life in place of the one before."""
        self._shards[crc32(customer) % SHARDS][customer] = packed

    def remove(self, customer: bytes) -> None:
        """Drop a life; nothing happens if there is none."""
        self._shards[crc32(customer) % SHARDS].pop(customer, None)

    def shard(self, number: int) -> Iterable[tuple[bytes, bytes]]:
        """Give the customers of a shard with their lives. Nothing may be changed meanwhile."""
        return self._shards[number].items()

    def __len__(self) -> int:
        """Count the customers."""
        return sum(map(len, self._shards))
