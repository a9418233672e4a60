# cython: boundscheck=False, wraparound=False
"""Rows as records of a batch, and by their partitions; see `streams.transport.state.records`."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from libc.stdint cimport uint32_t
from libc.string cimport memcpy

from streams.compiled.crc32 cimport checksum


cdef inline Py_ssize_t zigzag(Py_ssize_t number) noexcept:
    return number << 1 if number >= 0 else -1 - (number << 1)


cdef inline Py_ssize_t size_of(Py_ssize_t number) noexcept:
    """Return how many bytes a varint takes."""
    cdef Py_ssize_t left = zigzag(number) >> 7, found = 1
    while left:
        left >>= 7
        found += 1
    return found


cdef inline char* put(char* at, Py_ssize_t number) noexcept:
    """Write a varint; return where the next byte goes."""
    cdef Py_ssize_t left = zigzag(number)
    while left >> 7:
        at[0] = <char> (left & 0x7F | 0x80)
        left >>= 7
        at += 1
    at[0] = <char> left
    return at + 1


cdef inline char* put_field(char* at, object field, Py_ssize_t length) noexcept:
    """Write a key or a value behind its length, which is -1 of None."""
    at = put(at, length)
    if length > 0:
        memcpy(at, PyBytes_AS_STRING(field), length)
        at += length
    return at


cdef inline Py_ssize_t length_of(object field) except -2:
    if field is None:
        return -1
    if not PyBytes_CheckExact(field):
        raise TypeError(f"{type(field)} is not bytes")
    return PyBytes_GET_SIZE(field)


cdef inline Py_ssize_t size_of_body(Py_ssize_t offset, Py_ssize_t key, Py_ssize_t value) noexcept:
    """Return the bytes of a record behind its own length, given those of key and value."""
    return 3 + size_of(offset) + size_of(key) + size_of(value) + max(key, 0) + max(value, 0)


def fill(
    builder,
    keys,
    values,
    Py_ssize_t begin,
    Py_ssize_t offset,
    timestamp,
):
    """Add rows from the place `begin` on to a batch, as many as fit."""
    cdef list own_keys = list(keys), own_values = list(values)
    cdef bytearray buffer = builder._buffer
    cdef Py_ssize_t before = PyByteArray_GET_SIZE(buffer), end = begin, number = offset
    cdef Py_ssize_t room = builder._batch_size - before, total = 0, largest = begin, most = 0
    cdef Py_ssize_t place, key, value, size
    if len(own_keys) != len(own_values) or begin < 0 or offset < 0:
        raise ValueError("as many values as keys are needed")
    for end in range(begin, len(own_keys)):
        key, value = length_of(own_keys[end]), length_of(own_values[end])
        size = size_of_body(number, key, value)
        size += size_of(size)
        if total + size > room and number:
            break
        if size > most:
            largest, most = end, size
        total += size
        number += 1
    end = begin + number - offset
    if end == begin:
        return begin, begin, 0
    PyByteArray_Resize(buffer, before + total)
    cdef char* at = PyByteArray_AS_STRING(buffer) + before
    for place in range(begin, end):
        key, value = length_of(own_keys[place]), length_of(own_values[place])
        at = put(at, size_of_body(offset + place - begin, key, value))
        at[0] = at[1] = 0
        at = put(at + 2, offset + place - begin)
        at = put_field(at, own_keys[place], key)
        at = put_field(at, own_values[place], value)
        at[0] = 0
        at += 1
    if builder._first_timestamp is None:
        builder._first_timestamp = builder._max_timestamp = timestamp
    builder._num_records = number
    builder._last_offset = number - 1
    return end, largest, most


def parted(keys, values, Py_ssize_t partitions):
    """Part rows by the partitions that their keys belong to."""
    cdef list own_keys = list(keys), own_values = list(values)
    cdef list some_keys = [[] for _ in range(partitions)]
    cdef list some_values = [[] for _ in range(partitions)]
    cdef Py_ssize_t place, size
    cdef uint32_t number
    if len(own_keys) != len(own_values) or partitions < 1:
        raise ValueError("as many values as keys are needed, and a partition")
    for place in range(len(own_keys)):
        key = own_keys[place]
        size = max(length_of(key), 0)
        number = checksum(<const unsigned char *> PyBytes_AS_STRING(key) if size else NULL, size, 0)
        number %= <uint32_t> partitions
        (<list> some_keys[number]).append(key)
        (<list> some_values[number]).append(own_values[place])
    return list(zip(some_keys, some_values))
