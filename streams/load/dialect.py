"""How a file is written, as far as the command line or a preset says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Quoting = Literal["csv", "none"]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the rows of a file are told apart, and its cells.

    `delimiter` None: found by itself. `quoting` none: a quote is a character like any other.
    `skip_lines` stand before the header, or before the first row. `columns` name those of a file
    that has no header. `numbered` is the number of the column of the time, where it is given by
    its number: a file whose first line has a time there has no header. `rows` is the path to the
    list of rows in a file that is one JSON document; None: found by itself.
    """

    delimiter: str | None = None
    encoding: str = "utf-8"
    quoting: Quoting = "csv"
    skip_lines: int = 0
    columns: tuple[str, ...] = ()
    numbered: int | None = None
    rows: str | None = None


PLAIN: Final = Dialect()
