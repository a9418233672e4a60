"""Delimited lines as rows of cells; a quote that is opened and not closed swallows no rows."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.load.dialect import Quoting

BLOCK: Final = 8192
"""Lines that are read at a time."""

CELL_LIMIT: Final = 16 * 2**20
_OPEN: Final = "unexpected end of data"
_KINDS: Final = 6
"""Shapes of cells: a column that has more of them tells nothing about a line."""

_LONG: Final = 6
"""Digits of a number that is no mere count."""

_DIGITS: Final = re.compile(r"\d+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")


class Shapes:
    """What the cells of a file look like, column by column: enough to know a row when it is seen.

    The shape of `2017-01-18 09:30` is `9-9-9 9:9`, that of a word `a`. They are learned from lines
    that are rows by themselves, of columns of dates, times or long numbers: others say nothing.
    """

    def __init__(self, width: int, delimiter: str, lines: Sequence[str]) -> None:
        self.width = width
        seen: list[set[str]] = [set() for _ in range(width)]
        rows = list(_of_one_line(lines, delimiter))
        for row in rows or [_alone(line, delimiter) for line in lines]:
            if len(row) == width:
                for shapes, cell in zip(seen, row, strict=True):
                    if len(shapes) <= _KINDS:
                        shapes.add(_shape(cell))
        self._telling = {
            place: shapes
            for place, shapes in enumerate(seen)
            if len(shapes) <= _KINDS and (filled := shapes - {""}) and all(map(_is_dated, filled))
        }

    def is_row(self, cells: Sequence[str]) -> bool:
        """Say whether the cells of one line look like a row of their own."""
        if len(cells) != self.width or self.width == 1 or not self._telling:
            return False
        shapes = {place: _shape(cells[place]) for place in self._telling}
        known = all(shape in self._telling[place] for place, shape in shapes.items())
        return known and any(shapes.values())


def _of_one_line(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the rows that go over one line each; a line that cannot be read is passed over."""
    start = 0
    while start < len(lines):
        feed = _Feed(lines, start)
        with suppress(csv.Error):
            for row in csv.reader(feed, delimiter=delimiter, strict=True):
                if feed.at - start == 1:
                    yield row
                start = feed.at
        start += 1


def _alone(line: str, delimiter: str) -> list[str]:
    """Split a line that is a row by itself; one that is not gives nothing."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _shape(cell: str) -> str:
    return _LETTERS.sub("a", _DIGITS.sub(_digits, cell.strip().strip('"')))


def _digits(match: re.Match[str]) -> str:
    return "N" if len(match[0]) >= _LONG else "9"


def _is_dated(shape: str) -> bool:
    """Say whether a shape is that of a date, a time, or a long number."""
    return "N" in shape or shape.count("9") > 1


class Rows:
    """Reads the rows of an open file, some thousands at a time; a blank line is an empty row.

    Quotes are as in CSV, or with a backslash before those inside. One that is opened and never
    closed, or that is closed only after lines that are rows themselves, is a character of the text:
    each of those lines is a row. `stray` counts such quotes, `first_stray` is the line (from 1,
    where the file was given) of the first.
    """

    def __init__(
        self, text: Iterator[str], delimiter: str, quoting: Quoting, shapes: Shapes
    ) -> None:
        self._text = text
        self._delimiter = delimiter
        self._quoting = quoting
        self._shapes = shapes
        self._line = 0
        self.stray = 0
        self.first_stray = 0

    def blocks(self) -> Iterator[list[list[str]]]:
        """Read to the end of the file."""
        while lines := list(islice(self._text, BLOCK)):
            if self._quoting == "none":
                yield [self._bare(line) for line in lines]
                self._line += len(lines)
                continue
            try:
                rows = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
            except csv.Error:
                rows = []
            # As many rows as lines: none goes over several.
            yield rows if len(rows) == len(lines) else self._carefully(lines)
            self._line += len(lines)

    def _carefully(self, lines: list[str]) -> list[list[str]]:
        """Read lines row by row; where the last row goes on, lines are added."""
        rows: list[list[str]] = []
        start = 0
        more = BLOCK
        while start < len(lines):
            feed = _Feed(lines, start)
            reader = csv.reader(feed, delimiter=self._delimiter, strict=True)
            try:
                for row in reader:
                    if feed.at - start > 1 and self._swallowed(lines, start, feed.at):
                        start = self._past_a_flaw(lines, start, rows)
                        break
                    rows.append(row)
                    start = feed.at
            except csv.Error as error:
                if str(error) == _OPEN and self._extend(lines, start, more):
                    more *= 2
                    continue
                start = self._past_a_flaw(lines, start, rows)
            more = BLOCK
        return rows

    def _extend(self, lines: list[str], start: int, count: int) -> bool:
        """Add lines for a row that is not at its end; False: there are none, or it is too long."""
        if sum(map(len, islice(lines, start, None))) > CELL_LIMIT:
            return False
        before = len(lines)
        lines += islice(self._text, count)
        return len(lines) > before

    def _swallowed(self, lines: list[str], start: int, stop: int) -> bool:
        """Say whether a row that goes over several lines took in lines that are rows themselves."""
        return any(self._shapes.is_row(self._bare(line)) for line in lines[start + 1 : stop])

    def _bare(self, line: str) -> list[str]:
        """Split a line with quotes as characters of the text."""
        line = line.rstrip("\r\n")
        return line.split(self._delimiter) if line else []

    def _past_a_flaw(self, lines: list[str], start: int, rows: list[list[str]]) -> int:
        """Read one row whose quotes are not those of CSV; give the line of the next one."""
        if '\\"' in lines[start]:
            feed = _Feed(lines, start)
            escaped = csv.reader(feed, delimiter=self._delimiter, escapechar="\\", strict=True)
            with suppress(csv.Error):
                row = next(escaped, [])
                if len(row) == self._shapes.width and not self._swallowed(lines, start, feed.at):
                    rows.append(row)
                    return feed.at
        rows.append(self._stray(lines, start))
        return start + 1

    def _stray(self, lines: list[str], start: int) -> list[str]:
        """Read one line by itself, in which a quote stands where none should."""
        line = lines[start]
        if not self.stray:
            self.first_stray = self._line + start + 1
        self.stray += 1
        lenient: list[str] = next(csv.reader([line], delimiter=self._delimiter), [])
        try:
            list(csv.reader([line], delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            if str(error) != _OPEN:
                return lenient
        # The last cell holds all that stands behind the quote that is not closed.
        tail = '"' + lenient[-1] if lenient else ""
        return [*lenient[:-1], *self._bare(tail)]


class _Feed:
    """Hands lines on one by one, and knows how far it is."""

    def __init__(self, lines: Sequence[str], at: int) -> None:
        self._lines = lines
        self.at = at

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at >= len(self._lines):
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]
