"""Parquet, where pyarrow is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from streams.load.errors import LoadError
from streams.load.header import names_of
from streams.load.table import Chunk, Column

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_ROWS: Final = 65_536


class ParquetReader:
    """Reads Parquet; times come as datetime or date, UUIDs as text, text and numbers as they are.

    Raises:
        LoadError: pyarrow is not installed, or the file is damaged.
    """

    form = "Parquet"
    hint = ""

    def __init__(self, file: Path) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 (an optional extra)
            import pyarrow.parquet as pq  # noqa: PLC0415
        except ImportError as error:
            raise LoadError(
                f"{file} is Parquet, which needs pyarrow: pip install 'groundswell[parquet]'"
            ) from error
        self._pa: Any = pa
        self._file = file
        try:
            self._parquet = pq.ParquetFile(file)
            self._names: list[str] = self._parquet.schema_arrow.names
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise LoadError(f"{file} cannot be read as Parquet: {error}") from error
        self.columns, self.repeated = names_of(self._names)
        self.notes: list[str] = []

    def complete(self) -> tuple[str, ...]:
        """Give the columns; there are no others further on."""
        return self.columns

    def chunks(self, columns: Collection[str]) -> Iterator[Chunk]:
        """Read the file from its start."""
        columns = {*columns}
        named: dict[str, list[str]] = {}
        for own, name in zip(self._names, self.columns, strict=True):
            named.setdefault(own, []).append(name)
        # Of a name that stands more than once all columns come.
        wanted = [own for own, names in named.items() if not columns.isdisjoint(names)]
        there = [name for own in wanted for name in named[own]]
        try:
            for batch in self._parquet.iter_batches(_ROWS, columns=wanted):
                nothing = Column([None], [0] * batch.num_rows)
                by_name = dict.fromkeys(columns, nothing)
                for name, array in zip(there, batch.columns, strict=True):
                    if name in columns:
                        by_name[name] = self._column(array)
                yield Chunk(batch.num_rows, by_name, {})
        except (self._pa.ArrowException, OSError) as error:
            raise LoadError(f"{self._file} cannot be read as Parquet: {error}") from error

    def _column(self, array: Any) -> Column:  # noqa: ANN401 (pyarrow ships no types)
        types = self._pa.types
        ids = array.type == self._pa.uuid()
        if isinstance(array.type, self._pa.BaseExtensionType):  # UUIDs, JSON: no kernel
            array = array.storage
        if not types.is_dictionary(array.type):
            if types.is_nested(array.type):
                array = array.cast(self._in_microseconds(array.type), safe=False)
                return Column(self._cells(array))
            array = array.dictionary_encode()
        values = array.dictionary
        if types.is_timestamp(values.type):
            values = values.cast(self._in_microseconds(values.type), safe=False)
        elif types.is_decimal(values.type):
            values = values.cast(self._pa.string())
        cells = self._cells(values)
        if ids:
            cells = [str(UUID(bytes=cell)) for cell in cells]
        codes = (
            array.indices.fill_null(len(cells)).to_pylist()
            if array.null_count
            else (array.indices.to_pylist())
        )
        return Column([*cells, None], codes)

    def _cells(self, array: Any) -> list[Any]:  # noqa: ANN401 (pyarrow ships no types)
        try:
            cells: list[Any] = array.to_pylist()
        except (ValueError, OverflowError):
            cells = [self._cell(one) for one in array]
        return cells

    def _cell(self, one: Any) -> Any:  # noqa: ANN401 (pyarrow ships no types)
        """Give a cell, as text where it is more than Python holds: the contract refuses that."""
        types = self._pa.types
        try:
            return one.as_py()
        except (ValueError, OverflowError):
            if types.is_struct(one.type):
                return {
                    one.type.field(place).name: self._cell(one[place])
                    for place in range(one.type.num_fields)
                }
            if types.is_nested(one.type):
                return [self._cell(inner) for inner in one.values]
            if types.is_string(one.type) or types.is_large_string(one.type):
                return one.as_buffer().to_pybytes()
            return f"{one.value} {one.type}"  # not a number alone, which may be read as a time

    def _zone(self, kind: Any) -> str | None:  # noqa: ANN401 (pyarrow ships no types)
        """Give the zone of a type of times; UTC, of which they are, where nobody knows it."""
        try:
            self._pa.scalar(0, kind).as_py()
        except (KeyError, ValueError):
            return "UTC"
        zone: str | None = kind.tz
        return zone

    def _in_microseconds(self, kind: Any) -> Any:  # noqa: ANN401 (pyarrow ships no types)
        """Give the type with times of microseconds all through, or less: more is no datetime."""
        pa, types, inner = self._pa, self._pa.types, self._in_microseconds
        if types.is_timestamp(kind):
            return pa.timestamp("us" if kind.unit == "ns" else kind.unit, self._zone(kind))
        if types.is_struct(kind):
            fields = [kind.field(place) for place in range(kind.num_fields)]
            return pa.struct([field.with_type(inner(field.type)) for field in fields])
        if types.is_map(kind):
            return pa.map_(inner(kind.key_type), inner(kind.item_type))
        if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
            of = kind.value_field.with_type(inner(kind.value_type))
            if types.is_fixed_size_list(kind):
                return pa.list_(of, kind.list_size)
            return pa.large_list(of) if types.is_large_list(kind) else pa.list_(of)
        return kind
