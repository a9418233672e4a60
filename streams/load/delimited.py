"""CSV and its kin: one header line, then a row a record."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, Final

import msgspec

from streams.load.errors import LoadError
from streams.load.table import CHUNK, Chunk, Column, open_binary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_CELL_LIMIT: Final = 16 * 2**20
_DELIMITERS: Final = (",", ";", "\t", "|")


class DelimitedReader:
    """Reads delimited text; quotes as in CSV, one header line, cells are text, empty is None.

    A row with fewer cells than the header lacks the last ones; a row with more is odd, since no
    one can say which of its cells is the extra one. A blank line is no row.

    Raises:
        LoadError: the header is empty or names a column twice, or the encoding is unknown.
    """

    def __init__(self, file: Path, *, zipped: bool, delimiter: str | None, encoding: str) -> None:
        try:
            name = codecs.lookup(encoding).name
        except LookupError as error:
            raise LoadError(f"there is no encoding {encoding!r}; try utf-8 or latin-1") from error
        self._file = file
        self._zipped = zipped
        self._encoding = "utf-8-sig" if name == "utf-8" else name
        # A cell can be longer than the module's own limit; longer than ours means an open quote.
        csv.field_size_limit(_CELL_LIMIT)
        with self._open() as text:
            first = text.readline()
        self._delimiter = delimiter or max(_DELIMITERS, key=first.count)
        if len(self._delimiter) != 1:
            raise LoadError(f"--delimiter takes one character, not {delimiter!r}")
        with self._open() as text:
            header = next(csv.reader(text, delimiter=self._delimiter), [])
        self.columns = tuple(name.strip() for name in header)
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            raise LoadError(f"{file} has more than one column named {twice[0]!r}: rename one")
        kind = {",": "CSV", "\t": "tab-separated"}.get(self._delimiter, "delimited text")
        self.form = kind + (", gzip" if zipped else "")

    def chunks(self, columns: Collection[str]) -> Iterator[Chunk]:
        """Read the file from its start."""
        with self._open() as text:
            rows = csv.reader(text, delimiter=self._delimiter)
            next(rows, None)
            number = 0
            batch: list[list[str]] = []
            try:
                for row in rows:
                    if not row:
                        continue
                    number += 1
                    batch.append(row)
                    if len(batch) == CHUNK:
                        yield self._chunk(batch, columns)
                        batch = []
            except csv.Error as error:
                raise LoadError(
                    f"{self._file}, row {number + 1}: {error}; is a quote opened and not closed?"
                ) from error
            except (OSError, EOFError) as error:
                raise LoadError(f"{self._file}, after row {number}: {error}") from error
            if batch:
                yield self._chunk(batch, columns)

    def _chunk(self, batch: list[list[str]], columns: Collection[str]) -> Chunk:
        width = len(self.columns)
        odd: dict[int, bytes] = {}
        for place, row in enumerate(batch):
            if len(row) == width:
                continue
            if len(row) > width:
                odd[place] = _encode(row)
                batch[place] = [""] * width
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
        return io.TextIOWrapper(raw, self._encoding, errors="surrogateescape", newline="")


def _encode(row: list[str]) -> bytes:
    try:
        return msgspec.json.encode(row)
    except UnicodeEncodeError:
        return ",".join(row).encode("utf-8", "surrogateescape")
