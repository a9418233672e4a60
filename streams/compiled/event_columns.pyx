# cython: boundscheck=False, wraparound=False
"""Columns of events: `_columns_of` of `streams.core.ingest.event_columns`, in one pass.

All of an event is read while it is at hand: its fields, the numbers of its labels, and the coupon
of its customer, which NumPy makes of all names at once in `streams.core.sketches.coupons`.
"""

from types import MemberDescriptorType

from cpython.dict cimport PyDict_GetItemWithError, PyDict_SetItem
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

import numpy as np

cdef extern from *:
    """
    /* What `field.__get__(event)` gives, without a look at what the type of the event has. */
    static inline PyObject *field_of(PyObject *field, PyObject *event) {
        return Py_TYPE(field)->tp_descr_get(field, event, (PyObject *)Py_TYPE(event));
    }
    """
    object field_of(object field, object event)
    bint PyUnicode_IS_COMPACT_ASCII(str text)
    const char *PyUnicode_1BYTE_DATA(str text)
    Py_ssize_t PyUnicode_GET_LENGTH(str text)


def columns_of(list events not None, struct, tuple names not None, list codes not None):
    cdef Py_ssize_t number = len(events), labels = len(codes), place, label
    cdef list fields = [getattr(struct, name) for name in names]
    if not all([type(field) is MemberDescriptorType for field in fields]):  # which checks the type
        raise TypeError("a field of a struct is read")
    if len(fields) not in (labels + 2, labels + 3):
        raise ValueError("a label for each column of numbers")
    cdef bint has_text = len(fields) == labels + 3, written = False
    cdef list event_ids = [], customer_ids = [], texts = []
    made, hashes = np.empty((labels, number), np.int64), np.empty(number, np.uint32)
    cdef int64_t[:, ::1] numbers = made
    cdef uint32_t[::1] coupons = hashes
    cdef PyObject *known
    cdef object event, value
    for place in range(number):
        event = events[place]
        event_ids.append(field_of(fields[0], event))
        value = field_of(fields[1], event)
        customer_ids.append(value)
        coupons[place] = _coupon_of("" if value is None else value)
        for label in range(labels):
            value = field_of(fields[2 + label], event)
            known = PyDict_GetItemWithError(codes[label], value)
            numbers[label, place] = _new(codes[label], value) if known is NULL else <object>known
        if has_text:
            value = field_of(fields[2 + labels], event)
            texts.append(value)
            written = written or bool(value)
    return event_ids, customer_ids, texts if written else None, list(made), hashes


cdef Py_ssize_t _new(numbers, value) except -1:
    """Number a value that has none: `Numbers.__missing__`."""
    cdef list names = numbers.names
    cdef Py_ssize_t number = len(names)
    names.append(value)
    PyDict_SetItem(numbers, value, number)
    return number


cdef uint32_t _coupon_of(str name) except? 0:
    cdef bytes encoded
    if PyUnicode_IS_COMPACT_ASCII(name):
        return _hashed(PyUnicode_1BYTE_DATA(name), PyUnicode_GET_LENGTH(name))
    encoded = name.encode()
    return _hashed(encoded, len(encoded))


cdef uint32_t _hashed(const char *text, Py_ssize_t size) noexcept nogil:
    """MurmurHash3 (x64, 128 bits; Appleby, 2011), and of it the rank and the slot."""
    cdef uint64_t one = 9001, two = 9001
    cdef uint64_t[2] words
    cdef uint32_t rank = 1
    cdef Py_ssize_t at = 0
    while size - at >= 16:
        memcpy(words, text + at, 16)
        one ^= _mixed(words[0], 0x87C37B91114253D5, 31, 0x4CF5AD432745937F)
        one = (_turned(one, 27) + two) * 5 + 0x52DCE729
        two ^= _mixed(words[1], 0x4CF5AD432745937F, 33, 0x87C37B91114253D5)
        two = (_turned(two, 31) + one) * 5 + 0x38495AB5
        at += 16
    words[0] = words[1] = 0
    memcpy(words, text + at, size - at)
    two ^= _mixed(words[1], 0x4CF5AD432745937F, 33, 0x87C37B91114253D5)
    one ^= _mixed(words[0], 0x87C37B91114253D5, 31, 0x4CF5AD432745937F)
    one ^= <uint64_t>size
    two ^= <uint64_t>size
    one += two
    two += one
    one, two = _finished(one), _finished(two)
    one += two
    two += one
    while rank < 63 and not two >> 63:
        two <<= 1
        rank += 1
    return rank << 26 | <uint32_t>(one & 0x3FFFFFF)


cdef inline uint64_t _mixed(uint64_t word, uint64_t first, int turn, uint64_t second) noexcept nogil:
    return _turned(word * first, turn) * second


cdef inline uint64_t _turned(uint64_t word, int turn) noexcept nogil:
    return word << turn | word >> (64 - turn)


cdef inline uint64_t _finished(uint64_t word) noexcept nogil:
    word ^= word >> 33
    word *= <uint64_t>0xFF51AFD7ED558CCD
    word ^= word >> 33
    word *= <uint64_t>0xC4CEB9FE1A85EC53
    return word ^ word >> 33
