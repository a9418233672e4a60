"""Combinations of labels: which of them belong to a series, and numbers for them."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from streams.core.series_key import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

    from streams.core.evidence.sample import Mask, Whole

T = TypeVar("T")

Labels = tuple[str, ...]
Counts = dict[Labels, int]
Place = tuple[tuple[int, str], ...]
"""Which positions of `Labels` must have which value: the labels of a series."""

FIRST_ROOM: Final = 256
"""Combinations that a column has room for at first; it doubles."""

NOWHERE: Final[Place] = ((0, ""),)
"""The place of a series that the evidence knows nothing of: labels are never empty."""


def within(labels: Labels, place: Place) -> bool:
    """Return whether a combination of labels belongs to a series."""
    for position, value in place:  # noqa: SIM110 - a generator takes three times as long
        if labels[position] != value:
            return False
    return True


def other_of(labels: Sized) -> Labels:
    """Return the combination under which is counted what is beyond a cap."""
    return (OTHER,) * len(labels)


class Combinations:
    """Numbers for combinations of labels, and for the values of each label.

    The numbers depend on what came first: nothing that is published may depend on their order.
    """

    def __init__(self) -> None:
        self._numbers: dict[Labels, int] = {}
        self._values: list[dict[str, int]] = []  # by position: the code of a value, from 1 on
        self._names: list[list[str]] = []  # by position: the values in the order of their codes
        self._codes: list[Whole] = []  # by position: the code of each combination; 0 where none
        self._marks: Whole = np.zeros(FIRST_ROOM, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, several: Iterable[Labels]) -> Whole:
        """Return the numbers of combinations; new ones are given one."""
        known = self._numbers
        return np.array(
            [known[one] if one in known else self._add(one) for one in several], dtype=np.int64
        )

    def marks(self, numbers: Whole) -> Whole:
        """Return hashes of combinations, which unlike the numbers no history changes."""
        return self._marks[numbers]

    def values(self, position: int) -> list[str]:
        """Return the values of a label, in the order of their codes, to read only."""
        return self._names[position] if position < len(self._names) else []

    def code(self, position: int, value: str) -> int | None:
        """Return the code of a label's value, from 1 on; None where it is not known."""
        return self._values[position].get(value) if position < len(self._values) else None

    def codes(self, position: int, numbers: Whole) -> Whole:
        """Return the codes of a label in some combinations, from 1 on; 0 where it has no value."""
        if position >= len(self._codes):
            return np.zeros(numbers.size, dtype=np.int64)
        return self._codes[position][numbers]

    def within(self, place: Place, numbers: Whole) -> Mask:
        """Return a mask of the combinations that belong to a series."""
        mask = np.ones(numbers.size, dtype=np.bool_)
        for position, value in place:
            code = self.code(position, value)
            if code is None:
                return np.zeros(numbers.size, dtype=np.bool_)
            mask &= self._codes[position][numbers] == code
        return mask

    def _add(self, labels: Labels) -> int:
        number = self._numbers[labels] = len(self._numbers)
        while len(self._values) < len(labels):
            self._values.append({})
            self._names.append([])
            self._codes.append(np.zeros(self._marks.size, dtype=np.int64))
        if number == self._marks.size:
            self._marks = _doubled(self._marks)
            self._codes = [_doubled(codes) for codes in self._codes]
        self._marks[number] = int.from_bytes(
            blake2b("\t".join(labels).encode(), digest_size=8).digest(), signed=True
        )
        for names, values, codes, value in zip(
            self._names, self._values, self._codes, labels, strict=False
        ):
            code = codes[number] = values.setdefault(value, len(values) + 1)
            if code > len(names):
                names.append(value)
        return number


def _doubled(column: Whole) -> Whole:
    return np.concatenate((column, np.zeros(column.size, dtype=np.int64)))
