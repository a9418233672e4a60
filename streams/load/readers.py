"""Find out by its content what a file is, and open it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

from streams.load.delimited import DelimitedReader
from streams.load.dialect import PLAIN
from streams.load.errors import LoadError
from streams.load.jsondocument import JsonDocumentReader
from streams.load.jsonlines import JsonLinesReader
from streams.load.parquet import ParquetReader
from streams.load.table import UNREADABLE, open_binary

if TYPE_CHECKING:
    from pathlib import Path

    from streams.load.dialect import Dialect
    from streams.load.table import Reader

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NOT_OURS = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save the sheet as CSV",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it first (zstd -d)",
    b"BZh": "compressed by bzip2: unpack it first (bunzip2)",
    b"\xfd7zXZ": "compressed by xz: unpack it first (unxz)",
    b"ORC": "an ORC file: turn it into Parquet or CSV",
    b"Obj\x01": "an Avro file: turn it into Parquet or JSON lines",
}


def open_reader(  # noqa: PLR0911 (one for each kind of file)
    file: Path, dialect: Dialect = PLAIN
) -> Reader:
    """Open a CSV, JSON lines, JSON (all gzip too) or Parquet file; its content shows which it is.

    Raises:
        LoadError: the file is missing, empty, or of a kind not read here.
    """
    head, zipped = _head(file)
    for magic, what in _NOT_OURS.items():
        if head.startswith(magic):
            raise LoadError(f"{file} is {what}")
    if head.startswith(_PARQUET):
        if zipped:
            raise LoadError(f"{file} is Parquet inside gzip: unpack it first (gunzip)")
        return ParquetReader(file)
    if head.startswith(_UTF16):
        return DelimitedReader(file, zipped=zipped, dialect=replace(dialect, encoding="utf-16"))
    text = head.removeprefix(_UTF8_MARK).lstrip()
    if not text:
        raise LoadError(f"{file} is empty")
    if text.startswith(b"[") and not dialect.columns and not dialect.skip_lines:
        return JsonDocumentReader(file, zipped=zipped, rows=dialect.rows)
    lines = [line for line in text.splitlines() if not line.isspace()]
    # Most lines, not the first: a broken one at the start must not turn the file into CSV.
    if 2 * sum(line.startswith(b"{") for line in lines) >= len(lines):
        if dialect.rows is not None or _is_alone(file, zipped=zipped):
            return JsonDocumentReader(file, zipped=zipped, rows=dialect.rows)
        return JsonLinesReader(file, zipped=zipped)
    if text.startswith(b"{"):
        return JsonDocumentReader(file, zipped=zipped, rows=dialect.rows)
    return DelimitedReader(file, zipped=zipped, dialect=dialect)


def _is_alone(file: Path, *, zipped: bool) -> bool:
    """Say whether the file is one line, or an object that goes over several."""
    try:
        with open_binary(file, zipped=zipped) as raw:
            first = next((line for line in raw if not line.isspace()), b"")
            more = any(not line.isspace() for line in raw)
    except UNREADABLE as error:
        raise LoadError(f"{file} cannot be read: {error}") from error
    return not more or first.removeprefix(_UTF8_MARK).strip() == b"{"


def _head(file: Path) -> tuple[bytes, bool]:
    if file.is_dir():
        raise LoadError(f"{file} is a directory; name one file in it")
    if not file.exists():
        raise LoadError(f"{file} is not there (looked in {file.absolute().parent})")
    try:
        with file.open("rb") as plain:
            head = plain.read(4096)
        if not head.startswith(_GZIP):
            return head, False
        with gzip.open(file, "rb") as unzipped:
            return unzipped.read(4096), True
    except UNREADABLE as error:
        raise LoadError(f"{file} cannot be read: {error}") from error
