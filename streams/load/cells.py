"""What a cell becomes for a field of each kind.

A cell that is not what the contract asks for stays as it is: the contract refuses it later, with a
reason, and its text is not lost.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.grammar import check_depth
from streams.load.times import BAD, EPOCH, MICRO, TimeParser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streams.load.fields import Kind

_BOOLS: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
_INT: Final = re.compile(r"[+-]?\d{1,19}")
_list = msgspec.json.Decoder(list[object]).decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def text(cell: object) -> object:
    """Write a number as text, a whole one without a fraction."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # how a column of whole numbers with gaps comes out of many tools
    if cell is None or isinstance(cell, (bool, str, dict, list)):
        return cell
    return str(cell)


def values_of(kind: Kind, times: TimeParser | None) -> Callable[[object], object]:
    """Give the function that makes a value of a cell that is not empty.

    `times` reads the times; None: they stay as they are.
    """
    if kind == "time":
        return lambda cell: _time(cell, times)
    if kind == "object":
        return lambda cell: _object(cell, times)
    return _PLAIN[kind]


def _int(cell: object) -> object:
    if isinstance(cell, str) and _INT.fullmatch(cell):
        return int(cell)
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def _bool(cell: object) -> object:
    if isinstance(cell, str):
        return _BOOLS.get(cell.lower(), cell)
    if isinstance(cell, (int, float)) and cell in (0, 1):
        return bool(cell)
    return cell


def _texts(cell: object) -> object:
    """Read a list: one of JSON, or words with semicolons between them."""
    if isinstance(cell, str):
        if cell.startswith("["):
            try:
                cell = _list(_shallow(cell))
            except (msgspec.MsgspecError, UnicodeEncodeError):
                return cell
        else:
            cell = [word for part in cell.split(";") if (word := part.strip())]
    return [text(item) for item in cell] if isinstance(cell, list) else cell


def _time(cell: object, times: TimeParser | None) -> object:
    if times is None:
        return cell
    (micros,) = times.parse([cell])
    if micros == BAD:
        return cell
    moment = EPOCH + timedelta(seconds=micros // MICRO)
    fraction = micros % MICRO
    return f"{moment:%Y-%m-%dT%H:%M:%S}{f'.{fraction:06d}' if fraction else ''}Z"


def _object(cell: object, times: TimeParser | None) -> object:
    """Read an event inside another: text in JSON as it stands, an object without its gaps."""
    if isinstance(cell, str):
        try:
            payload = _shallow(cell)
            _members(payload)
        except (msgspec.MsgspecError, UnicodeEncodeError):
            return cell
        return msgspec.Raw(payload)
    return _full(cell, times)


def _shallow(cell: str) -> bytes:
    """Give the bytes of JSON that nests no deeper than an event may.

    Raises:
        msgspec.DecodeError, UnicodeEncodeError: it nests deeper, or is no text.
    """
    payload = cell.encode()
    check_depth(payload)
    return payload


def _full(value: object, times: TimeParser | None) -> object:
    """Leave out the members of objects that have nothing, and write times with their offset."""
    if isinstance(value, dict):
        return {name: _full(one, times) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_full(one, times) for one in value]
    return _time(value, times) if isinstance(value, datetime) else value


_PLAIN: Final[Mapping[Kind, Callable[[object], object]]] = {
    "text": text,
    "int": _int,
    "bool": _bool,
    "money": _int,
    "list": _texts,
}
