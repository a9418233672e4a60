"""Details in columns: the counts and events of full label tuples, in memory and packed.

    values    Card Loan     CA NY        by label: the values that occur
    codes     1  0  1       0  0  1      by label a column: which of them each row has
    starts    10:00  10:00  10:05        by row: its bucket
    counts    3  1  1
    prints    ...  .  .                  row by row: fingerprints of its events

`streams/core/detail_messages.py` packs them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import numpy as np

from streams.core import detail_texts
from streams.core.distinct_rows import distinct, distinct_rows
from streams.core.series_key import UNKNOWN
from streams.core.sketches.fingerprints import SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from streams.core.detail_texts import TextColumns
    from streams.core.messages import DetailRow, Sample
    from streams.core.slots import Integers

    Words = NDArray[np.uint32]
    Hashes = NDArray[np.uint64]

Labels = tuple[str, ...]
Values = list[str | None]

_WORD: Final = np.dtype(">u4")
WORDS: Final = SIZE // 4
"""Words of a print."""
_MAX_KEY: Final = 1 << 62
_FACTOR: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1


class DetailColumns(NamedTuple):
    """Details in columns: element n of each belongs to row n.

    Attributes:
        values: by label: the values that may occur.
        codes: by label: the place of each row's value among them.
        starts: of the bucket, epoch seconds.
        counts: events.
        sizes: how many prints each row has.
        prints: those of all rows, row by row: five words each (`streams.core.sketches`).
        texts: sample texts.
    """

    values: Sequence[Values]
    codes: Sequence[Integers]
    starts: Integers
    counts: Integers
    sizes: Integers
    prints: Words
    texts: TextColumns

    def pick(self, places: Integers) -> DetailColumns:
        """Return some of the rows, in this order."""
        sizes = self.sizes[places]
        before = (self.sizes.cumsum() - self.sizes)[places] - (sizes.cumsum() - sizes)
        return DetailColumns(
            self.values,
            [column[places] for column in self.codes],
            self.starts[places],
            self.counts[places],
            sizes,
            self.prints[np.repeat(before, sizes) + np.arange(sizes.sum())],
            self.texts.pick(places, self.starts.size),
        )

    def span(self, first: int, last: int) -> DetailColumns:
        """Return the rows from `first` up to before `last`: views, as far as can be."""
        if first == 0 and last == self.starts.size:
            return self
        before, own = int(self.sizes[:first].sum()), int(self.sizes[first:last].sum())
        return DetailColumns(
            self.values,
            [column[first:last] for column in self.codes],
            self.starts[first:last],
            self.counts[first:last],
            self.sizes[first:last],
            self.prints[before : before + own],
            self.texts.span(first, last),
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
        values: list[Values] = [
            own if all(own) else [value or UNKNOWN for value in own] for own in self.values
        ]
        return self._replace(values=values)

    def labels(self) -> list[Labels]:
        """Return the label values of each row."""
        columns = (
            map(values.__getitem__, codes.tolist())
            for values, codes in zip(self.values, self.codes, strict=True)
        )
        return cast("list[Labels]", list(zip(*columns, strict=True)))

    def hashes(self, places: Integers) -> Hashes:
        """Return a hash of the labels of some rows; in another process it is another.

        Who finds it has to look at the labels, too.
        """
        sums = np.zeros(places.size, np.uint64)
        for place, (values, codes) in enumerate(zip(self.values, self.codes, strict=True)):
            factor = pow(_FACTOR, place + 1, _MASK + 1)
            table = [hash(value) * factor & _MASK for value in values]
            sums += np.array(table, np.uint64)[codes[places]]
        return sums

    def samples(self) -> list[list[Sample]]:
        """Return the sample texts of each row."""
        return self.texts.samples(self.starts.size)

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
        return Ordered(found.first, found.which, self)


class Ordered(NamedTuple):
    """Rows by bucket and labels.

    Attributes:
        first: of each that there is a row that is of it, ascending by bucket and by labels.
        which: by row, which of them it is.
        rows: the rows.
    """

    first: Integers
    which: Integers
    rows: DetailColumns

    def names(self, some: Integers) -> list[Labels]:
        """Return the labels of some of them."""
        places = self.first[some]
        codes = [column[places] for column in self.rows.codes]
        return self.rows._replace(codes=codes).labels()

    def hashes(self) -> Hashes:
        """Return a hash of the labels of each."""
        return self.rows.hashes(self.first)


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
    return DetailColumns(
        values,
        codes,
        np.concatenate([one.starts for one in several]),
        np.concatenate([one.counts for one in several]),
        np.concatenate([one.sizes for one in several]),
        np.concatenate([one.prints for one in several]),
        detail_texts.joined([one.texts for one in several], [one.starts.size for one in several]),
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
        prints.reshape(-1, WORDS).astype(np.uint32),
        detail_texts.of_samples(enumerate(samples)),
    )
