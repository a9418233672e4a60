"""Coupons: what a HyperLogLog sketch keeps of a customer, made for many at once.

    customer id --MurmurHash3--> 128 bits --> | rank (6 bits) | slot (26 bits) |

The rank is one more than the leading zeros of the second half, the slot the low bits of the first.
They are those of Apache DataSketches, bit by bit, so sketches made by either can be joined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Coupons = NDArray[np.uint32]
    Words = NDArray[np.uint64]

RANK_SHIFT: Final = np.uint32(26)
"""Bits below the rank."""

_SEED: Final = 9001
_MAX_ZEROS: Final = 62
_BLOCK: Final = 16
"""Bytes that the hash takes at once: two words."""


def _u(number: int) -> np.uint64:
    return np.uint64(number)


_C1: Final = _u(0x87C37B91114253D5)
_C2: Final = _u(0x4CF5AD432745937F)


def coupons(names: Sequence[str]) -> Coupons:
    """Return the coupon of each name."""
    if not names:
        return np.zeros(0, np.uint32)
    first, second = _murmur(*_bytes(names))
    zeros = np.minimum(_leading_zeros(second), _MAX_ZEROS)
    slots = (first & _u((1 << 26) - 1)).astype(np.uint32)
    made: Coupons = (zeros + 1).astype(np.uint32) << RANK_SHIFT | slots
    return made


def _bytes(names: Sequence[str]) -> tuple[Words, NDArray[np.int64]]:
    """Return the bytes of names, a row of words each with zeros behind them, and how many they are.

    There is a block of zeros, or the rest of one, behind the longest too.
    """
    if not all(map(str.isascii, names)):
        encoded = [name.encode() for name in names]
        lengths = np.fromiter(map(len, encoded), np.int64, len(names))
        return _padded(encoded, int(lengths.max())), lengths
    lengths = np.fromiter(map(len, names), np.int64, len(names))
    return _padded(names, int(lengths.max())), lengths


def _padded(names: Sequence[str] | Sequence[bytes], longest: int) -> Words:
    width = (longest // _BLOCK + 1) * _BLOCK
    return np.array(names, f"S{width}").view("<u8").reshape(len(names), -1)


def _murmur(words: Words, lengths: NDArray[np.int64]) -> tuple[Words, Words]:
    """Return both halves of the MurmurHash3 (x64, 128 bits) of each row (Appleby, 2011)."""
    one = np.full(len(words), _SEED, np.uint64)
    two = one.copy()
    blocks = lengths // _BLOCK
    for block in range(int(blocks.max())):
        rows = np.flatnonzero(blocks > block)
        a, b = one[rows], two[rows]
        a ^= _mixed(words[rows, 2 * block], _C1, 31, _C2)
        a = (_rotated(a, 27) + b) * _u(5) + _u(0x52DCE729)
        b ^= _mixed(words[rows, 2 * block + 1], _C2, 33, _C1)
        two[rows] = (_rotated(b, 31) + a) * _u(5) + _u(0x38495AB5)
        one[rows] = a
    every = np.arange(len(words))
    # What is left is less than a block; where there is nothing, zeros change nothing.
    two ^= _mixed(words[every, 2 * blocks + 1], _C2, 33, _C1)
    one ^= _mixed(words[every, 2 * blocks], _C1, 31, _C2)
    long = lengths.astype(np.uint64)
    one ^= long
    two ^= long
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
