"""Numbers in place of the values of labels: 0, 1, 2 ... in the order in which values came.

They are good until they are forgotten, and written down nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.distinct_rows import compact
from streams.core.series_key import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from streams.core.catalogue import Aliases, Labels

    Codes = NDArray[np.int64]

MAX_CODES: Final = 1 << 16
"""Values of a label that may have numbers before all are forgotten, some 200 bytes each."""


class Numbers(dict[str | None, int]):
    """The numbers of the values of one label, and by number the value.

    No value is a value, too. Spellings that stand for another value have the number of that.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str | None] = []

    def __missing__(self, value: str | None) -> int:
        self.names.append(value)
        self[value] = code = len(self.names) - 1
        return code


class LabelCodes:
    """The numbers of the values of all labels of a source topic.

    Args:
        labels: their names.
        aliases: by label, spellings that stand for another value.

    Attributes:
        labels: their names.
        numbers: those of the values of each label.
    """

    def __init__(self, labels: Sequence[str], aliases: Aliases) -> None:
        self.labels = tuple(labels)
        self._aliases = [aliases.get(label, {}) for label in labels]
        self.numbers: list[Numbers] = []
        self.forget()

    def row(self, labels: Labels) -> list[int]:
        """Return the numbers of the values of one event."""
        return [codes[label] for codes, label in zip(self.numbers, labels, strict=True)]

    def names(self, place: int, codes: list[int]) -> list[str | None]:
        """Return the values of numbers of the label at `place`."""
        return list(map(self.numbers[place].names.__getitem__, codes))

    def compact(self, columns: Sequence[Codes]) -> tuple[list[list[str | None]], list[Codes]]:
        """Return the values that occur in columns of numbers, and columns of their places there."""
        values: list[list[str | None]] = []
        places: list[Codes] = []
        for codes, column in zip(self.numbers, columns, strict=True):
            present, which = compact(column)
            values.append(list(map(codes.names.__getitem__, present.tolist())))
            places.append(which)
        return values, places

    def coded(
        self, values: Sequence[Sequence[str | None]], columns: Sequence[Codes]
    ) -> list[Codes]:
        """Return the numbers of values, given the places that `compact` gave them."""
        return [
            np.array([codes[value] for value in own], np.int64)[column]
            for codes, own, column in zip(self.numbers, values, columns, strict=True)
        ]

    def shown(self, place: int, codes: list[int]) -> list[str]:
        """Return the values of numbers of the label at `place`, none as `unknown`."""
        names = self.numbers[place].names
        return [names[code] or UNKNOWN for code in codes]

    def overgrown(self) -> bool:
        """Tell whether there are so many that they should be forgotten."""
        return any(len(codes.names) > MAX_CODES for codes in self.numbers)

    def forget(self) -> None:
        """Begin with 0 again."""
        self.numbers = []
        for aliases in self._aliases:
            codes = Numbers()
            for spelling, meant in aliases.items():
                dict.__setitem__(codes, spelling, codes[meant])
            self.numbers.append(codes)
