"""The second look through a file: each row as the JSON of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.load.fields import ID, KEY, TIME
from streams.load.mapping import Pieces, texts
from streams.load.order import Row
from streams.load.scan import times_beside
from streams.load.times import BAD, TimeParser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.load.mapping import Plan
    from streams.load.model import Options
    from streams.load.scan import Times
    from streams.load.table import Chunk, Reader


def read_rows(reader: Reader, plan: Plan, times: Times, options: Options) -> Iterator[Row]:
    """Yield the rows in file order."""
    names = {name: column for name, column in plan.columns.items() if name not in {TIME, ID}}
    beside = {column for name, column in names.items() if plan.fields[name].kind == "time"}
    parsers = times_beside(reader, beside, options)
    plain = TimeParser(options.timezone, options.date_format)
    pieces = {
        name: Pieces(plan.fields[name], parsers.get(column, plain))
        for name, column in names.items()
    }
    unread = Pieces(plan.fields[TIME]._replace(kind="text"), None)
    constant = b"".join(
        Pieces(plan.fields[name], plain).one(value) for name, value in plan.constants.items()
    )
    start = 0
    for chunk in reader.chunks({*plan.columns.values()}):
        stop = start + chunk.rows
        parts = [pieces[name].of(chunk.columns[column]) for name, column in names.items()]
        base = times.base[start:stop].tolist()
        if BAD in base:
            stamps = unread.of(chunk.columns[plan.columns[TIME]])
            parts.append(
                [stamp if at == BAD else b"" for at, stamp in zip(base, stamps, strict=True)]
            )
        parts.append([constant] * chunk.rows)
        rows = map(
            Row._make,
            zip(
                times.at[start:stop].tolist(),
                range(start + 1, stop + 1),
                base,
                [False] * chunk.rows,
                _names(chunk, plan.columns.get(KEY)),
                _names(chunk, plan.columns.get(ID)),
                map(b"".join, zip(*parts, strict=True)),
                strict=True,
            ),
        )
        yield from _with_odd(chunk, rows) if chunk.odd else rows
        start = stop


def _names(chunk: Chunk, column: str | None) -> Sequence[bytes | None]:
    return [None] * chunk.rows if column is None else texts(chunk.columns[column])


def _with_odd(chunk: Chunk, rows: Iterator[Row]) -> Iterator[Row]:
    for place, row in enumerate(rows):
        odd = chunk.odd.get(place)
        yield row if odd is None else row._replace(raw=True, content=odd)
