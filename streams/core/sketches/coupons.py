"""Coupons: what a HyperLogLog sketch keeps of a customer, made for many at once.

    customer id --MurmurHash3--> 128 bits --> | rank (6 bits) | slot (26 bits) |

The rank is one more than the leading zeros of the second half, the slot the low bits of the first.
They are those of Apache DataSketches, bit by bit, so sketches made by either can be joined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Coupons = NDArray[np.uint32]
    Words = NDArray[np.uint64]

RANK_SHIFT: Final = np.uint32(26)
"""Bits below the rank."""

_SEED: Final = 9001
_MAX_ZEROS: Final = 62
_BLOCK: Final = 16
"""Bytes that the hash takes at once: two words."""
_WORD: Final = 8


def _u(number: int) -> np.uint64:
    return np.uint64(number)


_C1: Final = _u(0x87C37B91114253D5)
_C2: Final = _u(0x4CF5AD432745937F)


def coupons(names: Sequence[str]) -> Coupons:
    """Return the coupon of each name."""
    made = np.empty(len(names), np.uint32)
    for places, rows in _by_length(names):
        first, second = _murmur(rows)
        zeros = np.minimum(_leading_zeros(second), _MAX_ZEROS)
        slots = (first & _u((1 << 26) - 1)).astype(np.uint32)
        made[places] = (zeros + 1).astype(np.uint32) << RANK_SHIFT | slots
    return made


def _by_length(names: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.uint8]]]:
    """Yield the places of names of one length in bytes, and their bytes, a row each."""
    if not names:
        return
    joined = "".join(names)
    lengths = np.fromiter(map(len, names), np.int64, len(names))
    raw = joined.encode()
    if len(raw) != len(joined):
        each = [name.encode() for name in names]
        lengths = np.fromiter(map(len, each), np.int64, len(each))
    held = np.frombuffer(raw, np.uint8)
    starts = np.cumsum(lengths) - lengths
    for length in np.unique(lengths).tolist():
        places = np.flatnonzero(lengths == length)
        yield places, held[starts[places, None] + np.arange(length)]


def _murmur(rows: NDArray[np.uint8]) -> tuple[Words, Words]:
    """Return both halves of the MurmurHash3 (x64, 128 bits) of each row (Appleby, 2011)."""
    number, length = rows.shape
    blocks, tail = divmod(length, _BLOCK)
    padded = np.zeros((number, (blocks + 1) * _BLOCK), np.uint8)
    padded[:, :length] = rows
    words = padded.view("<u8")
    one = np.full(number, _SEED, np.uint64)
    two = one.copy()
    for block in range(blocks):
        one ^= _mixed(words[:, 2 * block], _C1, 31, _C2)
        one = (_rotated(one, 27) + two) * _u(5) + _u(0x52DCE729)
        two ^= _mixed(words[:, 2 * block + 1], _C2, 33, _C1)
        two = (_rotated(two, 31) + one) * _u(5) + _u(0x38495AB5)
    if tail > _WORD:
        two ^= _mixed(words[:, 2 * blocks + 1], _C2, 33, _C1)
    if tail:
        one ^= _mixed(words[:, 2 * blocks], _C1, 31, _C2)
    one ^= _u(length)
    two ^= _u(length)
    one += two
    two += one
    one, two = _finished(one), _finished(two)
    one += two
    return one, two + one


def _mixed(word: Words, first: np.uint64, turn: int, second: np.uint64) -> Words:
    return _rotated(word * first, turn) * second


def _rotated(word: Words, turn: int) -> Words:
    return (word << _u(turn)) | (word >> _u(64 - turn))


def _finished(word: Words) -> Words:
    word = word ^ (word >> _u(33))
    word *= _u(0xFF51AFD7ED558CCD)
    word ^= word >> _u(33)
    word *= _u(0xC4CEB9FE1A85EC53)
    return word ^ (word >> _u(33))


def _leading_zeros(word: Words) -> NDArray[np.uint8]:
    """Count them: all bits below the first one are set, and what is left is counted."""
    word = word.copy()
    for turn in (1, 2, 4, 8, 16, 32):
        word |= word >> _u(turn)
    zeros: NDArray[np.uint8] = 64 - np.bitwise_count(word)
    return zeros
