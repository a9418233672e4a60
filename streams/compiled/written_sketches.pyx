# cython: boundscheck=False, wraparound=False
"""Sketches as bytes: the functions of `streams.core.sketches.datasketches_format` that write them."""

from struct import Struct

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

import numpy as np

cdef enum:
    REGISTERS = 4096
    HALF = 2048
    RANK_SHIFT = 26
    EXACT = 32
    EXCEPTION = 15
    MAX_LIST = 7

cdef object HEAD = Struct("<8BdddII")
cdef bytes NO_REGISTERS = bytes(HALF)
cdef double[256] POWERS
cdef int _rank
for _rank in range(256):
    POWERS[_rank] = 2.0 ** -_rank


def write_coupons(const uint32_t[::1] coupons not None, const int64_t[::1] sizes not None):
    cdef Py_ssize_t place, at = 0, size, head
    cdef char *text
    cdef uint32_t number
    cdef bytes data
    cdef list written = []
    for place in range(sizes.shape[0]):
        size = sizes[place]
        if not 0 <= size <= coupons.shape[0] - at:
            raise ValueError("coupons for each size")
        if not size:
            written.append(None)
            continue
        head = 8 if size <= MAX_LIST else 12
        data = PyBytes_FromStringAndSize(NULL, head + size * sizeof(uint32_t))
        text = PyBytes_AS_STRING(data)
        if head == 8:
            memcpy(text, b"\x02\x01\x07\x0c\x03\x08\x00\x00", 8)
            text[6] = <char>size
        else:
            memcpy(text, b"\x03\x01\x07\x0c\x00\x08\x00\x01", 8)
            text[4] = _lg_set(size)
            number = <uint32_t>size
            memcpy(text + 8, &number, sizeof(uint32_t))
        memcpy(text + head, &coupons[at], size * sizeof(uint32_t))
        at += size
        written.append(data)
    if at < coupons.shape[0]:
        raise ValueError("a size for all coupons")
    return written


cdef char _lg_set(Py_ssize_t size) noexcept:
    """Return the size of the table for so many coupons: at most three quarters of it are taken."""
    cdef char lg = 5
    while lg < 9 and 4 * size > 3 << lg:
        lg += 1
    return lg


def write_registers(const uint8_t[:, ::1] rows not None):
    cdef Py_ssize_t row
    if rows.shape[1] != REGISTERS:
        raise ValueError("4,096 registers a row")
    return [_written(rows[row]) for row in range(rows.shape[0])]


def write_head(const uint8_t[::1] registers not None):
    cdef Py_ssize_t place
    cdef uint8_t least = 255, rank
    cdef uint32_t at_least = 0
    cdef double low = 0, high = 0
    if registers.shape[0] != REGISTERS:
        raise ValueError("4,096 registers")
    for place in range(REGISTERS):
        least = min(least, registers[place])
    for place in range(REGISTERS):
        rank = registers[place]
        at_least += rank == least
        if rank < EXACT:
            low += POWERS[rank]
        else:
            high += POWERS[rank]
    return HEAD.pack(10, 1, 7, 12, 0, 24, least, 2, 0.0, low, high, at_least, 0) + NO_REGISTERS


cdef bytes _written(const uint8_t[::1] ranks):
    cdef Py_ssize_t place
    cdef uint8_t least = 255, most = 0, low, high
    cdef uint32_t at_least = 0, exceptions = 0
    cdef double exact = 0, rest = 0
    cdef uint8_t[HALF] halves
    cdef uint32_t[REGISTERS] listed
    for place in range(REGISTERS):
        least, most = min(least, ranks[place]), max(most, ranks[place])
    for place in range(REGISTERS):
        if ranks[place] < EXACT:
            exact += POWERS[ranks[place]]
        at_least += ranks[place] == least
        if ranks[place] - least >= EXCEPTION:
            listed[exceptions] = <uint32_t>place | <uint32_t>ranks[place] << RANK_SHIFT
            exceptions += 1
    for place in range(HALF):
        low, high = ranks[2 * place] - least, ranks[2 * place + 1] - least
        halves[place] = min(low, <uint8_t>EXCEPTION) | min(high, <uint8_t>EXCEPTION) << 4
    if most >= EXACT:  # which is exact in no order but NumPy's
        rest = np.ldexp(1.0, -np.asarray(ranks).astype(np.int32)).sum() - exact
    head = HEAD.pack(10, 1, 7, 12, 0, 24, least, 2, 0.0, exact, rest, at_least, exceptions)
    return head + (<char *>halves)[: HALF] + (<char *>listed)[: exceptions * sizeof(uint32_t)]
