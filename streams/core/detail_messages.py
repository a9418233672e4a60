"""Details packed: the rows of a message from the ingest stage to the evidence, and of changelogs.

An older release reads no such message, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from streams.core import detail_texts
from streams.core.detail_columns import WORDS, DetailColumns, of_rows
from streams.core.detail_texts import PackedTexts
from streams.core.distinct_rows import compact
from streams.core.event_time.buckets import BASE
from streams.core.messages import DetailRow, Details, Sample, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BUCKET: Final = np.dtype("<i4")
_COUNT: Final = np.dtype("<i8")
_SIZE: Final = np.dtype("<u2")
_WORD: Final = np.dtype(">u4")


class PackedRows(msgspec.Struct, array_like=True, frozen=True):
    """Details, packed; numbers are little-endian, but for the prints, which are as ever.

    Of each label the values that may occur, and of each row which of them it has (1, 2 or 4 bytes,
    as many as the number of values needs). Of each row the number of the bucket (its start by 5
    minutes, 4 bytes), the count (8) and how many prints it has (2); then the prints, row by row.
    Sample texts are columns, and of older releases lists by place of the row.
    """

    values: list[list[str | None]]
    codes: list[bytes]
    buckets: bytes
    counts: bytes
    sizes: bytes
    prints: bytes
    texts: PackedTexts | list[tuple[int, list[Sample]]]


class PackedDetails(msgspec.Struct, array_like=True, frozen=True, tag="e"):
    """What `Details` says, its rows in columns."""

    source: Source
    metric: str
    labels: tuple[str, ...]
    rows: PackedRows


def pack(columns: DetailColumns) -> PackedRows:
    """Pack rows; of a label with more values than there are rows, those that occur in them."""
    values: list[list[str | None]] = []
    codes: list[bytes] = []
    for known, column in zip(columns.values, columns.codes, strict=True):
        own, which = known, column
        if len(known) > column.size:
            present, which = compact(column)
            own = [known[code] for code in present.tolist()]
        values.append(own)
        codes.append(which.astype(_code_type(len(own))).tobytes())
    return PackedRows(
        values,
        codes,
        (columns.starts // BASE).astype(_BUCKET).tobytes(),
        columns.counts.astype(_COUNT).tobytes(),
        columns.sizes.astype(_SIZE).tobytes(),
        columns.prints.astype(_WORD).tobytes(),
        columns.texts.pack(),
    )


def unpack(packed: PackedRows) -> DetailColumns:
    """Return the rows that were packed."""
    texts = packed.texts
    return DetailColumns(
        packed.values,
        [
            _numbers(column, _code_type(len(values)))
            for values, column in zip(packed.values, packed.codes, strict=True)
        ],
        _numbers(packed.buckets, _BUCKET) * BASE,
        _numbers(packed.counts, _COUNT),
        _numbers(packed.sizes, _SIZE),
        np.frombuffer(packed.prints, _WORD).reshape(-1, WORDS).astype(np.uint32),
        detail_texts.unpack(texts)
        if isinstance(texts, PackedTexts)
        else detail_texts.of_samples(texts),
    )


def read(message: Details | PackedDetails) -> DetailColumns | None:
    """Return the rows of a message of this release or of an older one; None where it has none."""
    if isinstance(message, PackedDetails):
        return unpack(message.rows) if message.rows.counts else None
    return of_rows(message.rows) if message.rows else None


_decode: Final[msgspec.msgpack.Decoder[Details | PackedDetails]] = msgspec.msgpack.Decoder(
    Details | PackedDetails
)


def decode(data: bytes) -> Details:
    """Return a message of this release or of an older one, its rows one by one."""
    message = _decode.decode(data)
    if isinstance(message, Details):
        return message
    columns = unpack(message.rows)
    rows = map(
        DetailRow,
        columns.starts.tolist(),
        columns.labels(),
        columns.counts.tolist(),
        [[] for _ in columns.counts],
        columns.written_prints(),
        columns.samples(),
    )
    return Details(message.source, message.metric, message.labels, list(rows))


def _code_type(values: int) -> np.dtype[np.unsignedinteger]:
    width = 1 if values <= 1 << 8 else 2 if values <= 1 << 16 else 4
    return np.dtype(f"<u{width}")


def _numbers(data: bytes, kind: np.dtype[np.generic]) -> NDArray[np.int64]:
    return np.frombuffer(data, kind).astype(np.int64)
