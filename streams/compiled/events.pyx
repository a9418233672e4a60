# cython: boundscheck=False, wraparound=False, cdivision=True
"""Columns of events: `fields` of `streams.core.event_fields`, and `epoch_seconds` of `occurred`.

A field of a struct of msgspec is a slot at a fixed place of each of its objects. Where all events
are of one class it is read there, without a look at the class for each of them.
"""

from datetime import UTC, datetime
from types import MemberDescriptorType

from cpython.datetime cimport (
    PyDateTime_CheckExact,
    datetime_day,
    datetime_hour,
    datetime_minute,
    datetime_month,
    datetime_second,
    datetime_tzinfo,
    datetime_year,
    import_datetime,
)
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from libc.stdint cimport int64_t

import_datetime()

cdef extern from *:
    """
    #include <structmember.h>
    static Py_ssize_t slot_offset(PyObject *descriptor) {
        PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;
        return member->type == T_OBJECT_EX ? member->offset : -1;
    }
    #define SLOT(object, offset) (*(PyObject **)((char *)(object) + (offset)))
    """
    Py_ssize_t slot_offset(object descriptor)
    PyObject *SLOT(PyObject *object, Py_ssize_t offset)

cdef object EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
cdef object UTC_ZONE = UTC


def fields(list events not None, tuple names not None):
    """Return a list a name: the value of that attribute of each event."""
    of = _class_of(events)
    return [_column(events, of, name) for name in names]


def epoch_seconds(list events not None):
    """Return the seconds in which events occurred."""
    cdef list times = _column(events, _class_of(events), "occurred_at")
    return [_seconds(time) for time in times]


cdef object _class_of(list events):
    """Return the class that all events are of; None where they are of several."""
    cdef Py_ssize_t place
    of = type(events[0]) if events else None
    for place in range(1, len(events)):
        if type(events[place]) is not of:
            return None
    return of


cdef list _column(list events, of, str name):
    cdef Py_ssize_t count = len(events), place, offset = -1
    cdef PyObject *value
    descriptor = getattr(of, name, None)
    if type(descriptor) is MemberDescriptorType:
        offset = slot_offset(descriptor)
    if offset < 0:
        return [getattr(event, name) for event in events]
    found = PyList_New(count)
    for place in range(count):
        event = events[place]
        value = SLOT(<PyObject *>event, offset)
        one = getattr(event, name) if value is NULL else <object>value
        Py_INCREF(one)
        PyList_SET_ITEM(found, place, one)
    return found


cdef object _seconds(time):
    cdef int64_t days
    if not PyDateTime_CheckExact(time) or datetime_tzinfo(time) is not UTC_ZONE:
        gap = time - EPOCH
        return gap.days * 86_400 + gap.seconds
    days = _days(datetime_year(time), datetime_month(time), datetime_day(time))
    return days * 86_400 + (
        datetime_hour(time) * 3_600 + datetime_minute(time) * 60 + datetime_second(time)
    )


cdef int64_t _days(int64_t year, int64_t month, int64_t day) noexcept:
    """Count the days from 1970-01-01 to a date: years begin with March here, and are positive."""
    cdef int64_t march = (month + 9) % 12
    if month <= 2:
        year -= 1
    return (
        365 * year + year // 4 - year // 100 + year // 400
        + (153 * march + 2) // 5 + day - 1 - 719_468
    )
