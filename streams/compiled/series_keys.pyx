# cython: boundscheck=False, wraparound=False
"""Names of series of one breakdown: `_series_keys` of `streams.core.series_key`.

What JSON has to escape, and what is not ASCII, is left to msgspec.
"""

from msgspec.json import encode

cdef extern from *:
    bint PyUnicode_IS_COMPACT_ASCII(str text)
    const unsigned char *PyUnicode_1BYTE_DATA(str text)
    Py_ssize_t PyUnicode_GET_LENGTH(str text)


def series_keys(str metric not None, tuple labels not None, list rows not None):
    cdef Py_ssize_t number = len(labels), place
    cdef list order = sorted(range(number), key=labels.__getitem__), found = []
    cdef list parts = [""] * (2 * number + 1)
    cdef str value
    cdef tuple row
    for place in range(number):
        parts[2 * place] = f"{',' if place else ''}{_written(labels[order[place]])}:"
    parts[0] = f"[{_written(metric)},{{{parts[0]}"
    parts[2 * number] += "}]"
    for row in rows:
        if len(row) != number:
            raise ValueError("a value a label")
        for place in range(number):
            value = row[order[place]]
            parts[2 * place + 1] = _written(value)
        found.append("".join(parts))
    return found


cdef str _written(str text):
    """Return the JSON of a text."""
    cdef Py_ssize_t place
    cdef const unsigned char *letters
    if not PyUnicode_IS_COMPACT_ASCII(text):
        return encode(text).decode()
    letters = PyUnicode_1BYTE_DATA(text)
    for place in range(PyUnicode_GET_LENGTH(text)):
        if letters[place] < b" " or letters[place] > b"~" or letters[place] in b'"\\':
            return encode(text).decode()
    return f'"{text}"'
