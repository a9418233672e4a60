"""Which column fills which field, and how a cell becomes a piece of JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from streams.load.cells import text, values_of
from streams.load.errors import LoadError
from streams.load.fields import ID, KEY, TIME, Field, fields_of
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.load.table import Column, Reader
    from streams.load.times import TimeParser

_MEMO = 50_000
_encode = msgspec.json.encode


class Plan(NamedTuple):
    """The mapping, settled: column by field, and values that are the same for every event."""

    fields: Mapping[str, Field]
    columns: Mapping[str, str]
    constants: Mapping[str, str]


def plan(
    topic: str, reader: Reader, given: Mapping[str, str], constants: Mapping[str, str]
) -> Plan:
    """Settle the mapping: what is `given`, else the column named as the field, if there is one.

    Raises:
        LoadError: unknown topic, field or column; a required field that nothing fills.
    """
    fields = fields_of(topic)
    for field in (*given, *constants):
        if field not in fields:
            raise LoadError(f"{topic} has no field {field!r}; {near(field, fields)}")
    for field, column in given.items():
        if column not in reader.columns:
            raise LoadError(
                f"--map {field}={column}: the file has no column {column!r}; "
                + near(column, reader.columns)
            )
        if field in constants:
            raise LoadError(f"{field} is given by both --map and --set: drop one")
    columns = {
        field: filler
        for field in fields
        if (filler := given.get(field) or _namesake(field, reader.columns))
        and field not in constants
    }
    for name, wanted in fields.items():
        if wanted.required and name not in columns and name not in constants and name != ID:
            raise LoadError(
                f"every event of {topic} needs {name}, and the file has no column of that name:"
                f" say --map {name}=COLUMN (columns: {', '.join(reader.columns)})"
                + ("" if name in {TIME, KEY} else f" or --set {name}=VALUE")
            )
    return Plan(fields, columns, constants)


def _namesake(field: str, columns: Sequence[str]) -> str | None:
    """Find the column named as a field; `Customer ID` is named as `customer_id`."""
    if field in columns:
        return field
    alike = [c for c in columns if re.sub(r"[\s-]+", "_", c.strip()).lower() == field]
    return alike[0] if len(alike) == 1 else None


def pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """Read `field=column` options.

    Raises:
        LoadError: one has no `=`, or a field comes twice.
    """
    out: dict[str, str] = {}
    for one in given:
        field, equals, column = one.partition("=")
        if not equals or not field.strip() or not column:
            raise LoadError(f"{option} {one!r}: write {option} field=column")
        if field.strip() in out:
            raise LoadError(f"{option} gives {field.strip()} twice: drop one")
        out[field.strip()] = column.strip()
    return out


class Pieces:
    """Turns the cells of one column into pieces of JSON, `,"field":value`, or nothing if empty.

    A cell that is not what the contract asks for stays as it is: the contract refuses it later,
    with a reason, and its text is not lost. `times` reads the times among them; None: they stay.
    """

    def __init__(self, field: Field, times: TimeParser | None) -> None:
        self._head = f',"{field.name}":'.encode()
        self._value = values_of(field.kind, times)
        self._words = {word.lower(): word for word in field.words}
        self._memo: dict[object, bytes] = {None: b""}

    def of(self, column: Column) -> Sequence[bytes]:
        """Give the piece of each row of a column."""
        pieces = self._each(column.values)
        return pieces if column.codes is None else [pieces[code] for code in column.codes]

    def _each(self, cells: Iterable[object]) -> list[bytes]:
        memo = self._memo
        pieces = []
        for cell in cells:
            # By type too: True, 1 and 1.0 are one key of a dict.
            name = cell if type(cell) is str else (type(cell), cell)
            try:
                pieces.append(memo[name])
            except KeyError:
                piece = self.one(cell)
                if len(memo) < _MEMO:
                    memo[name] = piece
                pieces.append(piece)
            except TypeError:  # a list or an object
                pieces.append(self.one(cell))
        return pieces

    def one(self, cell: object) -> bytes:
        """Give the piece of one cell."""
        cell = _tidy(cell)
        if cell is None:
            return b""
        if isinstance(cell, str):
            cell = self._words.get(cell.lower(), cell)
        return self._head + _json(self._value(cell))


def texts(column: Column) -> Sequence[bytes | None]:
    """Give each cell of a column of names (customers, events) as bytes; None where it is empty."""
    names = [_name(cell) for cell in column.values]
    return names if column.codes is None else [names[code] for code in column.codes]


def _name(cell: object) -> bytes | None:
    value = text(_tidy(cell))
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else None


def _tidy(cell: object) -> object:
    """Cut spaces off, and give None for an empty cell."""
    if isinstance(cell, bytes):
        cell = cell.decode("utf-8", "surrogateescape")
    if isinstance(cell, str):
        return cell.strip() or None
    # Not a number: how many tools write a gap in a column of numbers.
    return None if isinstance(cell, float) and cell != cell else cell  # noqa: PLR0124


def _json(value: object) -> bytes:
    try:
        return _encode(value)
    except UnicodeEncodeError:
        # Bytes that are no text stay what they are; the contract refuses them as not_utf8.
        escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'.encode("utf-8", "surrogateescape")
    except (TypeError, ValueError, OverflowError):
        return _encode(str(value))
