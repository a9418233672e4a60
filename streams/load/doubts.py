"""What a column cannot be, though it is said to be: ids that are none, minor units with cents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from streams.load.errors import LoadError
from streams.load.money import has_fraction, number

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
_LOOKED_AT: Final = 200_000
"""Rows whose ids are compared."""
_FEW: Final = 4
"""Rows below which equal ids prove nothing."""


class Ids:
    """Looks at the cells of a column of event ids.

    They are no ids where a spreadsheet rounded them (5.70306E+17), or where most rows share theirs
    with another one.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._distinct: set[int] = set()
        self._rounded: tuple[int, str] | None = None

    def look(self, cells: Sequence[object]) -> None:
        """Look at some more cells."""
        for cell in cells:
            if cell is None or cell == "":
                continue
            if isinstance(cell, (dict, list)):
                continue
            if self._rows >= _LOOKED_AT:
                return
            self._rows += 1
            self._distinct.add(hash(cell))
            if type(cell) is str and "+" in cell and _SCIENTIFIC.fullmatch(cell.strip()):
                count = 0 if self._rounded is None else self._rounded[0]
                self._rounded = count + 1, cell.strip()

    def doubt(self) -> str | None:
        """Say why these are no ids, if they are none."""
        if self._rounded is not None:
            count, example = self._rounded
            return f"{example} and the like stand in {count:,} rows: a spreadsheet rounded them"
        if self._rows >= _FEW and 2 * len(self._distinct) <= self._rows:
            return f"the first {self._rows:,} rows have {len(self._distinct):,} of them"
        return None


def rounded(cells: Sequence[bytes | None]) -> str | None:
    """Give a name of a customer that a spreadsheet rounded, if one is among the first cells."""
    for cell in cells:
        if cell and b"+" in cell and _SCIENTIFIC.fullmatch(text := cell.decode("utf-8", "replace")):
            return text
    return None


class Fractions:
    """Looks at the cells of a column of money that is to be read as minor units."""

    def __init__(self, field: str, column: str) -> None:
        self._field = field
        self._column = column

    def look(self, cells: Sequence[object]) -> None:
        """Look at some more cells.

        Raises:
            LoadError: one of them has a fraction.
        """
        for cell in cells:
            if type(cell) is int or cell is None:
                continue
            if has_fraction(cell):
                value = number(cell)
                raise LoadError(
                    f"column {self._column!r}, which fills {self._field}, has {cell!r}: with a"
                    f" fraction, so hardly in minor units. Say --money major ({cell} is {value} of"
                    " the currency) or --money minor (it is whole cents, and a real fraction is"
                    " refused)"
                )
