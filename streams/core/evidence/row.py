"""What the evidence has of one combination of labels in an hour, and an hour of it packed.

An hour that has gone by is kept as columns, compressed: what is alike stands together, the hash of
a sample that has a print is not written twice, and senders who come again that day have a number.
It takes little more than half of what it does row by row.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from streams.core.detail_messages import PackedRows
from streams.core.detail_messages import pack as pack_rows
from streams.core.detail_messages import unpack as unpack_rows
from streams.core.event_time.buckets import HOUR
from streams.core.sketches import fingerprints
from streams.core.sketches.dictionary import first_of_run

if TYPE_CHECKING:
    from streams.core.detail_columns import DetailColumns, Words
    from streams.core.evidence.combinations import Labels
    from streams.core.sketches.dictionary import Dictionary, Hashes
    from streams.core.slots import Integers

MAX_SAMPLES: Final = 3
"""Sample texts of a combination of labels in an hour."""
PRINTS_A_COMBINATION: Final = 48
"""Likewise its prints."""

_BYTES: Final = 4
_HASH_BITS: Final = 32
_FAR: Final = 256
"""More than prints: a smaller number is the place of a print, a larger one a hash and this."""

_SENDER: Final = 1
_SEVERAL: Final = 2
"""Prints a sender, in the mean, from which on numbers take less than hashes."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PackedRows).decode


class PackedHour(NamedTuple):
    """An hour in columns, each compressed."""

    columns: bytes
    """`PackedRows` without its prints."""
    words: list[bytes]
    """Words of prints."""
    numbers: list[bytes]
    """Numbers of their senders where these are not among the words."""
    times: list[bytes]
    """And their times: see `_planes`."""


class EvidenceRow(msgspec.Struct, array_like=True):
    """Count, sample texts and prints of one combination of labels."""

    count: int
    samples: list[tuple[int, str]]
    prints: bytes = b""

    def since(self, start: int, hour: int) -> int:
        """Return the events of its hour from `start` on, by the times of its prints."""
        if not self.prints:
            return round(self.count * (1.0 - (start - hour) / HOUR))
        return round(self.count * fingerprints.share_since(self.prints, start))


def by_labels(columns: DetailColumns) -> dict[Labels, EvidenceRow]:
    """Return rows by their labels."""
    rows = map(EvidenceRow, columns.counts.tolist(), columns.samples(), columns.written_prints())
    return dict(zip(columns.labels(), rows, strict=True))


def pack(rows: DetailColumns, senders: Dictionary) -> PackedHour:
    """Pack an hour; `senders` are those of its day."""
    places = _places(rows)
    far = rows.texts.hashes + _FAR
    texts = rows.texts._replace(hashes=np.where(places < 0, far, places))
    columns = pack_rows(rows._replace(prints=rows.prints[:0], texts=texts))
    # Each on its own: what does not compress would spoil the code of what does.
    return PackedHour(zlib.compress(_encode(columns)), *_columns_of(rows.prints, senders))


def unpack(data: PackedHour, senders: Dictionary) -> DetailColumns:
    """Read an hour that was packed."""
    rows = unpack_rows(_decode(zlib.decompress(data.columns)))
    prints = _rows_of(data.words, data.numbers, data.times, senders)
    hashes = rows.texts.hashes - _FAR
    near = np.flatnonzero(hashes < 0)
    begins = (rows.sizes.cumsum() - rows.sizes)[rows.texts.rows[near]]
    hashes[near] = prints[begins + rows.texts.hashes[near], 0]
    return rows._replace(prints=prints, texts=rows.texts._replace(hashes=hashes))


def counts_of(data: PackedHour) -> dict[Labels, int]:
    """Read the counts of an hour that was packed."""
    rows = unpack_rows(_decode(zlib.decompress(data.columns)))
    return dict(zip(rows.labels(), rows.counts.tolist(), strict=True))


def _columns_of(words: Words, senders: Dictionary) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Split the words of prints: a wording that comes again is a word that comes again."""
    columns, sent = list(words[:, :-1].T), words[:, _SENDER]
    numbers: list[bytes] = []
    if _SEVERAL * np.count_nonzero(first_of_run(np.sort(sent))) <= sent.size:
        senders.admit(sent)
        numbers = _planes(senders.numbers(sent).astype("<u4"))
        del columns[_SENDER]
    return [zlib.compress(column.tobytes()) for column in columns], numbers, _planes(words[:, -1])


def _rows_of(
    words: list[bytes], numbers: list[bytes], times: list[bytes], senders: Dictionary
) -> Words:
    columns = [np.frombuffer(zlib.decompress(one), dtype="<u4") for one in words]
    if numbers:
        columns.insert(_SENDER, senders.hashes[_from_planes(numbers)])
    return np.stack((*columns, _from_planes(times)), axis=1)


def _planes(column: Hashes) -> list[bytes]:
    """Write the first bytes of numbers, the second ones and so on.

    A byte takes the fewer bits the oftener it comes. Runs of bytes come again by chance alone:
    looking back for them would only cost.
    """
    planes = np.ascontiguousarray(column).view(np.uint8).reshape(-1, _BYTES).T
    coders = [zlib.compressobj(strategy=zlib.Z_RLE) for _ in planes]
    return [
        coder.compress(plane.tobytes()) + coder.flush()
        for coder, plane in zip(coders, planes, strict=True)
    ]


def _from_planes(planes: list[bytes]) -> Hashes:
    table = np.frombuffer(b"".join(map(zlib.decompress, planes)), dtype=np.uint8)
    column: Hashes = np.ascontiguousarray(table.reshape(_BYTES, -1).T).view("<u4").ravel()
    return column


def _places(rows: DetailColumns) -> Integers:
    """Return of each text the place of its event's print among those of its row; -1 for none."""
    if not rows.prints.size:
        return np.full(rows.texts.rows.size, -1)
    owners = np.repeat(np.arange(rows.sizes.size), rows.sizes)
    printed = owners << _HASH_BITS | rows.prints[:, 0]
    wanted = rows.texts.rows << _HASH_BITS | rows.texts.hashes
    order = printed.argsort(kind="stable")
    at = order[np.minimum(printed[order].searchsorted(wanted), order.size - 1)]
    begins = (rows.sizes.cumsum() - rows.sizes)[rows.texts.rows]
    return np.where(printed[at] == wanted, at - begins, -1)
