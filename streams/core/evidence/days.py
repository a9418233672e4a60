"""The days of the evidence: how often each combination of labels occurred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.evidence.combinations import Interned, other_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.detail_columns import Ordered
    from streams.core.evidence.combinations import Counts, Labels

COMBINATIONS_A_DAY: Final = 5_000
"""What is beyond is counted under `other`."""


class Days:
    """Counts by combination of labels, by start of the day (epoch seconds)."""

    def __init__(self, interned: Interned | None = None) -> None:
        self._interned = interned or Interned(2 * COMBINATIONS_A_DAY)
        self._days: dict[int, Counts] = {}

    def __iter__(self) -> Iterator[int]:
        return iter(self._days)

    def __setitem__(self, day: int, counts: Counts) -> None:
        self._days[day] = counts

    def __delitem__(self, day: int) -> None:
        del self._days[day]

    def find(self, day: int) -> Mapping[Labels, int] | None:
        """Return the counts of a day; None where nothing is known of it."""
        return self._days.get(day)

    def add(self, day: int, rows: Ordered) -> None:
        """Add events to a day; where there is a cap, who comes first stays."""
        counts = self._days.setdefault(day, {})
        other = other_of(rows.names[0])
        for labels, count in zip(rows.names, rows.totals(), strict=True):
            if labels in counts:
                counts[labels] += count
            elif len(counts) < COMBINATIONS_A_DAY:
                counts[self._interned.of(labels)] = count
            else:
                counts[other] = counts.get(other, 0) + count

    def size(self) -> int:
        """Count the combinations of all days."""
        return sum(map(len, self._days.values()))
