# cython: boundscheck=False, wraparound=False
"""Complaints as rows of 30 bytes: `_known_rows` of `streams.core.customers.intake.complaint_rows`.

    | month, 2 | checksum, 4 | epoch seconds, 4 | hash, 6 | number of a label, 2 | ...
"""

from hashlib import blake2b

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItemWithError
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.string cimport memcpy

from streams.compiled.crc32 cimport checksum

cdef enum:
    HASH = 6
    LABELS = 16  # where they begin

cdef object BEGUN = blake2b(b"complaints\0", digest_size=HASH)
cdef uint32_t CHECKED = 2
"""With what checksums of complaints begin."""


def known_rows(
    list ids not None,
    const int64_t[:] months not None,
    const int64_t[:] times not None,
    list labels not None,
    dict numbers not None,
):
    cdef Py_ssize_t count = len(ids), wide = LABELS + 2 * len(labels), place
    cdef bytes made, one, own
    cdef unsigned char *row
    if months.shape[0] != count or times.shape[0] != count:
        raise ValueError("columns are not of one length")
    made = PyBytes_FromStringAndSize(NULL, count * wide)
    row = <unsigned char *>PyBytes_AS_STRING(made) + LABELS
    for column in labels:
        if not _write_label(row, wide, count, column, numbers):
            return None
        row += 2
    row = <unsigned char *>PyBytes_AS_STRING(made)
    for place in range(count):
        one = (<str?>ids[place]).encode()
        hashing = BEGUN.copy()
        hashing.update(one)
        own = hashing.digest()
        if PyBytes_GET_SIZE(own) != HASH:
            raise ValueError("a hash is not of its length")
        _put(row, <uint32_t>months[place], 2)
        _put(row + 2, checksum(<const unsigned char *>PyBytes_AS_STRING(one), PyBytes_GET_SIZE(one), CHECKED), 4)
        _put(row + 6, <uint32_t>times[place], 4)
        memcpy(row + 10, PyBytes_AS_STRING(own), HASH)
        row += wide
    return made


cdef bint _write_label(
    unsigned char *row, Py_ssize_t wide, Py_ssize_t count, list names, dict numbers
) except -1:
    """Write the numbers of names, one a row; False where one has none."""
    cdef PyObject *number
    cdef Py_ssize_t place
    if len(names) != count:
        raise ValueError("columns are not of one length")
    for place in range(count):
        number = PyDict_GetItemWithError(numbers, names[place])
        if number is NULL:
            return False
        _put(row, <uint16_t><object>number, 2)
        row += wide
    return True


cdef inline void _put(unsigned char *at, uint32_t value, int size) noexcept:
    """Write a number, its highest byte first."""
    cdef int byte
    for byte in range(size):
        at[byte] = value >> 8 * (size - 1 - byte) & 0xFF
