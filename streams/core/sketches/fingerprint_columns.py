"""Fingerprints of the words of many texts at once, as `fingerprints.fingerprint` has them of one.

The idea: a CRC is linear. That of two strings, one behind the other, is that of the first, taken
forward by the length of the second, and joined with that of the second by exclusive or. So the
letters of each word are looked at once, eight at a time; words are joined to pairs, and pairs to
fours. How far a length takes a byte of a number stands in tables. A word has the space before it
with it: for that of the first of four, and for how a CRC begins, the length makes up.

letters    " not again  why me too"        a byte each; what is none is a space
words      " not" " again" " why" " me" " too"
pairs      " not again" " again why" " why me" " me too"
fours      " not again why me" " again why me too"
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

import numpy as np

from streams.core.sketches.fingerprints import (
    DIGITS,
    LETTERS,
    MAX_WORDS,
    MIN_WORDS,
    MOST_LETTERS,
    RUN,
    fingerprint,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Eights = NDArray[np.uint64]
    Hashes = NDArray[np.uint32]
    Places = NDArray[np.intp]

FEW: Final = 16
"""Fewer texts are faster one by one."""
AT_ONCE: Final = 256
"""So many texts, and what is worked out of them, fit into the cache."""
LONGEST: Final = 128
"""Bytes of a word and the space before it: a text with a longer one is looked at by itself."""
_BYTE: Final = 256
_GAP: Final = 0xFF
"""Stands before each text: no UTF-8 has it."""
_SPACE: Final = ord(" ")
_CHUNK: Final = 8
"""Letters that are looked at together."""


class _Tables(NamedTuple):
    """What stands before how many bytes comes to.

    `forward` has byte b of a number (0: the lowest), taken forward by a length: [b of 4][length *
    256 + value]. `letters` has two letters (little-endian) of the last eight: [which two of
    4][value]. `ends` is what the length of four words alone adds. `masks`, by number, leaves so
    many of eight letters, the last.
    """

    forward: tuple[Hashes, ...]
    letters: tuple[Hashes, ...]
    ends: Hashes
    masks: Eights


@cache
def _tables() -> _Tables:
    """Work the tables out: 2 MB."""
    bytes_ = np.arange(_BYTE, dtype=np.uint32)
    step = bytes_
    for _ in range(8):  # by the polynomial of CRC-32, the lowest bit first
        step = np.where(step & 1, step >> 1 ^ np.uint32(0xEDB88320), step >> 1)
    lengths = 2 * LONGEST + 1
    forward = np.empty((4, lengths, _BYTE), dtype=np.uint32)
    forward[:, 0] = bytes_ << np.arange(0, 32, 8, dtype=np.uint32)[:, np.newaxis]
    for length in range(1, lengths):
        before = forward[:, length - 1]
        forward[:, length] = before >> 8 ^ step[before & 0xFF]
    letter = forward[0]  # taken forward by itself and what is behind it
    letters = [letter[at - 1][:, np.newaxis] ^ letter[at] for at in range(_CHUNK, 0, -2)]
    ends = [
        crc32(bytes(length)) ^ crc32(bytes(length + 1)) ^ crc32(b" " + bytes(length))
        for length in range(RUN * LONGEST)
    ]
    masks = [(1 << 64) - (1 << 8 * (_CHUNK - number)) for number in range(_CHUNK + 1)]
    return _Tables(
        tuple(table.ravel() for table in forward),
        tuple(table.ravel() for table in letters),
        np.array(ends, dtype=np.uint32),
        np.array(masks, dtype=np.uint64),
    )


def fingerprints(texts: Sequence[str | None]) -> Hashes:
    """Return the smallest and the largest hash of each text, a row each; 0 for too few words."""
    found = np.zeros((len(texts), 2), dtype=np.uint32)
    for first in range(0, len(texts), AT_ONCE):
        some = texts[first : first + AT_ONCE]
        if len(some) < FEW:
            found[first : first + AT_ONCE] = [fingerprint(one) if one else (0, 0) for one in some]
        else:
            _fill(found[first : first + AT_ONCE], some)
    return found


def _fill(found: Hashes, texts: Sequence[str | None]) -> None:
    raw = [one[:MOST_LETTERS].encode("utf-8", "replace") if one else b"" for one in texts]
    joined = b"\xff".join([b" " * _CHUNK, *raw, b""]).translate(LETTERS, DIGITS)
    letters = np.frombuffer(joined, dtype=np.uint8).copy()
    begins = (letters == _GAP).nonzero()[0]
    letters[begins] = _SPACE
    gaps = letters == _SPACE
    edges = (gaps[1:] != gaps[:-1]).nonzero()[0]
    before, last = edges[::2], edges[1::2]  # the space before each word, and its last letter
    # Which words a text has: those between its begin and that of the next.
    firsts = before.searchsorted(begins)
    there = np.diff(firsts)
    words = np.minimum(there, MAX_WORDS)
    words[words < MIN_WORDS] = 0
    has = words.nonzero()[0]
    if not has.size:
        return
    sizes = last - before + 1
    others = (words != there).nonzero()[0]
    if others.size:
        kept = np.ones(sizes.size, dtype=np.bool_)
        starts, ends = (firsts[:-1] + words)[others], firsts[1:][others]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            kept[start:end] = False
        last, sizes = last[kept], sizes[kept]
    ends = words[has].cumsum()
    firsts = ends - words[has]
    found[has] = _hashed(_words(letters, last, sizes), sizes, firsts, ends)
    longest = np.maximum.reduceat(sizes, firsts)
    for place in has[longest > LONGEST].tolist():
        found[place] = fingerprint(texts[place] or "")


def _words(letters: Bytes, last: Places, sizes: Places) -> Hashes:
    """Return what the letters of each word come to; it ends with `last`, and has so many."""
    eights: Eights = np.ndarray((letters.size - _CHUNK + 1,), "<u8", letters, 0, (1,))
    ends = last - (_CHUNK - 1)
    found = _chunk(eights[ends], sizes)
    for behind in range(_CHUNK, LONGEST, _CHUNK):
        longer = (sizes > behind).nonzero()[0]
        if not longer.size:
            break
        part = _chunk(eights[ends[longer] - behind], sizes[longer] - behind)
        found[longer] ^= _forward(part, behind * _BYTE)
    return found


def _chunk(eights: Eights, sizes: Places) -> Hashes:
    """Return what the last `sizes` of eight letters come to, all eight for larger ones."""
    tables = _tables()
    eights &= tables.masks.take(sizes, mode="clip")
    twos = eights.view("<u2").reshape(-1, _CHUNK // 2)
    found = tables.letters[0].take(twos[:, 0])
    for which in range(1, _CHUNK // 2):
        found ^= tables.letters[which].take(twos[:, which])
    return found


def _forward(numbers: Hashes, at: Places | int) -> Hashes:
    """Return numbers taken forward; `at` is the length by 256."""
    low, *higher = _tables().forward
    left = numbers.astype(np.intp)
    found = low.take(at + (left & 0xFF))
    for table in higher:
        left >>= 8
        found ^= table.take(at + (left & 0xFF))
    return found


def _hashed(words: Hashes, sizes: Places, firsts: Places, ends: Places) -> Hashes:
    """Return the smallest and the largest hash of texts that have the words `firsts` to `ends`."""
    at = np.minimum(sizes, LONGEST) * _BYTE
    pairs = _forward(words[:-1], at[1:])
    pairs ^= words[1:]
    at = at[:-1] + at[1:]
    fours = _forward(pairs[:-2], at[2:])
    fours ^= pairs[2:]
    fours ^= _tables().ends.take((at[:-2] + at[2:]) // _BYTE - 1)
    # Those that begin in one text and end in the next are in each second span, and are left out.
    spans = np.stack([firsts, ends - (RUN - 1)], 1).ravel()[:-1]
    low, high = (each.reduceat(fours, spans)[::2] for each in (np.minimum, np.maximum))
    both: Hashes = np.maximum(np.stack([low, high], 1), 1)
    return both
