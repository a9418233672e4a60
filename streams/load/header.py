"""The first lines of a delimited file: where its rows begin, and what its columns are called."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.load.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.load.dialect import Dialect

SAMPLE: Final = 500
"""Lines that are looked at."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_SEPARATOR: Final = re.compile(r'"?sep=(.|\\t)"?', re.IGNORECASE)
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')
_MANY_DIGITS: Final = 4


class Header(NamedTuple):
    """How a delimited file begins.

    `lines` stand before its first row. `columns` are its names, each once: the second of a name is
    called `name (2)`, one without a name `column 3`. `repeated` are the names that stand more than
    once, with the numbers of their columns. `hint` says what may be wrong with it, or nothing.
    """

    delimiter: str
    lines: int
    columns: tuple[str, ...]
    repeated: dict[str, list[int]]
    named: bool
    hint: str


def find(lines: Sequence[str], dialect: Dialect) -> Header:
    """Find the header in the first lines of a file.

    Raises:
        LoadError: the delimiter is not one character, or all lines are skipped.
    """
    skip = dialect.skip_lines
    if skip and skip >= len(lines):
        raise LoadError(f"--skip-lines {skip}: the file has no more than {len(lines):,} lines")
    delimiter = dialect.delimiter
    if match := _SEPARATOR.fullmatch(lines[skip].strip("\r\n ")) if skip < len(lines) else None:
        delimiter = delimiter or match[1].replace(r"\t", "\t")
        skip += 1
    while skip < len(lines) and not lines[skip].strip():
        skip += 1
    first = lines[skip] if skip < len(lines) else ""
    bare = first if dialect.quoting == "none" else _QUOTED.sub("", first)
    delimiter = delimiter or max(_DELIMITERS, key=bare.count)
    if len(delimiter) != 1:
        raise LoadError(f"--delimiter takes one character, not {delimiter!r}")
    cells, taken = _cells(lines, skip, delimiter, dialect)
    if dialect.columns:
        width = max(len(cells), len(dialect.columns))
        names, repeated = names_of([*dialect.columns, *[""] * (width - len(dialect.columns))])
        return Header(delimiter, skip, names, repeated, named=False, hint="")
    if _is_row(cells, dialect.numbered):
        names = tuple(str(number) for number in range(1, len(cells) + 1))
        return Header(delimiter, skip, names, {}, named=False, hint="")
    names, repeated = names_of(cells)
    hint = _hint(lines, skip, cells, dialect)
    return Header(delimiter, skip + taken, names, repeated, named=True, hint=hint)


def _cells(
    lines: Sequence[str], start: int, delimiter: str, dialect: Dialect
) -> tuple[list[str], int]:
    """Split the line of the header, and say over how many lines it goes."""
    if dialect.quoting == "none":
        return (lines[start].rstrip("\r\n").split(delimiter) if start < len(lines) else []), 1
    reader = csv.reader(lines[start:], delimiter=delimiter)
    try:
        return next(reader, []), max(1, reader.line_num)
    except csv.Error:
        return lines[start].rstrip("\r\n").split(delimiter), 1


def _is_row(cells: Sequence[str], numbered: int | None) -> bool:
    """Say whether the first line is a row: a time stands in the column that is said to have it."""
    if numbered is None or not 1 <= numbered <= len(cells):
        return False
    return sum(map(str.isdigit, cells[numbered - 1])) >= _MANY_DIGITS


def names_of(cells: Sequence[str]) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    """Give the names of columns, each once, and those that stand more than once; see `Header`."""
    stripped = [cell.strip() for cell in cells]
    counts = Counter(name for name in stripped if name)
    repeated: dict[str, list[int]] = {name: [] for name, n in counts.items() if n > 1}
    names: dict[str, None] = {}
    for number, cell in enumerate(stripped, 1):
        if cell in repeated:
            repeated[cell].append(number)
        name = cell or f"column {number}"
        turn = 1
        while name in names:
            turn += 1
            name = f"{cell or f'column {number}'} ({turn})"
        names[name] = None
    return tuple(names), repeated


def _hint(lines: Sequence[str], skip: int, cells: Sequence[str], dialect: Dialect) -> str:
    """Say what may be wrong with a header: it stands further down, or there is none."""
    if sum(sum(map(str.isdigit, cell)) >= _MANY_DIGITS for cell in cells):
        return (
            f"line {skip + 1} is read as the header and looks like a row: where a file has none,"
            " name its columns by --columns, or map them by their numbers"
        )
    for number, line in enumerate(lines[skip + 1 :], skip + 1):
        wider = max(_QUOTED.sub("", line).count(sign) for sign in _DELIMITERS)
        if wider > max(0, len(cells) - 1) and len(cells) <= 2 and dialect.delimiter is None:  # noqa: PLR2004
            return (
                f"line {number + 1} has more cells than line {skip + 1}, which is read as the"
                f" header: where the header stands further down, say --skip-lines {number}"
            )
    return ""
