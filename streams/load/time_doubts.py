"""What is said of the times of a file: how they were read, what is odd, and why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

import numpy as np

from streams.load.errors import LoadError
from streams.load.fields import TIME
from streams.load.table import joined
from streams.load.times import EPOCHS, MICRO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.load.mapping import Plan
    from streams.load.model import Options
    from streams.load.table import Reader
    from streams.load.times import TimeParser

_EARLY: Final = 631_152_000 * MICRO
"""1990."""
_FAR: Final = 4_102_444_800 * MICRO
"""2100."""


def no_rows(reader: Reader, options: Options) -> str:
    """Say why there are no rows: the file has none, or none meets the conditions."""
    if not options.where or not getattr(reader, "left_out", 0):
        return "the file has no rows"
    asked = "; ".join(
        f"{' or '.join(one.columns)} {'none of' if one.unless else 'one of'}"
        f" {', '.join(sorted(one.values))}"
        for one in options.where
    )
    return f"no row of the file meets the conditions ({asked})"


def two_ways(column: str, example: object) -> LoadError:
    """Give the error of a column whose dates can be read month first or day first."""
    return LoadError(
        f"column {column!r}: dates such as {example!r} can be read month first or day first,"
        " and no row of the file shows which: say --date-format '%m/%d/%Y' or '%d/%m/%Y'"
    )


def remarks_on(parser: TimeParser) -> list[str]:
    """Say how times were read, where that was not plain."""
    remarks = []
    if parser.month_first is not None and parser.slashed:
        remarks.append("dates read " + ("month" if parser.month_first else "day") + " first")
    if parser.serials is not None:
        (day,) = np.array([parser.parse([parser.serials])[0]]).astype("datetime64[us]")
        remarks.append(
            f"numbers read as the days of a spreadsheet ({parser.serials:g} is {str(day)[:10]})"
        )
    return remarks


def warnings_of(options: Options, base: NDArray[np.int64]) -> list[str]:
    """Doubt epochs that land before 1990 or after tomorrow."""
    if options.date_format not in EPOCHS:
        return []
    odd = base < _EARLY
    if options.latest is not None:
        odd |= base > (int(options.latest) + 86_400) * MICRO
    if not odd.any():
        return []
    example = base[odd][:1]
    return [
        (
            f"by --date-format {options.date_format}, {int(odd.sum()):,} of {base.size:,} times lie"
            f" before 1990 or after tomorrow: {_number(int(example[0]), options.date_format)} is"
            f" {str(example.astype('datetime64[us]')[0])[:10]}. Is it another of"
            f" {', '.join(EPOCHS)}, or a day written as 20170118 (then leave --date-format out)?"
        )
    ]


def _number(micros: int, form: str) -> str:
    return str(micros // EPOCHS[form])


def no_times(reader: Reader, plan: Plan, parser: TimeParser) -> NoReturn:
    """Say that no row has a time, and what may be done.

    Raises:
        LoadError: always.
    """
    names = plan.columns.get(TIME)
    if names is None:
        raise LoadError(
            "no row has a time: none of the columns that give it has a number of months"
        )
    cells = (cell for chunk in reader.chunks({*names}) for cell in joined(chunk, names).cells())
    cell = next((cell for cell in cells if cell not in (None, "")), None)
    found = "it is empty" if cell is None else f"its first is {cell!r:.200}"
    if parser.number is not None:
        hint = _unit(parser.number)
    else:
        hint = (
            "say how it is written, as in --date-format '%d.%m.%Y %H:%M', or map another column:"
            f" --map {TIME}=COLUMN (columns: {', '.join(reader.columns)})"
        )
    raise LoadError(f"no row has a time in column {names[0]!r}, {found}; {hint}")


def _unit(number: float) -> str:
    """Say which unit makes a number of time since 1970 one of our days."""
    for form, ticks in EPOCHS.items():
        if _EARLY <= number * ticks <= _FAR:
            day = str(np.array([int(number * ticks)]).astype("datetime64[us]")[0])[:10]
            return f"as time since 1970 it is {day}: if that is meant, say --date-format {form}"
    return "if these are seconds since 1970, say --date-format epoch (or epoch-ms, epoch-us)"
