"""The days of the evidence: how often each combination of labels occurred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.evidence.admitted import Admitted
from streams.core.evidence.combinations import Interned
from streams.core.slots import grown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.detail_columns import Ordered
    from streams.core.evidence.combinations import Counts, Labels

COMBINATIONS_A_DAY: Final = 5_000
"""What is beyond is counted under `other`."""


class _Day:
    """The counts of one day; what is beyond so many combinations is counted under `other`."""

    def __init__(self, interned: Interned, counts: Counts) -> None:
        self._admitted = Admitted(interned, counts)
        self._counts = np.array(list(counts.values()), np.int64)

    def __len__(self) -> int:
        return len(self._admitted)

    def add(self, rows: Ordered) -> None:
        slots = self._admitted.slots(rows, COMBINATIONS_A_DAY)
        self._counts = grown(self._counts, len(self._admitted))
        np.add.at(self._counts, slots[rows.which], rows.rows.counts)

    def counts(self) -> Counts:
        return dict(zip(self._admitted, self._counts.tolist(), strict=False))


class Days:
    """Counts by combination of labels, by start of the day (epoch seconds)."""

    def __init__(self, interned: Interned | None = None) -> None:
        self._interned = interned or Interned(2 * COMBINATIONS_A_DAY)
        self._days: dict[int, _Day] = {}

    def __iter__(self) -> Iterator[int]:
        return iter(self._days)

    def __setitem__(self, day: int, counts: Counts) -> None:
        self._days[day] = _Day(self._interned, counts)

    def __delitem__(self, day: int) -> None:
        del self._days[day]

    def find(self, day: int) -> Mapping[Labels, int] | None:
        """Return the counts of a day; None where nothing is known of it."""
        held = self._days.get(day)
        return None if held is None else held.counts()

    def add(self, day: int, rows: Ordered) -> None:
        """Add events to a day; where there is a cap, who comes first stays."""
        if day not in self._days:
            self[day] = {}
        self._days[day].add(rows)

    def size(self) -> int:
        """Count the combinations of all days."""
        return sum(map(len, self._days.values()))
