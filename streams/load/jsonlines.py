"""JSON lines: an object a line."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from schemas import grammar
from streams.load import paths
from streams.load.errors import LoadError
from streams.load.table import CHUNK, UNREADABLE, Chunk, open_binary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_SAMPLE = 1000
_MARK = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder().decode
_NONE: dict[str, object] = {}


class JsonLinesReader:
    """Reads an object a line; a line that is none is odd. `a.b` is the field b of the object a.

    `columns` are those of the first thousand lines, and after the file was read once those that
    turned up later, too. `complete` reads on to find those that stand further in.
    """

    hint = ""

    def __init__(self, file: Path, *, zipped: bool) -> None:
        self._file = file
        self._zipped = zipped
        self.form = "JSON lines" + (", gzip" if zipped else "")
        self.repeated: dict[str, list[int]] = {}
        self.notes: list[str] = []
        self._names: dict[str, None] = {}
        self._heads: set[str] = set()
        self._known = False
        for line in islice(self._lines(), _SAMPLE):
            self._note(_object(line))

    @property
    def columns(self) -> tuple[str, ...]:
        """The paths that were found so far."""
        return tuple(self._names)

    def complete(self) -> tuple[str, ...]:
        """Give the paths of all rows."""
        for line in self._lines():
            self._note(_object(line))
        return self.columns

    def chunks(self, columns: Collection[str]) -> Iterator[Chunk]:
        """Read the file from its start."""
        lines = self._lines()
        heads, known = self._heads, self._known
        while batch := list(islice(lines, CHUNK)):
            rows: list[dict[str, Any]] = []
            odd: dict[int, bytes] = {}
            for place, line in enumerate(batch):
                row = _object(line)
                if row is None:
                    odd[place] = line.rstrip(b"\r\n")
                    row = _NONE
                elif not known and not heads.issuperset(row):
                    self._note(row)
                rows.append(row)
            yield Chunk(len(rows), {name: paths.column(rows, name) for name in columns}, odd)
        self._known = True

    def _note(self, row: dict[str, Any] | None) -> None:
        """Remember what stands in a row."""
        if row is not None:
            self._heads.update(row)
            self._names.update(dict.fromkeys(paths.names(row)))

    def _lines(self) -> Iterator[bytes]:
        number = 0
        try:
            with open_binary(self._file, zipped=self._zipped) as raw:
                for line in raw:
                    number += 1
                    if number == 1:
                        line = line.removeprefix(_MARK)  # noqa: PLW2901 (the same line, less its mark)
                    if not line.isspace():
                        yield line
        except UNREADABLE as error:
            raise LoadError(f"{self._file}, after line {number}: {error}") from error


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        row = _decode(grammar.check(line))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return row if isinstance(row, dict) else None
