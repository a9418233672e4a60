"""The combinations of labels that are counted apart: those that came first; the rest is `other`.

values   Card Loan | CA NY      by label: the values that occur
codes    1 0 | 0 0 | 1 1        by slot a row: which of them each label has

Where events are dense most combinations are not among them. These are told by a hash of each, and
their labels are never looked at one by one.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from streams.core.distinct_rows import compact, distinct_rows
from streams.core.series_key import OTHER
from streams.core.slots import grown, row_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from streams.core.detail_columns import DetailColumns, Hashes, Ordered, Values
    from streams.core.slots import Integers


class Admitted:
    """Slots 0, 1, 2 ... of combinations of labels, in the order in which they were admitted."""

    def __init__(self) -> None:
        self._codes: NDArray[np.int32] = np.zeros((0, 0), np.int32)
        self._values: list[dict[str | None, int]] = []
        self._slot_of: dict[bytes, int] = {}
        """By the bytes of its codes."""
        self._hashes: Hashes = np.zeros(0, np.uint64)
        """Those of all that are held, ascending."""

    def __len__(self) -> int:
        return len(self._slot_of)

    def values(self) -> list[Values]:
        """Return the values of each label."""
        return [list(known) for known in self._values]

    def codes(self) -> list[Integers]:
        """Return of each label which of them each slot has."""
        return [column.astype(np.int64) for column in self._codes[: len(self)].T]

    def restore(self, rows: DetailColumns) -> None:
        """Admit rows, of which no two have the same labels; they have the slots 0, 1, 2 ..."""
        places = np.arange(rows.starts.size)
        self._add(rows, places, rows.hashes(places))

    def slots(self, rows: Ordered, most: int) -> Integers:
        """Return the slot of each set of labels there is; admit new ones up to `most`.

        Who comes first is admitted. What is beyond has the slot of `other`, which is one more.
        """
        hashes = rows.hashes()
        found = np.full(rows.first.size, -1, np.int64)
        at = np.minimum(self._hashes.searchsorted(hashes), max(self._hashes.size - 1, 0))
        maybe = np.flatnonzero(self._hashes[at] == hashes) if self._hashes.size else at[:0]
        if maybe.size:
            keys = row_keys(self._coded(rows.rows, rows.first[maybe], _known))
            found[maybe] = np.fromiter(
                map(self._slot_of.get, keys, repeat(-1)), np.int64, len(keys)
            )
        fresh = np.flatnonzero(found < 0)
        if fresh.size:
            found[fresh] = self._admit(rows.rows, rows.first[fresh], hashes[fresh], most)
        return found

    def _admit(
        self, rows: DetailColumns, places: Integers, hashes: Hashes, most: int
    ) -> Integers | int:
        """Return the slots of rows that are not held, which may come more than once."""
        held, room = len(self), most - len(self)
        if room <= 0:
            return self._other(rows)
        first, which = distinct_rows([column[places] for column in rows.codes])
        self._add(rows, places[first[:room]], hashes[first[:room]])
        if first.size <= room:
            return held + which
        return np.where(which < room, held + which, self._other(rows))

    def _other(self, rows: DetailColumns) -> int:
        """Return the slot of what is not counted apart; it may be among those that are."""
        other = rows._replace(
            values=[[OTHER] for _ in rows.values],
            codes=[np.zeros(1, np.int64) for _ in rows.values],
        )
        place = np.zeros(1, np.int64)
        (key,) = row_keys(self._coded(other, place, _known))
        if key not in self._slot_of:
            self._add(other, place, other.hashes(place))
        return self._slot_of.get(key, len(self) - 1)

    def _add(self, rows: DetailColumns, places: Integers, hashes: Hashes) -> None:
        """Give the next slots to rows, of which no two have the same labels, nor are held."""
        if not self._values:
            self._values = [{} for _ in rows.values]
            self._codes = np.zeros((0, len(rows.values)), np.int32)
        held = len(self)
        codes = self._coded(rows, places, _numbered)
        self._codes = grown(self._codes, held + places.size)
        self._codes[held : held + places.size] = codes
        self._slot_of.update(zip(row_keys(codes), range(held, held + places.size), strict=True))
        self._hashes = np.sort(np.concatenate((self._hashes, hashes)))

    def _coded(
        self,
        rows: DetailColumns,
        places: Integers,
        number: Callable[[dict[str | None, int], Sequence[str | None]], list[int]],
    ) -> NDArray[np.int32]:
        """Return a row of codes for each of some rows; `number` gives the codes of values."""
        coded = np.empty((places.size, len(self._values)), np.int32)
        columns = zip(self._values, rows.values, rows.codes, strict=True)
        for label, (known, values, codes) in enumerate(columns):
            present, which = compact(codes[places])
            own = number(known, [values[code] for code in present.tolist()])
            coded[:, label] = np.array(own, np.int32)[which]
        return coded


def _known(known: dict[str | None, int], values: Sequence[str | None]) -> list[int]:
    """Return the numbers of values; -1 for what has none."""
    return [known.get(value, -1) for value in values]


def _numbered(known: dict[str | None, int], values: Sequence[str | None]) -> list[int]:
    """Return the numbers of values; what has none is given one."""
    return [known.setdefault(value, len(known)) for value in values]
