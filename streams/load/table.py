"""Rows in the form the readers hand on: column by column, some thousands at a time."""

from __future__ import annotations

import gzip
import zlib
from typing import IO, TYPE_CHECKING, Final, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

CHUNK = 8192
"""Rows a chunk."""

UNREADABLE: Final = (OSError, EOFError, zlib.error)
"""What reading a file raises that is out of reach, breaks off, or is damaged inside its gzip."""


class Column(NamedTuple):
    """The cells of one column; None where there is nothing.

    With `codes`, `values` are the distinct cells and a row's cell is `values[code]`.
    """

    values: Sequence[object]
    codes: Sequence[int] | None = None

    def cells(self) -> Sequence[object]:
        """Give the cell of each row."""
        if self.codes is None:
            return self.values
        values = self.values
        return [values[code] for code in self.codes]


class Chunk(NamedTuple):
    """Some rows in file order.

    `odd` holds, by the row's place in the chunk, the bytes of what could not be read as a row; all
    its cells are None. `numbers` are those of the rows in the file, from 1; None: no row before
    was left out.
    """

    rows: int
    columns: Mapping[str, Column]
    odd: Mapping[int, bytes]
    numbers: Sequence[int] | None = None


class Reader(Protocol):
    """A file that can be read as often as it is needed."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the file."""

    @property
    def form(self) -> str:
        """What the file is, in words."""

    @property
    def repeated(self) -> Mapping[str, Sequence[int]]:
        """Names that stand over more than one column, and the numbers of those, from 1."""

    @property
    def hint(self) -> str:
        """What may be wrong with the names of the columns, or nothing."""

    @property
    def notes(self) -> Sequence[str]:
        """What was odd about the file when it was read last, in words."""

    def complete(self) -> tuple[str, ...]:
        """Give the names of all columns, also of those that turn up late."""

    def chunks(self, columns: Collection[str]) -> Iterator[Chunk]:
        """Read the file from its start, these columns only; one not in the file is all None."""


def open_binary(file: Path, *, zipped: bool) -> IO[bytes]:
    """Open a file for reading, through gzip where it is `zipped`."""
    return cast("IO[bytes]", gzip.open(file, "rb")) if zipped else file.open("rb")


def bytes_of(text: str) -> bytes:
    """Give the bytes that a text was read of; halves of surrogate pairs as they are.

    The contract refuses both as no UTF-8.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # some encodings, as UTF-7, have such halves
        return text.encode("utf-8", "surrogatepass")


def first_filled(chunk: Chunk, names: Sequence[str]) -> Sequence[object]:
    """Give for each row the first cell of these columns that says something, or None."""
    cells = chunk.columns[names[0]].cells()
    for name in names[1:]:
        cells = [
            other if cell is None or cell == "" else cell
            for cell, other in zip(cells, chunk.columns[name].cells(), strict=True)
        ]
    return cells


def joined(chunk: Chunk, names: Sequence[str]) -> Column:
    """Give these columns as one, of which a row has the first cell that says something."""
    return chunk.columns[names[0]] if len(names) == 1 else Column(first_filled(chunk, names))
