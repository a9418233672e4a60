# cython: boundscheck=False, wraparound=False
"""Fingerprints of the words of texts, as `streams.core.sketches.fingerprints` has them in Python.

The letters that count are put one behind the other, a space before each word. So a run of four
words is some bytes in a row, and its CRC-32 is worked out eight bytes at a time, with what stands
before the first of them as 0. A CRC is linear: zeros before add nothing, and what the length adds
stands in a table.
"""

from zlib import crc32

import numpy as np

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

cdef enum:
    MAX_WORDS = 60
    MIN_WORDS = 6
    MOST_LETTERS = 12 * 60
    MOST_BYTES = 4 * 12 * 60  # of UTF-8
    RUN = 4
    SPACE = 32
    EIGHT = 8

cdef uint8_t LETTER[256]  # by byte: what it counts as,
cdef int IS_LETTER[256]  # whether that is part of a word,
cdef int IS_DIGIT[256]  # and whether it is left out
cdef uint32_t AHEAD[EIGHT][256]  # what a byte comes to, by how many of eight are before it
cdef uint32_t ENDS[MOST_BYTES + 1]  # what the length of a run adds
cdef uint64_t LAST[EIGHT]  # leaves so many of eight bytes, the last ones; all for 0


cdef _make_tables():
    for value in range(256):
        sign = chr(value)
        IS_DIGIT[value] = value < 128 and sign.isdigit()
        IS_LETTER[value] = value > 127 or sign.isalpha()
        LETTER[value] = ord(sign.lower()) if value < 128 else value
        for behind in range(EIGHT):
            zeros = bytes(behind)
            hashed = crc32(bytes([value]) + zeros) ^ crc32(b"\0" + zeros)
            AHEAD[EIGHT - 1 - behind][value] = hashed
    for size in range(MOST_BYTES + 1):
        ENDS[size] = crc32(bytes(size))
    for size in range(EIGHT):
        LAST[size] = (1 << 64) - (1 << 8 * (EIGHT - size) % 64)


_make_tables()


def fingerprints(texts):
    """Return the smallest and the largest hash of each text, a row each; 0 for too few words."""
    found = np.zeros((len(texts), 2), np.uint32)
    cdef uint32_t[:, ::1] rows = found
    cdef Py_ssize_t place = 0
    cdef bytes raw
    for text in texts[: len(found)]:
        if text:
            raw = text[:MOST_LETTERS].encode("utf-8", "replace")[:MOST_BYTES]
            _fill(raw, <int>len(raw), &rows[place, 0])
        place += 1
    return found


cdef void _fill(const uint8_t *raw, int size, uint32_t *found) noexcept nogil:
    """Write both hashes of a text that has `size` bytes, at most MOST_BYTES."""
    cdef uint8_t letters[EIGHT + MOST_BYTES + 2]
    cdef int begins[MAX_WORDS + 2]  # of each word: where the space before it stands
    cdef int words = 0, within = 0, end = EIGHT, place, is_letter, begun
    cdef uint32_t low = 0xFFFFFFFF, high = 0, hashed
    memset(letters, 0, EIGHT)
    # What does not count is written, too, and written over: no letter decides where it goes on.
    for place in range(size):
        is_letter = IS_LETTER[raw[place]]
        begun = is_letter & ~within
        letters[end] = SPACE
        begins[words] = end
        words += begun
        end += begun
        letters[end] = LETTER[raw[place]]
        end += is_letter
        within = is_letter | within & IS_DIGIT[raw[place]]
        if words > MAX_WORDS:
            break
    if words <= MAX_WORDS:
        begins[words] = end
    else:
        words = MAX_WORDS
    if words < MIN_WORDS:
        return
    for place in range(words - RUN + 1):
        hashed = _crc(letters, begins[place] + 1, begins[place + RUN])
        low = min(low, hashed)
        high = max(high, hashed)
    found[0] = max(low, 1)
    found[1] = max(high, 1)


cdef inline uint32_t _crc(const uint8_t *letters, int first, int end) noexcept nogil:
    """Return the CRC-32 of some letters, one at least; seven bytes more stand before them."""
    cdef int size = end - first, place = end - (size + 7 & ~7)
    cdef uint32_t found = _step(_eight(&letters[place]) & LAST[size & 7])
    place += EIGHT
    while place < end:
        found = _step(_eight(&letters[place]) ^ found)
        place += EIGHT
    return found ^ ENDS[size]


cdef inline uint64_t _eight(const uint8_t *at) noexcept nogil:
    """Return eight bytes as a number, the first one as its lowest."""
    return (
        <uint64_t>at[0]
        | <uint64_t>at[1] << 8
        | <uint64_t>at[2] << 16
        | <uint64_t>at[3] << 24
        | <uint64_t>at[4] << 32
        | <uint64_t>at[5] << 40
        | <uint64_t>at[6] << 48
        | <uint64_t>at[7] << 56
    )


cdef inline uint32_t _step(uint64_t eight) noexcept nogil:
    """Return what eight bytes come to."""
    return (
        AHEAD[0][eight & 0xFF]
        ^ AHEAD[1][eight >> 8 & 0xFF]
        ^ AHEAD[2][eight >> 16 & 0xFF]
        ^ AHEAD[3][eight >> 24 & 0xFF]
        ^ AHEAD[4][eight >> 32 & 0xFF]
        ^ AHEAD[5][eight >> 40 & 0xFF]
        ^ AHEAD[6][eight >> 48 & 0xFF]
        ^ AHEAD[7][eight >> 56]
    )
