"""Find out by its content what a file is, and open it."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from streams.load.delimited import DelimitedReader
from streams.load.errors import LoadError
from streams.load.jsonlines import JsonLinesReader
from streams.load.parquet import ParquetReader

if TYPE_CHECKING:
    from pathlib import Path

    from streams.load.table import Reader

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_UTF8_MARK = b"\xef\xbb\xbf"
_NOT_OURS = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save the sheet as CSV",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it first (zstd -d)",
    b"BZh": "compressed by bzip2: unpack it first (bunzip2)",
    b"\xfd7zXZ": "compressed by xz: unpack it first (unxz)",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
    b"ORC": "an ORC file: turn it into Parquet or CSV",
    b"Obj\x01": "an Avro file: turn it into Parquet or JSON lines",
}


def open_reader(file: Path, delimiter: str | None = None, encoding: str = "utf-8") -> Reader:
    """Open a CSV, JSON lines (both gzip too) or Parquet file; its content shows which it is.

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
    text = head.removeprefix(_UTF8_MARK).lstrip()
    if not text:
        raise LoadError(f"{file} is empty")
    if text.startswith(b"["):
        raise LoadError(
            f"{file} is one JSON array; an object a line is needed: jq -c '.[]' {file} > lines.json"
        )
    lines = [line for line in text.splitlines() if not line.isspace()]
    # Most lines, not the first: a broken one at the start must not turn the file into CSV.
    if 2 * sum(line.startswith(b"{") for line in lines) >= len(lines):
        return JsonLinesReader(file, zipped=zipped)
    return DelimitedReader(file, zipped=zipped, delimiter=delimiter, encoding=encoding)


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
    except (OSError, EOFError) as error:
        raise LoadError(f"{file} cannot be read: {error}") from error
