"""The partition of a key as every Kafka client chooses it, for many keys at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SEED: Final = np.uint32(0x9747B28C)
_M: Final = np.uint32(0x5BD1E995)


def partitions_of(keys: Sequence[bytes], count: int) -> list[int]:
    """Return the partition of each key: murmur2, as in the Java client.

    A customer's events then share a partition whichever client sends them.
    """
    lengths = np.fromiter(map(len, keys), dtype=np.int64, count=len(keys))
    hashes = np.zeros(len(keys), dtype=np.uint32)
    for length in np.unique(lengths).tolist():
        places = np.flatnonzero(lengths == length)
        hashes[places] = _murmur2(
            b"".join(keys[place] for place in places.tolist()), length, places.size
        )
    chosen: list[int] = ((hashes & np.uint32(0x7FFFFFFF)) % np.uint32(count)).tolist()
    return chosen


def _murmur2(joined: bytes, length: int, count: int) -> NDArray[np.uint32]:
    """Hash `count` keys of one length, joined."""
    data = np.frombuffer(joined, dtype=np.uint8).reshape(count, length)
    h = np.full(count, _SEED ^ np.uint32(length), dtype=np.uint32)
    whole = length // 4
    words = np.ascontiguousarray(data[:, : whole * 4]).view("<u4").reshape(count, whole)
    for column in range(whole):
        k = words[:, column] * _M
        k ^= k >> np.uint32(24)
        h = h * _M ^ k * _M
    if length % 4:
        for place in range(length - 1, whole * 4 - 1, -1):
            h ^= data[:, place].astype(np.uint32) << np.uint32(8 * (place % 4))
        h = h * _M
    h ^= h >> np.uint32(13)
    h = h * _M
    return h ^ (h >> np.uint32(15))
