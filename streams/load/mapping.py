"""Which column fills which field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.load.errors import LoadError
from streams.load.fields import ID, KEY, TIME, Field, fields_of
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.load.model import Options
    from streams.load.recurring import Recurring
    from streams.load.selected import Condition
    from streams.load.table import Reader


_DIGITS: Final = 9
"""Of the number of a column, at most."""


class Plan(NamedTuple):
    """The mapping, settled: columns by field, and values that are the same for every event.

    Of several columns of a field the first that is filled counts. `left_out` are columns of the
    file that nothing is read from.
    """

    fields: Mapping[str, Field]
    columns: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str]
    recurring: Mapping[str, Recurring]
    left_out: tuple[str, ...]

    def describe(self) -> str:
        """Write the mapping for people: `occurred_at=Date received, product=Product`."""
        parts = [f"{field}={' or '.join(columns)}" for field, columns in self.columns.items()]
        parts += [f"{field}={value!r}" for field, value in self.constants.items()]
        parts += [f"{field} from {price.amount[0]}" for field, price in self.recurring.items()]
        return ", ".join(parts)


def plan(topic: str, reader: Reader, options: Options) -> Plan:
    """Settle the mapping: what is given, else the column named as the field, if there is one.

    Raises:
        LoadError: unknown topic, field or column; a required field that nothing fills.
    """
    fields = fields_of(topic)
    given, constants = options.mapping, options.constants
    for field in (*given, *constants, *options.values):
        if field not in fields:
            raise LoadError(f"{topic} has no field {field!r}; {near(field, fields)}")
    columns: dict[str, tuple[str, ...]] = {}
    for field, column in given.items():
        if field in constants:
            raise LoadError(f"{field} is given by both --map and --set: drop one")
        columns[field] = (_column(reader, f"--map {field}={column}", column),)
    recurring = {name: price for name, price in options.recurring.items() if name not in given}
    settled = {*columns, *constants, *recurring}
    for field in fields:
        if field in settled or (field == TIME and (options.left_then or options.months_before)):
            continue
        there = tuple(c for c in options.choices.get(field, ()) if _reaches(reader.columns, c))
        alike = _namesake(field, reader) if field not in options.choices else None
        if there or alike:
            columns[field] = there or (str(alike),)
    columns = {field: columns[field] for field in fields if field in columns}
    _check_required(topic, fields, {*settled, *columns}, reader, options)
    used = {name for names in columns.values() for name in names}
    used |= {name for price in recurring.values() for name in price.columns()}
    used |= {name for one in options.where for name in one.columns} | {*options.months_before}
    unread = tuple(c for c in reader.columns if not any(_within(c, one) for one in used))
    return Plan(fields, columns, constants, recurring, unread)


def named(reader: Reader, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Give conditions with the names of their columns, where those are paths or numbers.

    Raises:
        LoadError: there is no such column.
    """
    return tuple(
        one._replace(columns=(_column(reader, f"--where {one.columns[0]}=...", one.columns[0]),))
        if len(one.columns) == 1
        else one
        for one in conditions
    )


def _within(column: str, used: str) -> bool:
    return column == used or used.startswith(f"{column}.") or column.startswith(f"{used}.")


def _reaches(columns: Sequence[str], path: str) -> bool:
    """Say whether a path leads into something that is in the file."""
    return path in columns or any(path.startswith(f"{column}.") for column in columns)


def _column(reader: Reader, said: str, column: str) -> str:
    """Give the column that is meant by its name, its path or its number.

    Raises:
        LoadError: there is none, or there are several.
    """
    if column in reader.repeated:
        numbers = reader.repeated[column]
        raise LoadError(
            f"{said}: the file has {len(numbers)} columns named {column!r}: say which by its number"
            f" ({' or '.join(map(str, numbers))})"
        )
    columns = reader.columns if column in reader.columns else reader.complete()
    if column in columns:
        return column
    if column.isdecimal() and len(column) <= _DIGITS and 1 <= int(column) <= len(columns):
        return columns[int(column) - 1]
    head, dot, _ = column.rpartition(".")
    if dot and _reaches(columns, column) and _reaches(columns, head):
        return column
    hint = f"; {reader.hint}" if reader.hint else ""
    raise LoadError(f"{said}: the file has no column {column!r}; {near(column, columns)}{hint}")


def _check_required(
    topic: str, fields: Mapping[str, Field], filled: set[str], reader: Reader, options: Options
) -> None:
    for name, wanted in fields.items():
        if not wanted.required or name in filled or name == ID:
            continue
        if name == TIME and (options.left_then or options.months_before):
            continue
        hint = f"; {reader.hint}" if reader.hint else ""
        raise LoadError(
            f"every event of {topic} needs {name}, and the file has no column of that name:"
            f" say --map {name}=COLUMN (columns: {', '.join(reader.columns)})"
            + ("" if name == KEY else f" or --set {name}=VALUE")
            + hint
        )


def _namesake(field: str, reader: Reader) -> str | None:
    """Find the column named as a field; `Customer ID` is named as `customer_id`.

    Where several have that name none is taken: who means one says which.
    """
    columns = [column for column in reader.columns if column not in reader.repeated]
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
    for text in given:
        field, equals, column = text.partition("=")
        if not equals or not field.strip() or not column:
            raise LoadError(f"{option} {text!r}: write {option} field=column")
        if field.strip() in out:
            raise LoadError(f"{option} gives {field.strip()} twice: drop one")
        out[field.strip()] = column.strip()
    return out


def words(given: Iterable[str]) -> dict[str, dict[str, str]]:
    """Read `FIELD:word=word` options: by field, what is said and what is meant by it.

    Raises:
        LoadError: one is written otherwise.
    """
    out: dict[str, dict[str, str]] = {}
    for text in given:
        field, colon, rest = text.partition(":")
        said, equals, meant = rest.rpartition("=")
        if not colon or not equals or not field.strip() or not said.strip():
            raise LoadError(
                f"--value {text!r}: write --value FIELD:word=word, as severity:urgent=critical"
            )
        out.setdefault(field.strip(), {})[said.strip()] = meant.strip()
    return out
