"""The first look through a file: the time of every row, so that the second knows what comes."""

from __future__ import annotations

from array import array
from datetime import time
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.load.errors import LoadError
from streams.load.fields import TIME
from streams.load.money import number
from streams.load.spread import spread_evenly
from streams.load.table import joined
from streams.load.time_doubts import no_rows, no_times, remarks_on, two_ways, warnings_of
from streams.load.times import BAD, MICRO, TimeParser

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from streams.load.mapping import Plan
    from streams.load.model import Options
    from streams.load.table import Chunk, Column, Reader

    Look = Callable[[Sequence[object]], None]

_SAME_CLOCK: Final = 10
"""Rows from which on one time of day in all of them is none."""


class Times(NamedTuple):
    """The times of all rows, in microseconds since the epoch, 16 bytes a row.

    `base` as the file has them, BAD where it has none; `at` the same with days spread, where a row
    without a time has that of the row before it. `days` and `timed` count the rows that have a day
    only, and those that have a time. `in_order`: `base` goes up. `remarks` say how they were read,
    `warnings` what is probably wrong with them.
    """

    base: NDArray[np.int64]
    at: NDArray[np.int64]
    days: int
    timed: int
    in_order: bool
    remarks: list[str]
    warnings: list[str]

    @property
    def good(self) -> NDArray[np.int64]:
        """The times of the rows that have one."""
        good: NDArray[np.int64] = self.at[self.base != BAD]
        return good


def scan(
    reader: Reader,
    plan: Plan,
    options: Options,
    progress: Callable[[int], None],
    looks: Sequence[tuple[tuple[str, ...], Look]] = (),
) -> Times:
    """Read the time of every row; each of `looks` is given the cells of its columns, too.

    Raises:
        LoadError: there are no rows, or no times, or dates that can be read two ways.
    """
    parser = time_parser(options)
    packed = _read(reader, plan, options, parser, progress, looks)
    good = packed != BAD
    if not good.any():
        no_times(reader, plan, parser)
    timed = good & ((packed & 1) == 0)
    how = _one_clock(parser, packed[timed] >> 1)
    if how == "midnight":
        timed = np.zeros_like(timed)
    elif how is not None:
        # All have the same time of day, so none has: read them once more, as days.
        parser = time_parser(options, dates_only=True, local=how == "local")
        parser.month_first = options.month_first
        packed = _read(reader, plan, options, parser, lambda _: None, ())
        timed = good & ((packed & 1) == 0)
    day = good & ~timed
    base = np.where(good, packed >> 1, BAD)
    at = base
    if options.spread == "even" and day.any():
        at = np.where(day, spread_evenly(np.where(day, base, BAD), options.timezone), base)
    in_order = bool(np.all(base[good][:-1] <= base[good][1:]))
    return Times(
        base,
        _filled(at),
        int(day.sum()),
        int(timed.sum()),
        in_order,
        remarks_on(parser),
        warnings_of(options, base[good]),
    )


def times_beside(
    reader: Reader, columns: Collection[tuple[str, ...]], options: Options
) -> dict[tuple[str, ...], TimeParser]:
    """Give, by column, what reads the times of columns other than that of the event.

    Raises:
        LoadError: a column has dates that can be read two ways.
    """
    parsers = {names: time_parser(options) for names in columns}
    doubtful: dict[tuple[str, ...], object] = {}
    wanted = {name for names in columns for name in names}
    for chunk in reader.chunks(wanted) if columns else ():
        for names, parser in parsers.items():
            values = joined(chunk, names).values
            if not parser.learn(values):
                doubtful.setdefault(names, next(cell for cell in values if cell))
    for names, example in doubtful.items():
        if parsers[names].month_first is None:
            raise two_ways(names[0], example)
    return parsers


def time_parser(options: Options, *, dates_only: bool = False, local: bool = False) -> TimeParser:
    """Make what reads the times of one column."""
    return TimeParser(
        options.timezone,
        options.date_format,
        month_first=options.month_first,
        dates_only=dates_only,
        local=local,
    )


def _read(  # noqa: PLR0913, PLR0917 (what one look through a file needs)
    reader: Reader,
    plan: Plan,
    options: Options,
    parser: TimeParser,
    progress: Callable[[int], None],
    looks: Sequence[tuple[tuple[str, ...], Look]],
) -> NDArray[np.int64]:
    """Read the times of all rows as the parser packs them."""
    names = plan.columns.get(TIME, ())
    needed = {*names, *options.months_before, *(name for of, _ in looks for name in of)}
    times = array("q")
    waiting: list[Column] = []
    rows = 0
    for chunk in reader.chunks(needed or {*reader.columns[:1]}):
        for of, look in looks:
            look(joined(chunk, of).values)
        if names:
            cells = joined(chunk, names)
            waiting.append(cells)
            if parser.learn(cells.values):
                times.extend(_parse(parser, waiting))
                waiting = []
        else:
            times.extend(_given(chunk, plan, options, parser))
        rows += chunk.rows
        progress(rows)
    if not rows:
        raise LoadError(no_rows(reader, options))
    if waiting:
        example = next(cell for cells in waiting for cell in cells.values if cell)
        raise two_ways(names[0], example)
    return np.array(times, dtype=np.int64)


def _parse(parser: TimeParser, columns: list[Column]) -> Iterator[int]:
    for column in columns:
        times = parser.read(column.values)
        yield from times if column.codes is None else [times[code] for code in column.codes]


def _given(chunk: Chunk, plan: Plan, options: Options, parser: TimeParser) -> list[int]:
    """Give the times of rows that have none of their own."""
    if TIME in plan.constants:
        given = plan.constants[TIME]
        if not parser.learn([given]):
            raise LoadError(
                f"--set {TIME}={given}: which number is the month? Write it as 2017-01-18"
            )
        (at,) = parser.read([given])
        if at == BAD:
            raise LoadError(f"--set {TIME}={given}: this is no time; write it as 2017-01-18T09:30Z")
        return [at] * chunk.rows
    if options.as_of is None:
        raise LoadError("a file with one row a customer needs the day that it is of: --as-of DATE")
    if options.left_then:
        return parser.read([options.as_of]) * chunk.rows
    days = [
        _months_before(options.as_of, cell) for cell in joined(chunk, options.months_before).cells()
    ]
    return parser.read(days)


def _months_before(day: date, cell: object) -> date | None:
    months = number(cell)
    if months is None or not 0 <= months < 12 * 1000 or months != int(months):
        return None
    year, month = divmod(day.year * 12 + day.month - 1 - int(months), 12)
    if year < 1:
        return None
    first = day.replace(year=year, month=month + 1, day=1)
    following = first.replace(year=year + month // 11, month=(month + 1) % 12 + 1)
    return first.replace(day=min(day.day, (following - first).days))


def _one_clock(parser: TimeParser, timed: NDArray[np.int64]) -> str | None:
    """Say whether all times have one time of day: midnight there, as written, or another there."""
    if parser.local_clocks == {time()}:
        return "midnight"
    for how, clocks in (("written", parser.clocks), ("local", parser.local_clocks)):
        if not timed.size or len(clocks) != 1:
            continue
        if clocks == {time()}:
            return how
        if timed.size >= _SAME_CLOCK and int(timed.max() - timed.min()) >= 23 * 3600 * MICRO:
            return how
    return None


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
