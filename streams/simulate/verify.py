"""Reported numbers held against the true ones."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from schemas.grammar import NO_ROW
from streams.simulate.truth.numbers import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


class TableError(ValueError):
    """A file is no table of numbers; the text says why."""


class _Numbers(msgspec.Struct):
    grain: str
    period: str
    group: str
    unit: str
    currency: str
    value: int


class Difference(NamedTuple):
    """One number that is reported otherwise than it is; what is not reported at all is 0."""

    row: Row
    reported: int

    def __str__(self) -> str:
        row = self.row
        unit = f"{row.unit} in {row.currency}" if row.currency else row.unit
        return (
            f"{row.grain} {row.period}, {row.group}: {unit} is {row.value:,}, "
            f"reported {self.reported:,} ({self.reported - row.value:+,})"
        )


class Compared(NamedTuple):
    """What came of a comparison.

    `numbers` of the true ones were compared; `left_out` are the units and grains of which nothing
    at all was reported.
    """

    differences: list[Difference]
    numbers: int
    left_out: list[str]


def compare(
    true: Iterable[Row], reported: Iterable[Row], is_told: Callable[[Row], bool] | None = None
) -> Compared:
    """Hold what is reported against what is true, by period, group, unit and currency.

    A number that does not stand in one of the two is 0 there.

    Args:
        true: the true numbers.
        reported: those that are held against them.
        is_told: says of a true number whether it is one that is reported at all; those that are
            not are not compared, but named. Where it is not given, a unit of a grain of which
            nothing is reported is not.
    """
    got: dict[tuple[str, ...], Row] = {row[:-1]: row for row in reported}
    known = {(row.grain, row.unit) for row in got.values()}
    told = is_told or (lambda row: (row.grain, row.unit) in known)
    differences = []
    left_out = set()
    numbers = 0
    for row in true:
        if not told(row):
            left_out.add(f"{row.unit} by {row.grain}")
            continue
        numbers += 1
        other = got.pop(row[:-1], None)
        if other is None or other.value != row.value:
            differences.append(Difference(row, 0 if other is None else other.value))
    differences += [Difference(row._replace(value=0), row.value) for row in got.values()]
    wrong = [one for one in differences if one.row.value != one.reported]
    return Compared(sorted(wrong), numbers, sorted(left_out))


def read_table(file: Path) -> Iterator[Row]:
    """Read a table of numbers: CSV with the header of `periods.csv`, or JSON lines of its fields.

    Raises:
        TableError: a line is none.
    """
    decode = msgspec.json.Decoder(_Numbers).decode
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            if lines.read(1) == "{":
                lines.seek(0)
                for line in lines:
                    yield Row(*msgspec.structs.astuple(decode(line)))
            else:
                lines.seek(0)
                records = csv.DictReader(lines)
                if list(records.fieldnames or ()) != list(Row._fields):
                    raise TableError(f"{file} does not begin with {','.join(Row._fields)}")
                for record in records:
                    yield Row(**{**record, "value": _whole(file, record["value"])})  # type: ignore[arg-type]
    except (TypeError, KeyError, csv.Error, *NO_ROW) as error:
        raise TableError(f"{file} is no table of {', '.join(Row._fields)}: {error}") from error
    except OSError as error:
        raise TableError(f"{file} cannot be read: {error.strerror}") from error


def _whole(file: Path, text: str) -> int:
    try:
        return int(text)
    except (TypeError, ValueError) as error:
        raise TableError(f"{file} has a value that is no whole number: {text!r}") from error
