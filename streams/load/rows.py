"""The second look through a file: each row as the JSON of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.load.doubts import rounded
from streams.load.fields import CURRENCY, ID, KEY, TIME
from streams.load.order import Row
from streams.load.pieces import MoneyPieces, Pieces, texts
from streams.load.scan import time_parser, times_beside
from streams.load.table import first_filled, joined
from streams.load.times import BAD

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from streams.load.mapping import Plan
    from streams.load.model import Options
    from streams.load.scan import Times
    from streams.load.table import Chunk, Reader


class RowMaker:
    """Reads the rows of a file in file order.

    `mended` counts what was put right in them; `rounded_customer` is a name of a customer that
    looks like a number which a spreadsheet rounded, if there is one.
    """

    def __init__(self, reader: Reader, plan: Plan, options: Options) -> None:
        self._reader = reader
        self._plan = plan
        self._names = {n: c for n, c in plan.columns.items() if n not in {TIME, ID}}
        unit = options.money
        self._money = {
            name: MoneyPieces(plan.fields[name], unit or "minor", options.kept_digits)
            for name in (*self._names, *plan.recurring)
            if plan.fields[name].kind == "money"
            and (unit is not None or options.kept_digits or name in plan.recurring)
        }
        values = options.values
        plain = time_parser(options)
        beside = {c for n, c in self._names.items() if plan.fields[n].kind == "time"}
        parsers = times_beside(reader, beside, options)
        self._pieces = {
            name: Pieces(plan.fields[name], parsers.get(columns, plain), values.get(name))
            for name, columns in self._names.items()
            if name not in self._money
        }
        self._constants = _constants(plan, options)
        self.rounded_customer: str | None = None

    @property
    def mended(self) -> list[Counter[str]]:
        """What was put right, by words for people."""
        mended = [maker.mended for maker in self._pieces.values()]
        return [*mended, *(maker.mended for maker in self._money.values())]

    def rows(self, times: Times) -> Iterator[Row]:
        """Yield the rows."""
        plan = self._plan
        unread = Pieces(plan.fields[TIME]._replace(kind="text"), None)
        wanted = {c for names in plan.columns.values() for c in names}
        wanted |= {c for price in plan.recurring.values() for c in price.columns()}
        start = 0
        for chunk in self._reader.chunks(wanted or {*self._reader.columns[:1]}):
            stop = start + chunk.rows
            parts = self._parts(chunk)
            base = times.base[start:stop].tolist()
            if BAD in base and TIME in plan.columns:
                stamps = unread.of(joined(chunk, plan.columns[TIME]))
                parts.append(
                    [stamp if at == BAD else b"" for at, stamp in zip(base, stamps, strict=True)]
                )
            parts.append([self._constants] * chunk.rows)
            keys = self._texts(chunk, KEY)
            if start == 0:
                self.rounded_customer = rounded(keys)
            rows = map(
                Row._make,
                zip(
                    times.at[start:stop].tolist(),
                    chunk.numbers or range(start + 1, stop + 1),
                    base,
                    [False] * chunk.rows,
                    keys,
                    self._texts(chunk, ID),
                    map(b"".join, zip(*parts, strict=True)),
                    strict=True,
                ),
            )
            yield from _with_odd(chunk, rows) if chunk.odd else rows
            start = stop

    def _parts(self, chunk: Chunk) -> list[Sequence[bytes]]:
        parts: list[Sequence[bytes]] = []
        for name, columns in self._names.items():
            if name in self._money:
                cells = first_filled(chunk, columns)
                parts.append(self._money[name].of(cells, self._currencies(chunk)))
            else:
                parts.append(self._pieces[name].of(joined(chunk, columns)))
        for name, price in self._plan.recurring.items():
            parts.append(self._money[name].of(price.of(chunk), self._currencies(chunk)))
        return parts

    def _currencies(self, chunk: Chunk) -> Sequence[object]:
        columns = self._plan.columns.get(CURRENCY)
        if columns is None:
            return [self._plan.constants.get(CURRENCY)] * chunk.rows
        return first_filled(chunk, columns)

    def _texts(self, chunk: Chunk, field: str) -> Sequence[bytes | None]:
        columns = self._plan.columns.get(field)
        return [None] * chunk.rows if columns is None else texts(joined(chunk, columns))


def _constants(plan: Plan, options: Options) -> bytes:
    """Write the fields that are the same for every event; the time has a place of its own."""
    parts = []
    for name, value in plan.constants.items():
        field = plan.fields[name]
        if field.kind == "money" and options.money is not None:
            money = MoneyPieces(field, options.money, options.kept_digits)
            parts += money.of([value], [plan.constants.get(CURRENCY)])
        elif name != TIME:
            pieces = Pieces(field, time_parser(options), options.values.get(name))
            parts.append(pieces.one(value))
    return b"".join(parts)


def _with_odd(chunk: Chunk, rows: Iterator[Row]) -> Iterator[Row]:
    for place, row in enumerate(rows):
        odd = chunk.odd.get(place)
        yield row if odd is None else row._replace(raw=True, content=odd)
