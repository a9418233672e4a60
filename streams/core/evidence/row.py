"""What the evidence has of one combination of labels in an hour, and an hour of it packed.

An hour that has gone by is kept as columns, compressed: what is alike stands together, the hash of
a sample that has a print is not written twice, and senders who come again that day have a number.
It takes little more than half of what it does row by row.
"""

from __future__ import annotations

import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import numpy as np

from streams.core.event_time.buckets import HOUR
from streams.core.sketches import fingerprints
from streams.core.sketches.dictionary import first_of_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.evidence.combinations import Labels
    from streams.core.sketches.dictionary import Dictionary, Hashes

MAX_SAMPLES: Final = 3
"""Sample texts of a combination of labels in an hour."""
PRINTS_A_COMBINATION: Final = 48
"""Likewise its prints."""

_BYTES: Final = 4
_WORDS: Final = fingerprints.SIZE // _BYTES
_FAR: Final = 256
"""More than prints: a smaller number is the place of a print, a larger one a hash and this."""

_SENDER: Final = 1
_SEVERAL: Final = 2
"""Prints a sender, in the mean, from which on numbers take less than hashes."""

_encode = msgspec.msgpack.Encoder().encode
_columns: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    tuple[
        list[tuple[str, ...]],
        list[int],  # counts
        list[int],  # how many prints,
        list[int],  # and samples
        list[str],  # texts of the samples,
        list[int],  # and their hashes
    ]
)


class PackedHour(NamedTuple):
    """An hour in columns, each compressed."""

    columns: bytes
    """What `_columns` reads."""
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


def pack(rows: Mapping[Labels, EvidenceRow], senders: Dictionary) -> PackedHour:
    """Write an hour down in columns; `senders` are those of its day."""
    held = rows.values()
    columns = (
        list(rows),
        [row.count for row in held],
        [len(row.prints) // fingerprints.SIZE for row in held],
        [len(row.samples) for row in held],
        [text for row in held for _, text in row.samples],
        [_place(hashed, row.prints) for row in held for hashed, _ in row.samples],
    )
    table = b"".join([row.prints for row in held])
    # Each on its own: what does not compress would spoil the code of what does.
    return PackedHour(zlib.compress(_encode(columns)), *_columns_of(table, senders))


def unpack(data: PackedHour, senders: Dictionary) -> dict[Labels, EvidenceRow]:
    """Read an hour that was packed."""
    columns, words, numbers, times = data
    labels, counts, printed, sampled, texts, places = _columns.decode(zlib.decompress(columns))
    table = _rows_of(words, numbers, times, senders)
    samples = zip(places, texts, strict=True)
    rows: dict[Labels, EvidenceRow] = {}
    end = 0
    for one, count, size, few in zip(labels, counts, printed, sampled, strict=True):
        start, end = end, end + size * fingerprints.SIZE
        own = table[start:end]
        own_samples = [(_hash(place, own), text) for place, text in islice(samples, few)]
        rows[one] = EvidenceRow(count, own_samples, own)
    return rows


def counts_of(data: PackedHour) -> dict[Labels, int]:
    """Read the counts of an hour that was packed."""
    labels, counts, *_ = _columns.decode(zlib.decompress(data.columns))
    return dict(zip(labels, counts, strict=True))


def _columns_of(table: bytes, senders: Dictionary) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Split the words of prints: a wording that comes again is a word that comes again."""
    words = np.frombuffer(table, dtype="<u4").reshape(-1, _WORDS)
    columns, sent = list(words[:, :-1].T), words[:, _SENDER]
    numbers: list[bytes] = []
    if _SEVERAL * np.count_nonzero(first_of_run(np.sort(sent))) <= sent.size:
        senders.admit(sent)
        numbers = _planes(senders.numbers(sent).astype("<u4"))
        del columns[_SENDER]
    return [zlib.compress(column.tobytes()) for column in columns], numbers, _planes(words[:, -1])


def _rows_of(
    words: list[bytes], numbers: list[bytes], times: list[bytes], senders: Dictionary
) -> bytes:
    columns = [np.frombuffer(zlib.decompress(one), dtype="<u4") for one in words]
    if numbers:
        columns.insert(_SENDER, senders.hashes[_from_planes(numbers)])
    return np.stack((*columns, _from_planes(times)), axis=1).tobytes()


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


def _place(hashed: int, among: bytes) -> int:
    """Find the print of an event by the hash of its id."""
    wanted = hashed.to_bytes(4, "big")
    for place in range(0, len(among), fingerprints.SIZE):
        if among.startswith(wanted, place):
            return place // fingerprints.SIZE
    return hashed + _FAR


def _hash(place: int, among: bytes) -> int:
    if place >= _FAR:
        return place - _FAR
    return int.from_bytes(among[place * fingerprints.SIZE : place * fingerprints.SIZE + 4], "big")
