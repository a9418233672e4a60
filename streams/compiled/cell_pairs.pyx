# cython: boundscheck=False, wraparound=False
"""Pairs of cell and customer: the functions of `streams.core.sketches.cell_pairs`, in one pass each."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

import numpy as np

cdef enum:
    REGISTERS = 4096
    RANK_SHIFT = 26
    MAX_COUPONS = 384
    LOOKED_AT = 8

ctypedef const uint64_t[::1] Pairs
ctypedef const int64_t[::1] Integers


def merged(Pairs pairs not None, Pairs fresh not None, Integers row_of not None, uint8_t[:, ::1] registers not None):
    cdef Py_ssize_t held = pairs.shape[0], more = fresh.shape[0], at = 0, next = 0, size = 0, begin, end
    cdef uint64_t slot, pair
    cdef int64_t row
    cdef bint higher
    cdef set changed = set()
    cdef list outgrown = []
    made = np.empty(held + more, np.uint64)
    cdef uint64_t[::1] both = made
    while next < more:
        slot = fresh[next] >> 32
        if slot >= <uint64_t>row_of.shape[0]:
            raise IndexError("a slot of which no row is known")
        row = row_of[slot]
        if row >= 0:
            _check_row(row, registers)
            higher = False
            while next < more and fresh[next] >> 32 == slot:
                higher |= _raise(&registers[row, 0], <uint32_t>fresh[next])
                next += 1
            if higher:
                changed.add(row)
            continue
        end = _place(pairs, slot << 32, at, held)
        if end > at:
            memcpy(&both[size], &pairs[at], (end - at) * sizeof(uint64_t))
            size, at = size + end - at, end
        begin = size
        while True:
            if at < held and pairs[at] >> 32 == slot:
                if next < more and fresh[next] >> 32 == slot and fresh[next] < pairs[at]:
                    pair, next = fresh[next], next + 1
                else:
                    pair, at = pairs[at], at + 1
            elif next < more and fresh[next] >> 32 == slot:
                pair, next = fresh[next], next + 1
            else:
                break
            if size == begin or both[size - 1] != pair:
                both[size] = pair
                size += 1
        if size - begin > MAX_COUPONS:
            outgrown.append(slot)
    if held > at:
        memcpy(&both[size], &pairs[at], (held - at) * sizeof(uint64_t))
        size += held - at
    return _fitting(made, size), outgrown, changed


def raised(uint8_t[:, ::1] registers not None, Integers rows not None, const uint32_t[::1] coupons not None):
    cdef Py_ssize_t place
    cdef int64_t last = -1
    cdef set changed = set()
    if rows.shape[0] != coupons.shape[0]:
        raise ValueError("a coupon for each row")
    for place in range(rows.shape[0]):
        _check_row(rows[place], registers)
        if _raise(&registers[rows[place], 0], coupons[place]) and rows[place] != last:
            last = rows[place]
            changed.add(last)
    return changed


def ranges(Pairs pairs not None, Integers slots not None):
    cdef Py_ssize_t held = pairs.shape[0], number = slots.shape[0], place, at, end = 0
    cdef int64_t highest = _slot_of_last(pairs), slot
    begins, counts = np.zeros(number, np.int64), np.zeros(number, np.int64)
    cdef int64_t[::1] starts = begins, sizes = counts, start_of, size_of
    if LOOKED_AT * number <= held:
        for place in range(number):
            at = _search(pairs, <uint64_t>slots[place] << 32, 0, held)
            end = _place(pairs, <uint64_t>(slots[place] + 1) << 32, at, held)
            starts[place], sizes[place] = at, end - at
        return begins, counts
    start_of, size_of = np.zeros(highest + 1, np.int64), np.zeros(highest + 1, np.int64)
    while end < held:
        at, slot = end, pairs[end] >> 32
        if slot > highest:
            raise ValueError("pairs are not in order")
        while end < held and <int64_t>(pairs[end] >> 32) == slot:
            end += 1
        start_of[slot], size_of[slot] = at, end - at
    for place in range(number):
        if 0 <= slots[place] <= highest:
            starts[place], sizes[place] = start_of[slots[place]], size_of[slots[place]]
    return begins, counts


def coupons_at(Pairs pairs not None, Integers starts not None, Integers sizes not None):
    cdef Py_ssize_t place, at, size = 0
    if starts.shape[0] != sizes.shape[0]:
        raise ValueError("a size for each start")
    for place in range(starts.shape[0]):
        if not 0 <= starts[place] <= starts[place] + sizes[place] <= pairs.shape[0]:
            raise IndexError("a range beyond the pairs")
        size += sizes[place]
    made = np.empty(size, np.uint32)
    cdef uint32_t[::1] coupons = made
    size = 0
    for place in range(starts.shape[0]):
        for at in range(starts[place], starts[place] + sizes[place]):
            coupons[size] = <uint32_t>pairs[at]
            size += 1
    return made


def without(Pairs pairs not None, Integers slots not None):
    cdef Py_ssize_t place, size = 0
    cdef int64_t highest = _slot_of_last(pairs)
    cdef uint8_t[::1] stays = np.ones(highest + 1, np.uint8)
    for place in range(slots.shape[0]):
        if 0 <= slots[place] <= highest:
            stays[slots[place]] = 0
    made = np.empty(pairs.shape[0], np.uint64)
    cdef uint64_t[::1] others = made
    for place in range(pairs.shape[0]):
        if <int64_t>(pairs[place] >> 32) > highest:
            raise ValueError("pairs are not in order")
        others[size] = pairs[place]
        size += stays[pairs[place] >> 32]
    return _fitting(made, size)


cdef object _fitting(object made, Py_ssize_t size):
    """Return the first of an array, in memory of their own where there are much less than that."""
    return made[:size] if 8 * size >= 7 * made.size else made[:size].copy()


cdef int _check_row(int64_t row, uint8_t[:, ::1] registers) except -1:
    if not 0 <= row < registers.shape[0] or registers.shape[1] != REGISTERS:
        raise IndexError("a row that has no registers")
    return 0


cdef inline bint _raise(uint8_t *registers, uint32_t coupon) noexcept nogil:
    cdef uint8_t rank = coupon >> RANK_SHIFT
    cdef uint32_t slot = coupon & (REGISTERS - 1)
    if registers[slot] >= rank:
        return False
    registers[slot] = rank
    return True


cdef inline int64_t _slot_of_last(Pairs pairs) noexcept nogil:
    return pairs[pairs.shape[0] - 1] >> 32 if pairs.shape[0] else -1


cdef inline Py_ssize_t _place(Pairs pairs, uint64_t least, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """Return the place of the first pair from `first` on that is `least` or more: it is near."""
    cdef Py_ssize_t step = 1
    while first + step <= end and pairs[first + step - 1] < least:
        first, step = first + step, 2 * step
    return _search(pairs, least, first, min(end, first + step - 1))


cdef inline Py_ssize_t _search(Pairs pairs, uint64_t least, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """Return the place of the first pair in [first, end) that is `least` or more, or `end`."""
    cdef Py_ssize_t middle
    while first < end:
        middle = (first + end) // 2
        if pairs[middle] < least:
            first = middle + 1
        else:
            end = middle
    return first
