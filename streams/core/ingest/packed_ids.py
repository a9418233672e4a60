"""Event ids to which nothing is added any more, in half the room of strings in a dictionary.

    hashes     07..   3f..   3f..   e1..      of all ids, ascending
    places       2      0      3      1       which id it is: `ends[place]` is where its text ends
    text       "id-0id-1id-2id-3"

A hash says that an id may be there, its text whether it is. Hashes are Python's own: of this
process alone, and written down nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Hashes = NDArray[np.uint32]


class PackedIds:
    """Distinct event ids, one at least.

    Attributes:
        hashes: of all of them, ascending.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        hashes = hashes_of(ids)
        order = hashes.argsort()
        self.hashes = hashes[order]
        self._places = order.astype(np.int32)
        self._text = "".join(ids)
        self._ends = np.cumsum(np.fromiter(map(len, ids), np.int64, len(ids)))

    def __len__(self) -> int:
        return len(self.hashes)

    def among(self, ids: Sequence[str], hashes: Hashes) -> Iterator[str]:
        """Yield those of other ids that are among these; `hashes` are those of `ids`."""
        starts = self.hashes.searchsorted(hashes).tolist()
        ends = self.hashes.searchsorted(hashes, side="right").tolist()
        for one, start, end in zip(ids, starts, ends, strict=True):
            if one in self._texts(self._places[start:end].tolist()):
                yield one

    def _texts(self, places: Iterable[int]) -> Iterator[str]:
        for place in places:
            start = self._ends[place - 1] if place else 0
            yield self._text[start : self._ends[place]]


def hashes_of(ids: Sequence[str]) -> Hashes:
    """Return a hash of each id."""
    return np.fromiter(map(hash, ids), np.int64, len(ids)).astype(np.uint32)


def places_among(ascending: Hashes, hashes: Hashes) -> NDArray[np.intp]:
    """Return the places of the hashes that are among ascending ones, of which there are some."""
    order = hashes.argsort()  # neighbours are looked for beside each other
    wanted = hashes[order]
    at = np.minimum(ascending.searchsorted(wanted), ascending.size - 1)
    found: NDArray[np.intp] = order[ascending[at] == wanted]
    return found
