"""A file that is one JSON document: a list of objects, or an object with such a list in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from streams.load.errors import LoadError
from streams.load.jsonlines import JsonLinesReader
from streams.load.table import UNREADABLE, open_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MARK: Final = b"\xef\xbb\xbf"
_DEPTH: Final = 4
_raw = msgspec.json.Decoder(msgspec.Raw).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class JsonDocumentReader(JsonLinesReader):
    """Reads a document whole: each object of its list is a row, as a line would be.

    The list is the one at the path `rows`, or else the only one nearest to the top. An object in
    which no list of objects stands is a row itself, and so are several objects one after another.

    Raises:
        LoadError: it is no JSON, or there is no list at that path, or there are several to choose
            from.
    """

    def __init__(self, file: Path, *, zipped: bool, rows: str | None) -> None:
        try:
            with open_binary(file, zipped=zipped) as raw:
                text = raw.read().removeprefix(_MARK)
        except UNREADABLE as error:
            raise LoadError(f"{file} cannot be read: {error}") from error
        try:
            path, self._rows = _rows(file, text, rows)
        except UnicodeDecodeError as error:
            raise LoadError(f"{file} has names that are no UTF-8: {error}") from error
        super().__init__(file, zipped=zipped)
        if path or b"\n" in text.strip() or text.lstrip().startswith(b"["):
            self.form = "JSON" + (", gzip" if zipped else "")
        if path:
            self.form += f", the rows are {path}"

    def _lines(self) -> Iterator[bytes]:
        return map(bytes, self._rows)


def _rows(file: Path, text: bytes, wanted: str | None) -> tuple[str, list[Any]]:
    """Find the rows in a document, and the path at which they stand."""
    try:
        whole = _raw(text)
    except RecursionError as error:
        raise LoadError(
            f"{file} nests too deep to be read: write an object a line, and the row that does costs"
            " only itself"
        ) from error
    except msgspec.DecodeError as error:
        return "", _several(file, text, error)
    if text.lstrip().startswith(b"["):
        if wanted is None:
            return "", _list(whole)
        raise LoadError(f"--rows {wanted}: {file} is a list itself; leave --rows out")
    if wanted is not None:
        return wanted, _at(file, whole, wanted)
    level: list[tuple[str, msgspec.Raw]] = [("", whole)]
    for _ in range(_DEPTH):
        inner = [
            (f"{path}.{name}" if path else name, value)
            for path, each in level
            for name, value in _members(each).items()
        ]
        lists = [(path, value) for path, value in inner if _of_objects(value)]
        if len(lists) == 1:
            return lists[0][0], _list(lists[0][1])
        if lists:
            raise LoadError(
                f"{file} has more than one list of objects: say which are the rows by --rows"
                f" {' or --rows '.join(path for path, _ in lists)}"
            )
        level = [(path, value) for path, value in inner if bytes(value).startswith(b"{")]
    return "", [whole]


def _of_objects(value: msgspec.Raw) -> bool:
    text = bytes(value)
    return text.startswith(b"[") and text[1:65].lstrip().startswith(b"{")


def _at(file: Path, whole: msgspec.Raw, path: str) -> list[Any]:
    value = whole
    for name in path.split("."):
        members = _members(value) if bytes(value).startswith(b"{") else {}
        if name not in members:
            there = ", ".join(members) or "nothing"
            raise LoadError(f"--rows {path}: {file} has no {name!r} there; there is: {there}")
        value = members[name]
    if not bytes(value).startswith(b"["):
        raise LoadError(f"--rows {path}: what stands there in {file} is no list")
    return _list(value)


def _several(file: Path, text: bytes, error: Exception) -> list[bytes]:
    """Read objects that stand one after another, each over several lines."""
    decoder = json.JSONDecoder()
    found: list[bytes] = []
    try:
        rest = text.decode()
        at = 0
        while at < len(rest):
            if rest[at].isspace():
                at += 1
                continue
            begin = at
            value, at = decoder.raw_decode(rest, begin)
            if not isinstance(value, dict):
                raise LoadError(f"{file} is no JSON that can be read: {error}") from error
            try:
                found.append(msgspec.json.encode(value))
            except (OverflowError, UnicodeEncodeError):  # the contract says what is wrong with it
                found.append(rest[begin:at].encode())
    except (ValueError, RecursionError, TypeError) as broken:
        raise LoadError(
            f"{file} is no JSON that can be read: {broken}; a list of objects, an object with such"
            " a list in it, or an object a line is needed"
        ) from broken
    return found
