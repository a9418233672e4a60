"""JSON lines: an object a line."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from streams.load.errors import LoadError
from streams.load.table import CHUNK, Chunk, Column, open_binary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_SAMPLE = 1000
_MARK = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder().decode
_NONE: dict[str, object] = {}


class JsonLinesReader:
    """Reads an object a line; a line that is none is odd. `a.b` is the field b of the object a.

    `columns` are those of the first thousand lines: a key may well turn up later only.
    """

    def __init__(self, file: Path, *, zipped: bool) -> None:
        self._file = file
        self._zipped = zipped
        self.form = "JSON lines" + (", gzip" if zipped else "")
        names: dict[str, None] = {}
        for line in islice(self._lines(), _SAMPLE):
            row = _object(line)
            if row is not None:
                names.update(dict.fromkeys(_names(row)))
        self.columns = tuple(names)

    def chunks(self, columns: Collection[str]) -> Iterator[Chunk]:
        """Read the file from its start."""
        lines = self._lines()
        while batch := list(islice(lines, CHUNK)):
            rows: list[dict[str, Any]] = []
            odd: dict[int, bytes] = {}
            for place, line in enumerate(batch):
                row = _object(line)
                if row is None:
                    odd[place] = line.rstrip(b"\r\n")
                    row = _NONE
                rows.append(row)
            yield Chunk(len(rows), {name: _column(rows, name) for name in columns}, odd)

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
        except (OSError, EOFError) as error:
            raise LoadError(f"{self._file}, after line {number}: {error}") from error


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        row = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _names(row: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in row.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{name}.")


def _column(rows: list[dict[str, Any]], name: str) -> Column:
    head, dot, rest = name.partition(".")
    if not dot:
        return Column([row.get(name) for row in rows])
    return Column([row[name] if name in row else _inside(row.get(head), rest) for row in rows])


def _inside(value: object, path: str) -> object:
    head, dot, rest = path.partition(".")
    if not isinstance(value, dict):
        return None
    return _inside(value.get(head), rest) if dot else value.get(head)
