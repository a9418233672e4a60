"""A file of which only those rows are read that meet all conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.load.errors import LoadError
from streams.load.table import Chunk, Column, first_filled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from streams.load.table import Reader


class Condition(NamedTuple):
    """A row meets it if the cell of its column is one of `values`, or with `unless` none of them.

    Of several columns the first that is filled counts; columns that are not in the file are empty.
    """

    columns: tuple[str, ...]
    values: frozenset[str]
    unless: bool = False


def conditions(given: Iterable[str]) -> tuple[Condition, ...]:
    """Read `COLUMN=VALUE` and `COLUMN!=VALUE`; several values of one column are alternatives.

    Raises:
        LoadError: one has no `=`.
    """
    found: dict[tuple[str, bool], set[str]] = {}
    for text in given:
        column, equals, value = text.partition("=")
        unless = column.endswith("!")
        column = column.removesuffix("!").strip()
        if not equals or not column:
            raise LoadError(f"--where {text!r}: write --where COLUMN=VALUE, or COLUMN!=VALUE")
        found.setdefault((column, unless), set()).add(value.strip())
    return tuple(
        Condition((column,), frozenset(values), unless)
        for (column, unless), values in found.items()
    )


class SelectedReader:
    """Reads of another reader the rows that meet all conditions; `left_out` counts the others.

    What could not be read as a row cannot be judged, and stays.
    """

    def __init__(self, reader: Reader, wanted: Sequence[Condition]) -> None:
        self._reader = reader
        self._wanted = wanted
        self.left_out = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._reader.columns

    @property
    def form(self) -> str:
        """What the file is, in words."""
        return self._reader.form

    @property
    def repeated(self) -> Mapping[str, Sequence[int]]:
        """Names that stand over more than one column."""
        return self._reader.repeated

    @property
    def hint(self) -> str:
        """What may be wrong with the names of the columns."""
        return self._reader.hint

    @property
    def notes(self) -> Sequence[str]:
        """What was odd about the file."""
        return self._reader.notes

    def complete(self) -> tuple[str, ...]:
        """Give the names of all columns, also of those that turn up late."""
        return self._reader.complete()

    def chunks(self, columns: Collection[str]) -> Iterator[Chunk]:
        """Read the file from its start."""
        needed = {*columns, *(name for one in self._wanted for name in one.columns)}
        self.left_out = 0
        before = 0
        for chunk in self._reader.chunks(needed):
            met = self._met(chunk)
            kept = [place for place in range(chunk.rows) if met[place] or place in chunk.odd]
            self.left_out += chunk.rows - len(kept)
            if kept:
                yield Chunk(
                    len(kept),
                    {name: _only(chunk.columns[name], kept) for name in columns},
                    {to: chunk.odd[place] for to, place in enumerate(kept) if place in chunk.odd},
                    [before + place + 1 for place in kept],
                )
            before += chunk.rows

    def _met(self, chunk: Chunk) -> list[bool]:
        met = [True] * chunk.rows
        for one in self._wanted:
            cells = first_filled(chunk, one.columns)
            met = [
                so_far and (_text(cell) in one.values) is not one.unless
                for so_far, cell in zip(met, cells, strict=True)
            ]
        return met


def _only(column: Column, places: Sequence[int]) -> Column:
    cells = column.values if column.codes is None else column.codes
    picked = [cells[place] for place in places]
    return Column(picked) if column.codes is None else Column(column.values, picked)  # type: ignore[arg-type]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "" if cell is None else str(cell).strip()
