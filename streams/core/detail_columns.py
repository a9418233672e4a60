"""Details in columns: the counts and events of full label tuples, in memory and packed.

    values    Card Loan     CA NY        by label: the values that occur
    codes     1  0  1       0  0  1      by label a column: which of them each row has
    starts    10:00  10:00  10:05        by row: its bucket
    counts    3  1  1
    prints    ...  .  .                  row by row: fingerprints of its events

They go from the ingest stage to the evidence of the alerts stage, and into the changelogs of both.
An older release reads no such message, and says so.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import msgspec
import numpy as np

from streams.core.distinct_rows import distinct, distinct_rows
from streams.core.event_time.buckets import BASE
from streams.core.messages import DetailRow, Details, Sample, Source
from streams.core.series_key import UNKNOWN
from streams.core.sketches.fingerprints import SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from streams.core.slots import Integers

    Words = NDArray[np.uint32]

Labels = tuple[str, ...]
Values = list[str | None]

_BUCKET: Final = np.dtype("<i4")
_COUNT: Final = np.dtype("<i8")
_SIZE: Final = np.dtype("<u2")
_WORD: Final = np.dtype(">u4")
_WORDS: Final = SIZE // 4
_MAX_KEY: Final = 1 << 62


class PackedRows(msgspec.Struct, array_like=True, frozen=True):
    """Details, packed; numbers are little-endian, but for the prints, which are as ever.

    Of each label the values that occur, and of each row which of them it has (1, 2 or 4 bytes, as
    many as the number of values needs). Of each row the number of the bucket (its start by 5
    minutes, 4 bytes), the count (8) and how many prints it has (2); then the prints, row by row. By
    place of the row: sample texts.
    """

    values: list[Values]
    codes: list[bytes]
    buckets: bytes
    counts: bytes
    sizes: bytes
    prints: bytes
    texts: list[tuple[int, list[Sample]]]


class PackedDetails(msgspec.Struct, array_like=True, frozen=True, tag="e"):
    """What `Details` says, its rows in columns."""

    source: Source
    metric: str
    labels: Labels
    rows: PackedRows


class DetailColumns(NamedTuple):
    """Details in columns: element n of each belongs to row n.

    Attributes:
        values: by label: the values that may occur.
        codes: by label: the place of each row's value among them.
        starts: of the bucket, epoch seconds.
        counts: events.
        sizes: how many prints each row has.
        prints: those of all rows, row by row: five words each (`streams.core.sketches`).
        texts: sample texts, by row.
    """

    values: Sequence[Values]
    codes: Sequence[Integers]
    starts: Integers
    counts: Integers
    sizes: Integers
    prints: Words
    texts: dict[int, list[Sample]]

    def pick(self, places: Integers) -> DetailColumns:
        """Return some of the rows, in this order."""
        sizes = self.sizes[places]
        before = (self.sizes.cumsum() - self.sizes)[places] - (sizes.cumsum() - sizes)
        texts = {}
        if self.texts:
            own = ((at, self.texts.get(place)) for at, place in enumerate(places.tolist()))
            texts = {at: found for at, found in own if found is not None}
        return DetailColumns(
            self.values,
            [column[places] for column in self.codes],
            self.starts[places],
            self.counts[places],
            sizes,
            self.prints[np.repeat(before, sizes) + np.arange(sizes.sum())],
            texts,
        )

    def span(self, first: int, last: int) -> DetailColumns:
        """Return the rows from `first` up to before `last`: views, as far as can be."""
        if first == 0 and last == self.starts.size:
            return self
        before, own = int(self.sizes[:first].sum()), int(self.sizes[first:last].sum())
        texts = {at - first: text for at, text in self.texts.items() if first <= at < last}
        return DetailColumns(
            self.values,
            [column[first:last] for column in self.codes],
            self.starts[first:last],
            self.counts[first:last],
            self.sizes[first:last],
            self.prints[before : before + own],
            texts,
        )

    def by_start(self) -> Iterator[tuple[int, DetailColumns]]:
        """Yield the rows of each run of equal starts, with the start."""
        if not self.starts.size:
            return
        cuts = [0, *(np.flatnonzero(np.diff(self.starts)) + 1).tolist(), self.starts.size]
        for first, last in pairwise(cuts):
            yield int(self.starts[first]), self.span(first, last)

    def shown(self) -> DetailColumns:
        """Return the rows with a word where a label has no value."""
        values: list[Values] = [[value or UNKNOWN for value in own] for own in self.values]
        return self._replace(values=values)

    def labels(self) -> list[Labels]:
        """Return the label values of each row."""
        columns = (
            map(values.__getitem__, codes.tolist())
            for values, codes in zip(self.values, self.codes, strict=True)
        )
        return cast("list[Labels]", list(zip(*columns, strict=True)))

    def samples(self) -> list[list[Sample]]:
        """Return the sample texts of each row."""
        return [self.texts.get(place, []) for place in range(self.starts.size)]

    def written_prints(self) -> list[bytes]:
        """Return the prints of each row as bytes."""
        raw, ends = self.prints.astype(_WORD).tobytes(), (self.sizes.cumsum() * SIZE).tolist()
        return [raw[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def latest(self, owners: Integers | None = None) -> DetailColumns:
        """Return the rows that no later one of the same bucket and labels replaces.

        Where rows have several `owners`, one replaces those of its own alone.
        """
        kept = self.last_places(owners)
        return self if kept.size == self.starts.size else self.pick(kept)

    def last_places(self, owners: Integers | None = None) -> Integers:
        """Return the places of these rows, ascending."""
        size = self.starts.size
        columns = [self.starts - self.starts.min(initial=0), *self.codes]
        if owners is not None:
            columns.append(owners)
        last, _ = distinct_rows([column[::-1] for column in columns])
        return np.sort(size - 1 - last)

    def ordered(self) -> Ordered:
        """Find which rows are of the same bucket and labels; no value may stand there twice."""
        key, size = self.starts - self.starts.min(), int(np.ptp(self.starts)) + 1
        for values, codes in zip(self.values, self.codes, strict=True):
            if len(values) == 1:
                continue
            rank = np.empty(len(values), np.int64)
            rank[sorted(range(len(values)), key=cast("list[str]", values).__getitem__)] = np.arange(
                len(values)
            )
            if size * len(values) > _MAX_KEY:
                key, size = distinct(key).which, key.size
            key = key * len(values) + rank[codes]
            size *= len(values)
        found = distinct(key)
        some = self._replace(codes=[column[found.first] for column in self.codes])
        return Ordered(some.labels(), found.which, self)


class Ordered(NamedTuple):
    """Rows by bucket and labels.

    Attributes:
        names: the labels of each that there is, ascending by bucket and by labels.
        which: by row, which of them it is.
        rows: the rows.
    """

    names: list[Labels]
    which: Integers
    rows: DetailColumns

    def totals(self) -> list[int]:
        """Count the events of each."""
        sums = np.zeros(len(self.names), np.int64)
        np.add.at(sums, self.which, self.rows.counts)
        counted: list[int] = sums.tolist()
        return counted


def joined(several: Sequence[DetailColumns]) -> DetailColumns:
    """Put rows one behind the other; there is one of them at least, and all have the same labels.

    No value stands twice among those of a label then.
    """
    values: list[Values] = []
    codes: list[Integers] = []
    for place in range(len(several[0].values)):
        known: dict[str | None, int] = {}
        tables: dict[int, Integers] = {}
        columns = []
        for one in several:
            own = one.values[place]
            table = tables.get(id(own))
            if table is None:
                table = tables[id(own)] = np.array(
                    [known.setdefault(value, len(known)) for value in own], np.int64
                )
            columns.append(table[one.codes[place]])
        values.append(list(known))
        codes.append(np.concatenate(columns))
    texts: dict[int, list[Sample]] = {}
    begin = 0
    for one in several:
        texts.update((begin + at, own) for at, own in one.texts.items())
        begin += one.starts.size
    return DetailColumns(
        values,
        codes,
        np.concatenate([one.starts for one in several]),
        np.concatenate([one.counts for one in several]),
        np.concatenate([one.sizes for one in several]),
        np.concatenate([one.prints for one in several]),
        texts,
    )


def of_rows(rows: Iterable[DetailRow]) -> DetailColumns:
    """Return rows in columns; there is one at least."""
    held = list(rows)
    known: list[dict[str | None, int]] = [{} for _ in held[0].labels]
    codes = [
        np.array([own.setdefault(value, len(own)) for value in column], np.int64)
        for own, column in zip(known, zip(*[row.labels for row in held], strict=True), strict=True)
    ]
    samples = [[*row.samples, *row.texts] for row in held]
    prints = np.frombuffer(b"".join([row.prints for row in held]), _WORD)
    return DetailColumns(
        [list(own) for own in known],
        codes,
        np.array([row.start for row in held], np.int64),
        np.array([row.count for row in held], np.int64),
        np.array([len(row.prints) // SIZE for row in held], np.int64),
        prints.reshape(-1, _WORDS).astype(np.uint32),
        {place: own for place, own in enumerate(samples) if own},
    )


def pack(columns: DetailColumns) -> PackedRows:
    """Pack rows, with the values of labels that occur in them."""
    values: list[Values] = []
    codes: list[bytes] = []
    for own, column in zip(columns.values, columns.codes, strict=True):
        present, which = np.unique(column, return_inverse=True)
        values.append([own[code] for code in present.tolist()])
        codes.append(which.astype(_code_type(present.size)).tobytes())
    return PackedRows(
        values,
        codes,
        (columns.starts // BASE).astype(_BUCKET).tobytes(),
        columns.counts.astype(_COUNT).tobytes(),
        columns.sizes.astype(_SIZE).tobytes(),
        columns.prints.astype(_WORD).tobytes(),
        list(columns.texts.items()),
    )


def unpack(packed: PackedRows) -> DetailColumns:
    """Return the rows that were packed."""
    return DetailColumns(
        packed.values,
        [
            _numbers(column, _code_type(len(values)))
            for values, column in zip(packed.values, packed.codes, strict=True)
        ],
        _numbers(packed.buckets, _BUCKET) * BASE,
        _numbers(packed.counts, _COUNT),
        _numbers(packed.sizes, _SIZE),
        np.frombuffer(packed.prints, _WORD).reshape(-1, _WORDS).astype(np.uint32),
        dict(packed.texts),
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
