"""CSV and its kin: one header line or none, then a row a record."""

from __future__ import annotations

import codecs
import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from streams.load import header
from streams.load.dialect import PLAIN
from streams.load.errors import LoadError
from streams.load.quotes import CELL_LIMIT, Rows, Shapes
from streams.load.table import UNREADABLE, Chunk, Column, bytes_of, open_binary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from streams.load.dialect import Dialect


_STRAY = (
    "{count:,} quotes are opened and not closed, the first in line {line:,}: they are read as text,"
    " so that they swallow no rows (--quoting none reads all quotes so)"
)


class DelimitedReader:
    """Reads delimited text; cells are text, empty is None.

    A row with fewer cells than there are columns lacks the last ones; one with more is odd, since
    no one can say which of its cells is the extra one, unless all that are too many are empty. A
    blank line is no row.

    Raises:
        LoadError: the encoding or the delimiter cannot be used.
    """

    def __init__(self, file: Path, *, zipped: bool, dialect: Dialect = PLAIN) -> None:
        try:
            "".encode(dialect.encoding)
            name = codecs.lookup(dialect.encoding).name
        except (LookupError, ValueError) as error:  # it is none, or none of texts
            raise LoadError(
                f"there is no encoding {dialect.encoding!r}; try utf-8 or latin-1"
            ) from error
        self._file = file
        self._zipped = zipped
        self._encoding = "utf-8-sig" if name == "utf-8" else name
        self._quoting = dialect.quoting
        # A cell can be longer than the module's own limit; longer than ours means an open quote.
        csv.field_size_limit(CELL_LIMIT)
        with self._open() as text:
            try:
                lines = list(islice(text, header.SAMPLE))
            except UnicodeError as error:
                raise LoadError(f"{file} is no {dialect.encoding}: {error}") from error
            except UNREADABLE as error:
                raise LoadError(f"{file} cannot be read: {error}") from error
        self._header = found = header.find(lines, dialect)
        self.columns = found.columns
        self.repeated = found.repeated
        self.hint = found.hint
        self._delimiter = found.delimiter
        self._shapes = Shapes(len(found.columns), found.delimiter, lines[found.lines :])
        kind = {",": "CSV", "\t": "tab-separated"}.get(found.delimiter, "delimited text")
        self.form = kind + (", gzip" if zipped else "") + ("" if found.named else ", no header")
        self.notes: list[str] = []

    def chunks(self, columns: Collection[str]) -> Iterator[Chunk]:
        """Read the file from its start."""
        with self._open() as text:
            number = 0
            for _ in islice(text, self._header.lines):
                pass
            rows = Rows(text, self._delimiter, self._quoting, self._shapes)
            try:
                for block in rows.blocks():
                    batch = block if all(block) else [row for row in block if row]
                    number += len(batch)
                    if batch:
                        yield self._chunk(batch, columns)
            except (*UNREADABLE, UnicodeError) as error:
                raise LoadError(f"{self._file}, after row {number}: {error}") from error
        if rows.stray:
            line = self._header.lines + rows.first_stray
            self.notes = [_STRAY.format(count=rows.stray, line=line)]

    def complete(self) -> tuple[str, ...]:
        """Give the columns; there are no others further on."""
        return self.columns

    def _chunk(self, batch: list[list[str]], columns: Collection[str]) -> Chunk:
        width = len(self.columns)
        odd: dict[int, bytes] = {}
        if set(map(len, batch)) != {width}:
            for place, row in enumerate(batch):
                if len(row) == width:
                    continue
                if len(row) > width:
                    if any(cell.strip() for cell in row[width:]):
                        odd[place] = _encode(row)
                        batch[place] = [""] * width
                    else:
                        batch[place] = row[:width]
                else:
                    batch[place] = row + [""] * (width - len(row))
        by_name = dict(zip(self.columns, zip(*batch, strict=True), strict=True))
        nothing = (None,) * len(batch)
        return Chunk(
            len(batch), {name: Column(by_name.get(name, nothing)) for name in columns}, odd
        )

    def _open(self) -> io.TextIOWrapper:
        raw = open_binary(self._file, zipped=self._zipped)
        # A byte that is not of the encoding costs its row, not the load.
        errors = "strict" if self._encoding.startswith("utf-16") else "surrogateescape"
        return io.TextIOWrapper(raw, self._encoding, errors=errors, newline="")


def _encode(row: list[str]) -> bytes:
    try:
        return msgspec.json.encode(row)
    except UnicodeEncodeError:
        return bytes_of(",".join(row))
