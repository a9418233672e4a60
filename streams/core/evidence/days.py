"""The days of the evidence: how often each combination of labels occurred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detail_columns import WORDS, DetailColumns
from streams.core.detail_texts import NO_TEXTS
from streams.core.evidence.admitted import Admitted
from streams.core.slots import grown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.detail_columns import Ordered
    from streams.core.evidence.combinations import Labels
    from streams.core.slots import Integers

COMBINATIONS_A_DAY: Final = 5_000
"""What is beyond is counted under `other`."""


class _Day:
    """The counts of one day; what is beyond so many combinations is counted under `other`."""

    def __init__(self) -> None:
        self._admitted = Admitted()
        self._counts: Integers = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._admitted)

    def add(self, rows: Ordered) -> None:
        slots = self._admitted.slots(rows, COMBINATIONS_A_DAY)
        self._counts = grown(self._counts, len(self._admitted))
        np.add.at(self._counts, slots[rows.which], rows.rows.counts)

    def restore(self, columns: DetailColumns) -> None:
        self._admitted.restore(columns)
        self._counts = columns.counts

    def columns(self, start: int) -> DetailColumns:
        size = len(self)
        return DetailColumns(
            self._admitted.values(),
            self._admitted.codes(),
            np.full(size, start),
            self._counts[:size],
            np.zeros(size, np.int64),
            np.zeros((0, WORDS), np.uint32),
            NO_TEXTS,
        )


class Days:
    """Counts by combination of labels, by start of the day (epoch seconds)."""

    def __init__(self) -> None:
        self._days: dict[int, _Day] = {}

    def __iter__(self) -> Iterator[int]:
        return iter(self._days)

    def __delitem__(self, day: int) -> None:
        del self._days[day]

    def restore(self, day: int, columns: DetailColumns) -> None:
        """Start from the rows of a day, of which no two have the same labels."""
        held = self._days[day] = _Day()
        held.restore(columns)

    def columns(self, day: int) -> DetailColumns | None:
        """Return the counts of a day in columns; None where nothing is known of it."""
        held = self._days.get(day)
        return None if held is None else held.columns(day)

    def find(self, day: int) -> Mapping[Labels, int] | None:
        """Return the same by labels."""
        columns = self.columns(day)
        if columns is None:
            return None
        return dict(zip(columns.labels(), columns.counts.tolist(), strict=True))

    def add(self, day: int, rows: Ordered) -> None:
        """Add events to a day; where there is a cap, who comes first stays."""
        self._days.setdefault(day, _Day()).add(rows)

    def size(self) -> int:
        """Count the combinations of all days."""
        return sum(map(len, self._days.values()))
