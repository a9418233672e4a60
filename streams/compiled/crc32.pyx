# cython: boundscheck=False, wraparound=False
"""Checksums of texts, eight bytes at a time: `_crc32s` of `streams.core.sketches.crc32`."""

from libc.stdint cimport uint32_t

import numpy as np

cdef extern from *:
    bint PyUnicode_IS_COMPACT_ASCII(str text)
    const char *PyUnicode_1BYTE_DATA(str text)
    Py_ssize_t PyUnicode_GET_LENGTH(str text)

cdef uint32_t[8][256] TABLES
"""What a byte comes to, when so many others follow it."""


cdef void _fill() noexcept:
    cdef uint32_t byte, bit, value
    cdef int more
    for byte in range(256):
        value = byte
        for bit in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        TABLES[0][byte] = value
    for more in range(1, 8):
        for byte in range(256):
            value = TABLES[more - 1][byte]
            TABLES[more][byte] = value >> 8 ^ TABLES[0][value & 0xFF]


_fill()


def crc32s(texts not None):
    cdef list given = list(texts)
    cdef Py_ssize_t place
    cdef str text
    cdef bytes encoded
    made = np.zeros(len(given), np.uint32)
    cdef uint32_t[::1] sums = made
    for place in range(len(given)):
        text = given[place]
        if text is None:
            continue
        if PyUnicode_IS_COMPACT_ASCII(text):
            sums[place] = checksum(<const unsigned char *>PyUnicode_1BYTE_DATA(text), PyUnicode_GET_LENGTH(text), 0)
        else:
            encoded = text.encode()
            sums[place] = checksum(encoded, len(encoded), 0)
    return made


cdef uint32_t checksum(
    const unsigned char *text, Py_ssize_t size, uint32_t begun
) noexcept nogil:
    """Return what `zlib.crc32` does; `begun` is the checksum of what stands before the text."""
    cdef uint32_t value = ~begun
    cdef Py_ssize_t at = 0
    while size - at >= 8:
        value ^= text[at] | text[at + 1] << 8 | text[at + 2] << 16 | <uint32_t>text[at + 3] << 24
        value = (
            TABLES[7][value & 0xFF] ^ TABLES[6][value >> 8 & 0xFF]
            ^ TABLES[5][value >> 16 & 0xFF] ^ TABLES[4][value >> 24]
            ^ TABLES[3][text[at + 4]] ^ TABLES[2][text[at + 5]]
            ^ TABLES[1][text[at + 6]] ^ TABLES[0][text[at + 7]]
        )
        at += 8
    while at < size:
        value = value >> 8 ^ TABLES[0][(value ^ text[at]) & 0xFF]
        at += 1
    return ~value
