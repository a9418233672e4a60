"""How a cell becomes a piece of JSON."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from streams.load.cells import text as as_text
from streams.load.cells import values_of
from streams.load.fields import CURRENCY
from streams.load.money import to_minor
from streams.load.table import bytes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.load.fields import Field
    from streams.load.money import MoneyUnit
    from streams.load.table import Column
    from streams.load.times import TimeParser

_MEMO: Final = 50_000
_LONG: Final = 250
"""Characters from which on a cell is not remembered: texts do not come again."""

_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
_encode = msgspec.json.encode


class Pieces:
    """Turns the cells of one column into pieces of JSON, `,"field":value`, or nothing if empty.

    `words` are put in the place of others first, known in any case. A cell that is not what the
    contract asks for stays as it is: the contract judges it later, and its text is not lost. A text
    that is longer than its bound is cut; `mended` counts those. `times` reads the times among them;
    None: they stay.
    """

    def __init__(
        self, field: Field, times: TimeParser | None, words: Mapping[str, str] | None = None
    ) -> None:
        self._field = field
        self._head = f',"{field.name}":'.encode()
        self._value = values_of(field.kind, times)
        self._words = {word.lower(): word for word in field.words}
        self._given = {said.lower(): meant for said, meant in (words or {}).items()}
        self._memo: dict[object, bytes] = {None: b""}
        self.mended: Counter[str] = Counter()

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
                if len(memo) < _MEMO and len(piece) < _LONG:
                    memo[name] = piece
                pieces.append(piece)
            except TypeError:  # a list or an object
                pieces.append(self.one(cell))
        return pieces

    def one(self, cell: object) -> bytes:
        """Give the piece of one cell."""
        cell = tidy(cell)
        if self._given and cell is not None:
            meant = self._given.get(str(cell).lower())
            cell = cell if meant is None else meant or None
        if cell is None:
            return b""
        if isinstance(cell, str):
            cell = self._words.get(cell.lower(), cell)
        value = self._value(cell)
        if isinstance(value, str) and self._field.kind == "text":
            value = self._fit(value)
        try:
            return self._head + _encode(value)
        except UnicodeEncodeError:
            return self._head + _json(self._decoded(str(value)))
        except (TypeError, ValueError, OverflowError):
            return self._head + _json(value)

    def _decoded(self, text: str) -> str:
        """Read bytes of an optional text that are no UTF-8 as what they most likely are."""
        if self._field.required or self._field.name.endswith("_id"):
            return text
        self.mended[f"{self._field.name} with bytes that are no UTF-8, read as cp1252"] += 1
        return bytes_of(text).decode("cp1252", "replace")

    def _fit(self, text: str) -> str:
        field = self._field
        if field.name == CURRENCY and _CURRENCY.fullmatch(text):
            return text.upper()
        if field.longest is not None and len(text) > field.longest and not field.required:
            if field.name.endswith("_id"):
                return text
            self.mended[f"{field.name} cut to {field.longest:,} characters"] += 1
            return text[: field.longest]
        return text


class MoneyPieces:
    """Turns amounts into pieces of JSON, in minor units, with the currency of each row.

    `kept` has currencies whose minor units in the file have another number of digits than ISO 4217
    says. What is no amount stays as it is. `mended` counts the amounts that were rounded.
    """

    def __init__(self, field: Field, unit: MoneyUnit, kept: Mapping[str, int]) -> None:
        self._name = field.name
        self._head = f',"{field.name}":'.encode()
        self._unit = unit
        self._kept = kept
        self._memo: dict[tuple[object, ...], tuple[bytes, bool]] = {}
        self.mended: Counter[str] = Counter()

    def of(self, amounts: Sequence[object], currencies: Sequence[object]) -> list[bytes]:
        """Give the piece of each row."""
        memo = self._memo
        pieces = []
        for amount, currency in zip(amounts, currencies, strict=True):
            name = (amount, type(amount), currency)
            try:
                known = memo[name]
            except KeyError:
                known = self._one(amount, currency)
                if len(memo) < _MEMO:
                    memo[name] = known
            except TypeError:  # a list or an object
                known = self._one(amount, currency)
            pieces.append(known[0])
            if known[1]:
                self.mended[f"{self._name} rounded to a minor unit"] += 1
        return pieces

    def _one(self, amount: object, currency: object) -> tuple[bytes, bool]:
        amount = tidy(amount)
        if amount is None:
            return b"", False
        found = to_minor(amount, str(tidy(currency) or "").upper(), self._unit, self._kept)
        if found is None:
            return self._head + _json(amount), False
        return self._head + b"%d" % found[0], found[1]


def texts(column: Column) -> Sequence[bytes | None]:
    """Give each cell of a column of names (customers, events) as bytes; None where it is empty."""
    names = [_name(cell) for cell in column.values]
    return names if column.codes is None else [names[code] for code in column.codes]


def _name(cell: object) -> bytes | None:
    value = as_text(tidy(cell))
    return bytes_of(value) if isinstance(value, str) else None


def tidy(cell: object) -> object:
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
        return bytes_of(f'"{escaped}"')
    except (TypeError, ValueError, OverflowError):
        return _encode(str(value))
