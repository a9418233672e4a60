"""Sample texts of details in columns: a row has none, one or a few of them, one after the other.

rows       0    0    2         which row each text is of, ascending
hashes     17   90   4         of the id of its event
starts     0    9    21        where it stands in the letters, which others may stand in, too
letters    too dear never again why me

Letters are UTF-8, and become text where somebody reads them: most never are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.messages import Sample
    from streams.core.slots import Integers

_ROW: Final = np.dtype("<i4")
_HASH: Final = np.dtype("<i8")
_SIZE: Final = np.dtype("<i4")
_FEW: Final = 2
"""Letters there are for each of a picked text above which those of the others are let go."""


class PackedTexts(msgspec.Struct, frozen=True):
    """Sample texts, packed: of each text the row (4 bytes), the hash (8) and its bytes (4)."""

    rows: bytes
    hashes: bytes
    sizes: bytes
    letters: bytes


class TextColumns(NamedTuple):
    """Texts by row; element n of each column belongs to text n.

    Attributes:
        rows: which row a text is of, ascending.
        hashes: of the id of its event.
        starts: where it begins in the letters.
        ends: where it ends.
        letters: UTF-8.
    """

    rows: Integers
    hashes: Integers
    starts: Integers
    ends: Integers
    letters: bytes

    def pick(self, places: Integers, size: int) -> TextColumns:
        """Return the texts of some of `size` rows, which have the numbers 0, 1, 2 ... then.

        Letters of others stay beside theirs as long as they are not the most.
        """
        if not self.rows.size:
            return self
        many = np.bincount(self.rows, minlength=size)
        own = many[places]
        before = (many.cumsum() - many)[places] - (own.cumsum() - own)
        found = np.repeat(before, own) + np.arange(own.sum())
        picked = TextColumns(
            np.repeat(np.arange(places.size), own),
            self.hashes[found],
            self.starts[found],
            self.ends[found],
            self.letters,
        )
        if _FEW * (picked.ends - picked.starts).sum() >= len(self.letters):
            return picked
        return of_letters(picked.rows, picked.hashes, picked.each())

    def span(self, first: int, last: int) -> TextColumns:
        """Return the texts of the rows from `first` up to before `last`, which begin with 0."""
        if not self.rows.size:
            return self
        own = slice(*self.rows.searchsorted((first, last)).tolist())
        return TextColumns(
            self.rows[own] - first,
            self.hashes[own],
            self.starts[own],
            self.ends[own],
            self.letters,
        )

    def sizes(self, rows: int) -> Integers:
        """Return how many bytes the texts of each of so many rows have together."""
        sizes = np.bincount(self.rows, self.ends - self.starts, rows)
        return sizes.astype(np.int64)

    def each(self, places: Integers | None = None) -> list[bytes]:
        """Return the letters of each text, or of some."""
        some = slice(None) if places is None else places
        spans = zip(self.starts[some].tolist(), self.ends[some].tolist(), strict=True)
        return [self.letters[start:end] for start, end in spans]

    def samples(self, size: int) -> list[list[Sample]]:
        """Return hash and text of each, by row."""
        found: list[list[Sample]] = [[] for _ in range(size)]
        each = zip(self.rows.tolist(), self.hashes.tolist(), self.each(), strict=True)
        for row, hashed, text in each:
            found[row].append((hashed, text.decode()))
        return found

    def pack(self) -> PackedTexts:
        """Pack them."""
        if np.array_equal(self.starts[1:], self.ends[:-1]):
            letters = self.letters[self.starts[:1].sum() : self.ends[-1:].sum()]
        else:
            letters = b"".join(self.each())
        return PackedTexts(
            self.rows.astype(_ROW).tobytes(),
            self.hashes.astype(_HASH).tobytes(),
            (self.ends - self.starts).astype(_SIZE).tobytes(),
            letters,
        )


def of_letters(rows: Integers, hashes: Integers, texts: Sequence[bytes]) -> TextColumns:
    """Return texts in columns."""
    ends = np.fromiter(map(len, texts), np.int64, len(texts)).cumsum()
    return TextColumns(rows, hashes, np.append(0, ends[:-1])[: ends.size], ends, b"".join(texts))


def of_samples(samples: Iterable[tuple[int, Sequence[Sample]]]) -> TextColumns:
    """Return the samples of rows, which ascend, in columns."""
    each = [(row, hashed, text.encode()) for row, own in samples for hashed, text in own]
    rows, hashes, texts = zip(*each, strict=True) if each else ((), (), ())
    return of_letters(np.array(rows, np.int64), np.array(hashes, np.int64), texts)


NO_TEXTS: Final = of_samples(())


def joined(several: Sequence[TextColumns], sizes: Sequence[int]) -> TextColumns:
    """Put the texts of rows one behind the other, of which there are so many in each part."""
    begins = np.cumsum([0, *sizes[:-1]])
    parts = [(one, begin) for one, begin in zip(several, begins, strict=True) if one.rows.size]
    if not parts:
        return NO_TEXTS
    # Those of a span are some of its message's, which other spans have, too.
    spans = [(int(one.starts.min()), int(one.ends.max())) for one, _ in parts]
    letters = [
        memoryview(one.letters)[first:last]
        for (one, _), (first, last) in zip(parts, spans, strict=True)
    ]
    firsts = np.array([first for first, _ in spans])
    places = np.cumsum([0, *map(len, letters[:-1])]) - firsts
    return TextColumns(
        np.concatenate([one.rows + begin for one, begin in parts]),
        np.concatenate([one.hashes for one, _ in parts]),
        np.concatenate([one.starts + at for (one, _), at in zip(parts, places, strict=True)]),
        np.concatenate([one.ends + at for (one, _), at in zip(parts, places, strict=True)]),
        b"".join(letters),
    )


def unpack(packed: PackedTexts) -> TextColumns:
    """Return the texts that were packed; ValueError where their columns do not fit together."""
    rows = np.frombuffer(packed.rows, _ROW).astype(np.int64)
    hashes = np.frombuffer(packed.hashes, _HASH).astype(np.int64)
    ends = np.frombuffer(packed.sizes, _SIZE).astype(np.int64).cumsum()
    if not rows.size == hashes.size == ends.size or ends[-1:].sum() != len(packed.letters):
        raise ValueError("texts of details whose columns do not fit together")
    return TextColumns(rows, hashes, np.append(0, ends[:-1])[: ends.size], ends, packed.letters)
