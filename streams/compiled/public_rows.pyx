"""Rows of buckets and windows of many series; see `streams.core.aggregate.public_rows`."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.long cimport PyLong_AsLongLongAndOverflow
from libc.string cimport memcpy

from schemas.templates import HEAD, NO_VALUES, counted

cdef enum:
    LONGEST = 20  # letters of a number of 64 bits

cdef bytes head = HEAD, no_values = NO_VALUES
cdef dict NOBODY = {}


cdef inline char* put(char* at, bytes part):
    memcpy(at, PyBytes_AS_STRING(part), PyBytes_GET_SIZE(part))
    return at + PyBytes_GET_SIZE(part)


cdef Py_ssize_t decimal(char* at, long long number) noexcept:
    """Write a number; return how long it is."""
    cdef char[LONGEST] digits
    cdef Py_ssize_t size = 0, sign = number < 0
    cdef unsigned long long left = -<unsigned long long> number if sign else number
    at[0] = c"-"
    while True:
        size += 1
        digits[LONGEST - size] = <char> (c"0" + left % 10)
        left //= 10
        if not left:
            break
    memcpy(at + sign, digits + LONGEST - size, size)
    return sign + size


cdef bytes counts_of(count, customers):
    """Encode what a row without values says of how many."""
    cdef int beyond = 0, above = 0
    cdef long long events = PyLong_AsLongLongAndOverflow(count, &beyond)
    cdef long long people = PyLong_AsLongLongAndOverflow(customers, &above)
    if beyond or above:
        return counted(count, NOBODY, customers)
    cdef char[2 * LONGEST + 64] found
    cdef Py_ssize_t size = decimal(found, events)
    memcpy(found + size, PyBytes_AS_STRING(no_values), PyBytes_GET_SIZE(no_values))
    size += PyBytes_GET_SIZE(no_values)
    size += decimal(found + size, people)
    return PyBytes_FromStringAndSize(found, size)


cdef bytes key_of(bytes named, bytes end):
    cdef bytes found = PyBytes_FromStringAndSize(NULL, 1 + len(named) + len(end))
    cdef char* at = PyBytes_AS_STRING(found)
    at[0] = c"{"
    put(put(at + 1, named), end)
    return found


cdef bytes row_of(bytes named, bytes begin, bytes counts, bytes end):
    cdef Py_ssize_t size = len(head) + len(named) + len(begin) + len(counts) + len(end)
    cdef bytes found = PyBytes_FromStringAndSize(NULL, size)
    put(put(put(put(put(PyBytes_AS_STRING(found), head), named), begin), counts), end)
    return found


def bucket_rows(of_slice, names, counts, customers, statuses):
    """Return the rows of a slice of time, all without values."""
    cdef bytes begin = of_slice.begin, key_end = of_slice.key_end
    cdef dict ends = of_slice.ends
    cdef list keys = [], rows = []
    for named, count, distinct, status in zip(names, counts, customers, statuses, strict=True):
        keys.append(key_of(named, key_end))
        rows.append(row_of(named, begin, counts_of(count, distinct), ends[status]))
    return keys, rows


def window_rows(names, places, counts, customers, list slices):
    """Return rows of windows, all without values."""
    cdef list key_ends = [of_slice.key_end for of_slice, _ in slices]
    cdef list begins = [of_slice.begin for of_slice, _ in slices]
    cdef list ends = [of_slice.ends[status] for of_slice, status in slices]
    cdef list keys = [], rows = []
    cdef bytes said = b""
    cdef object before = None, people = None
    for named, place, count, distinct in zip(names, places, counts, customers, strict=True):
        if count != before or distinct != people:  # windows over one bucket have the same
            before, people, said = count, distinct, counts_of(count, distinct)
        keys.append(key_of(named, key_ends[place]))
        rows.append(row_of(named, begins[place], said, ends[place]))
    return keys, rows
