"""Fingerprints of the words of many texts at once, as `fingerprints.fingerprint` has them of one.

The idea: a CRC is linear. What a byte adds to it hangs on the byte and on how many follow, and
additions are joined by exclusive or. So each byte is brought back to the begin of its text, once;
all bytes up to each place are joined; and of any run of words the CRC is what was joined up to its
end, less that up to its begin, taken forward to its end. Three tables of numbers say how a byte is
brought there.

texts        Not again!|Why me   ->  |not again|why me      a gap before each word
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
    Hashes = NDArray[np.uint32]
    Places = NDArray[np.intp]

FEW: Final = 16
"""Fewer texts are faster one by one."""
AT_ONCE: Final = 64
"""So many texts, and what is worked out of them, fit into the cache."""
LONGEST: Final = 1024
"""Bytes: a text in which words lie further on (few are in ASCII) is looked at by itself."""
_BYTE: Final = 256
_GAP: Final = 0xFF
"""Stands before each text: no UTF-8 has it."""
_SPACE: Final = ord(" ")


class _Tables(NamedTuple):
    """How numbers are moved along a text.

    `back` has byte b at place p, brought to the begin: [p * 256 + b]. `forward` has byte b of a
    number (0: the lowest) brought to place p: [b of 4][p * 256 + value]. `ends` is what the length
    of a run alone adds.
    """

    back: Hashes
    forward: tuple[Hashes, ...]
    ends: Hashes


@cache
def _tables() -> _Tables:
    """Work the tables out: 5 MB."""
    bytes_ = np.arange(_BYTE, dtype=np.uint32)
    step = bytes_.copy()
    for _ in range(8):  # by the polynomial of CRC-32, the lowest bit first
        step = np.where(step & 1, step >> 1 ^ np.uint32(0xEDB88320), step >> 1)
    by_top = np.empty(_BYTE, dtype=np.uint32)
    by_top[step >> 24] = bytes_
    size = LONGEST + 1
    back = np.empty((size, _BYTE), dtype=np.uint32)
    forward = np.empty((4, size, _BYTE), dtype=np.uint32)
    back[0] = bytes_
    forward[:, 0] = bytes_ << np.arange(0, 32, 8, dtype=np.uint32)[:, np.newaxis]
    for place in range(1, size):
        before, last = forward[:, place - 1], back[place - 1]
        forward[:, place] = before >> 8 ^ step[before & 0xFF]
        low = by_top[last >> 24]
        back[place] = (last ^ step[low]) << 8 | low
    ends = np.array([crc32(bytes(length)) for length in range(size)], dtype=np.uint32)
    return _Tables(back.ravel(), tuple(table.ravel() for table in forward), ends)


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
    joined = b"\xff".join([b"", *raw, b""]).translate(LETTERS, DIGITS)
    letters = np.frombuffer(joined, dtype=np.uint8)
    begins = letters == _GAP
    gaps = begins | (letters == _SPACE)
    before_word = gaps[:-1] & ~gaps[1:]
    kept = ~gaps
    kept[:-1] |= before_word
    # Which words a text has: those between its begin and that of the next.
    firsts = np.searchsorted(np.flatnonzero(before_word), np.flatnonzero(begins))
    words = np.minimum(np.diff(firsts), MAX_WORDS)
    letters = letters[kept]
    before = np.flatnonzero((letters == _SPACE) | (letters == _GAP))
    if not before.size:
        return
    ends = np.append(before[1:], letters.size)
    has = np.flatnonzero(words >= MIN_WORDS)
    last = firsts[has] + words[has] - 1
    longest = ends[last] - before[firsts[has]]
    for place in has[longest > LONGEST].tolist():
        found[place] = fingerprint(texts[place] or "")
    has = has[longest <= LONGEST]
    if has.size:
        found[has] = _hashed(letters, before, ends, firsts, words, has)


def _hashed(  # noqa: PLR0913, PLR0917 - where texts and words lie
    letters: Bytes, before: Places, ends: Places, firsts: Places, words: Places, has: Places
) -> Hashes:
    """Return the hashes of the texts that `has` names."""
    tables = _tables()
    own = np.flatnonzero(np.diff(firsts))  # texts with words
    start = before[firsts[own]]
    sizes = np.diff(start, append=letters.size)
    place = np.arange(letters.size) - np.repeat(start, sizes)
    if int(sizes.max()) > LONGEST:
        np.minimum(place, LONGEST, out=place)  # of longer texts nothing is asked here
    place *= _BYTE
    place += letters
    joined = np.zeros(letters.size + 1, dtype=np.uint32)
    np.bitwise_xor.accumulate(tables.back.take(place), out=joined[1:])
    runs = words[has] - (RUN - 1)
    begins = np.cumsum(runs) - runs
    run = np.arange(int(runs.sum())) + np.repeat(firsts[has] - begins, runs)
    first, end = before[run] + 1, ends[run + (RUN - 1)]
    added = joined[end] ^ joined[first]
    hashes = tables.ends[end - first]
    at = (end - np.repeat(before[firsts[has]], runs)) * _BYTE
    for table in tables.forward:
        hashes ^= table.take(at + (added & 0xFF))
        added >>= 8
    low, high = (each.reduceat(hashes, begins) for each in (np.minimum, np.maximum))
    both: Hashes = np.maximum(np.stack([low, high], 1), 1)
    return both
