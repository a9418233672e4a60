"""The first look through a file: the time of every row, so that the second knows what comes."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.load.errors import LoadError
from streams.load.fields import TIME
from streams.load.spread import only_days, spread_evenly
from streams.load.times import BAD, TimeParser

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from numpy.typing import NDArray

    from streams.load.model import Options
    from streams.load.table import Column, Reader


class Times(NamedTuple):
    """The times of all rows, in microseconds since the epoch, 16 bytes a row.

    `base` as the file has them, BAD where it has none; `at` the same spread over their days, where
    a row without a time has that of the row before it. `days`: the file has no time of day.
    `in_order`: its times go up, as the file has them.
    """

    base: NDArray[np.int64]
    at: NDArray[np.int64]
    days: bool
    in_order: bool
    month_first: bool | None

    @property
    def good(self) -> NDArray[np.int64]:
        """The times of the rows that have one."""
        good: NDArray[np.int64] = self.at[self.base != BAD]
        return good


def scan(reader: Reader, column: str, options: Options, progress: Callable[[int], None]) -> Times:
    """Read the time of every row.

    Raises:
        LoadError: there are no rows, or no times, or dates that can be read two ways.
    """
    parser = TimeParser(options.timezone, options.date_format)
    base = _read(reader, column, parser, progress)
    good = base[base != BAD]
    if not good.size:
        _no_times(reader, column, parser)
    days = only_days(good, options.timezone)
    at = base
    if days and options.spread == "even":
        at = spread_evenly(base, options.timezone)
    in_order = bool(np.all(good[:-1] <= good[1:]))
    return Times(base, _filled(at), days, in_order, parser.month_first)


def times_beside(
    reader: Reader, columns: Collection[str], options: Options
) -> dict[str, TimeParser]:
    """Give, by column, what reads the times of columns other than that of the event.

    Raises:
        LoadError: a column has dates that can be read two ways.
    """
    parsers = {name: TimeParser(options.timezone, options.date_format) for name in columns}
    doubtful: dict[str, object] = {}
    for chunk in reader.chunks(columns) if columns else ():
        for name, parser in parsers.items():
            values = chunk.columns[name].values
            if parser.learn(values):
                continue
            doubtful.setdefault(name, next(cell for cell in values if cell))
    for name, example in doubtful.items():
        if parsers[name].month_first is None:
            raise _two_ways(name, example)
    return parsers


def _two_ways(column: str, example: object) -> LoadError:
    return LoadError(
        f"column {column!r}: dates such as {example!r} can be read month first or day first,"
        " and no row of the file shows which: say --date-format '%m/%d/%Y' or '%d/%m/%Y'"
    )


def _read(
    reader: Reader, column: str, parser: TimeParser, progress: Callable[[int], None]
) -> NDArray[np.int64]:
    times = array("q")
    waiting: list[Column] = []
    rows = 0
    for chunk in reader.chunks({column}):
        cells = chunk.columns[column]
        waiting.append(cells)
        if parser.learn(cells.values):
            times.extend(_parse(parser, waiting))
            waiting = []
        rows += chunk.rows
        progress(rows)
    if not rows:
        raise LoadError("the file has no rows")
    if waiting:
        example = next(cell for cells in waiting for cell in cells.values if cell)
        raise _two_ways(column, example)
    return np.array(times, dtype=np.int64)


def _parse(parser: TimeParser, columns: list[Column]) -> Iterator[int]:
    for column in columns:
        times = parser.parse(column.values)
        yield from times if column.codes is None else [times[code] for code in column.codes]


def _filled(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give a row without a time that of the row before it, the first ones that of the first."""
    bad = at == BAD
    if not bad.any():
        return at
    source = np.where(bad, -1, np.arange(at.size))
    source = np.maximum.accumulate(source)
    source[source < 0] = np.flatnonzero(~bad)[0]
    filled: NDArray[np.int64] = at[source]
    return filled


def _no_times(reader: Reader, column: str, parser: TimeParser) -> None:
    cells = (cell for chunk in reader.chunks({column}) for cell in chunk.columns[column].cells())
    cell = next((cell for cell in cells if cell not in (None, "")), None)
    found = "it is empty" if cell is None else f"its first is {cell!r}"
    if parser.numbers:
        hint = "if these are seconds since 1970, say --date-format epoch (or epoch-ms, epoch-us)"
    else:
        hint = (
            "say how it is written, as in --date-format '%d.%m.%Y %H:%M', or map another column:"
            f" --map {TIME}=COLUMN (columns: {', '.join(reader.columns)})"
        )
    raise LoadError(f"no row has a time in column {column!r}, {found}; {hint}")
