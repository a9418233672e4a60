"""Parquet, where pyarrow is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from streams.load.errors import LoadError
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
        except (pa.ArrowInvalid, OSError) as error:
            raise LoadError(f"{file} cannot be read as Parquet: {error}") from error
        self.columns: tuple[str, ...] = tuple(self._parquet.schema_arrow.names)
        self.repeated: dict[str, list[int]] = {}
        self.notes: list[str] = []

    def complete(self) -> tuple[str, ...]:
        """Give the columns; there are no others further on."""
        return self.columns

    def chunks(self, columns: Collection[str]) -> Iterator[Chunk]:
        """Read the file from its start."""
        there = [name for name in self.columns if name in columns]
        try:
            for batch in self._parquet.iter_batches(_ROWS, columns=there):
                nothing = Column([None], [0] * batch.num_rows)
                by_name = dict.fromkeys(columns, nothing)
                for name in there:
                    by_name[name] = self._column(batch.column(name))
                yield Chunk(batch.num_rows, by_name, {})
        except (self._pa.ArrowInvalid, self._pa.ArrowNotImplementedError, OSError) as error:
            raise LoadError(f"{self._file} cannot be read as Parquet: {error}") from error

    def _column(self, array: Any) -> Column:  # noqa: ANN401 (pyarrow ships no types)
        types = self._pa.types
        ids = array.type == self._pa.uuid()
        if isinstance(array.type, self._pa.BaseExtensionType):  # UUIDs, JSON: no kernel
            array = array.storage
        if not types.is_dictionary(array.type):
            if types.is_nested(array.type):
                return Column(array.cast(self._in_microseconds(array.type), safe=False).to_pylist())
            array = array.dictionary_encode()
        values = array.dictionary
        if types.is_timestamp(values.type):
            # Nanoseconds are more than datetime holds.
            values = values.cast(self._pa.timestamp("us", values.type.tz), safe=False)
        elif types.is_decimal(values.type):
            values = values.cast(self._pa.string())
        cells = values.to_pylist()
        if ids:
            cells = [str(UUID(bytes=cell)) for cell in cells]
        codes = (
            array.indices.fill_null(len(cells)).to_pylist()
            if array.null_count
            else (array.indices.to_pylist())
        )
        return Column([*cells, None], codes)

    def _in_microseconds(self, kind: Any) -> Any:  # noqa: ANN401 (pyarrow ships no types)
        """Give the type with times of microseconds all through: more is no datetime."""
        pa, types, inner = self._pa, self._pa.types, self._in_microseconds
        if types.is_timestamp(kind):
            return pa.timestamp("us", kind.tz)
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
