# cython: boundscheck=False, wraparound=False
"""Which payloads need no look at each before they are decoded: `are_plain` of `schemas.wire`.

Their letters are read once, where they are: nothing is joined for it, or copied.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE

from schemas.grammar import MAX_DEPTH, SHORT

cdef Py_ssize_t most_brackets = MAX_DEPTH, short = SHORT

cdef enum:
    PIECE = 255  # bytes that may be counted in one: so a compiler counts several at once


cdef inline Py_ssize_t look(const unsigned char *at, Py_ssize_t size, bint *ascii) noexcept:
    """Return how many brackets open; `ascii` becomes false where a letter is none of ASCII."""
    cdef Py_ssize_t brackets = 0, place, length
    cdef unsigned char every = 0, opened
    while size > 0:
        length = PIECE if size > PIECE else size
        opened = 0
        for place in range(length):
            every |= at[place]
            opened += (at[place] | 0x20) == b"{"  # or [
        brackets += opened
        at += length
        size -= length
    if every & 0x80:
        ascii[0] = False
    return brackets


def are_plain(payloads):
    cdef list given = list(payloads)
    cdef Py_ssize_t brackets = 0, longest = 0, size
    cdef bint objects = True, ascii
    cdef const unsigned char *letters
    if None in given:
        return False
    for payload in given:
        if not PyBytes_CheckExact(payload):
            raise TypeError(f"{type(payload)} is not bytes")
        size = PyBytes_GET_SIZE(payload)
        letters = <const unsigned char *> PyBytes_AS_STRING(payload)
        longest = max(longest, size)
        objects = objects and size > 0 and letters[0] == b"{"
        ascii = True
        brackets += look(letters, size, &ascii)
        if not ascii:
            try:
                (<bytes> payload).decode()
            except UnicodeDecodeError:
                return False
    return longest <= short or (objects and brackets < len(given) + most_brackets)
