"""Where the elements of a series stand in an array of combinations of labels.

Asked for series after series, a mask over all elements would cost each of them as much as all have;
sorted once by the values of a label, each is found in what it has itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from streams.core.evidence.combinations import Combinations, Place
    from streams.core.evidence.sample import Whole

_SCANS = 3
"""So often an array is looked through before it is sorted."""
_SCANNED = 200
"""An array of fewer elements is looked through always."""
_SHORT_CODES = 1 << 15
"""Smaller codes are sorted as 16-bit numbers."""
_NONE = np.zeros(0, dtype=np.int64)


class Index:
    """Finds the elements of a series among `numbers` of combinations, in the order they have."""

    __slots__ = ("_among", "_asked", "_by", "_numbers")

    def __init__(self, among: Combinations, numbers: Whole) -> None:
        self._among = among
        self._numbers = numbers
        self._asked = 0
        self._by: dict[int, tuple[Whole, Whole]] = {}

    def of(self, place: Place) -> Whole:
        """Return the places of a series' elements, ascending; `place` has one label at least."""
        if self._asked < _SCANS or self._numbers.size < _SCANNED:
            self._asked += 1
            return np.flatnonzero(self._among.within(place, self._numbers))
        (position, value), *others = place
        code = self._among.code(position, value)
        if code is None:
            return _NONE
        order, starts = self._sorted(position)
        if code + 1 >= starts.size:
            return _NONE  # the value came later than all elements
        found = order[starts[code] : starts[code + 1]]
        for position, value in others:
            code = self._among.code(position, value)
            if code is None:
                return _NONE
            found = found[self._among.codes(position, self._numbers[found]) == code]
        return found

    def _sorted(self, position: int) -> tuple[Whole, Whole]:
        """Return the elements in the order of their codes, and where each code begins."""
        known = self._by.get(position)
        if known is None:
            codes = self._among.codes(position, self._numbers)
            if codes.size and codes.max() < _SHORT_CODES:
                order = np.argsort(codes.astype(np.int16), kind="stable")  # a radix sort
            else:
                order = np.argsort(codes, kind="stable")
            starts = np.concatenate(([0], np.cumsum(np.bincount(codes))))
            known = self._by[position] = order, starts
        return known
