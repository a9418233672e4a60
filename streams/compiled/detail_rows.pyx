# cython: boundscheck=False, wraparound=False
"""The details of events: `_found` of `streams.core.ingest.detail_rows`, row by row."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_GetItemWithError
from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

import numpy as np


def found(const int32_t[:, ::1] rows not None, dict slot_of not None, held not None, Py_ssize_t most):
    cdef Py_ssize_t number = rows.shape[0], size = rows.shape[1] * sizeof(int32_t), place, room = 0
    cdef int32_t bucket = -1
    cdef PyObject *known
    cdef bytes key
    cdef dict new = {}, left = {}
    cdef list fresh = [], keys = []
    made = np.empty(number, np.int64)
    cdef int64_t[::1] slots = made
    if number and not size:
        raise ValueError("a row begins with its bucket")
    for place in range(number):
        key = PyBytes_FromStringAndSize(<const char *>&rows[place, 0], size)
        known = PyDict_GetItemWithError(slot_of, key)
        if known is NULL:
            known = PyDict_GetItemWithError(new, key)
        if known is not NULL:
            slots[place] = <object>known
            continue
        if rows[place, 0] != bucket:
            left[bucket] = room
            bucket = rows[place, 0]
            room = left[bucket] if bucket in left else most - held[bucket]
        if room > 0:
            room -= 1
            new[key] = slots[place] = -2 - len(fresh)
            fresh.append(place)
            keys.append(key)
        else:
            slots[place] = -1
    return made, np.array(fresh, np.int64), keys
