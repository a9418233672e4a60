"""The days of the evidence: how often each combination of labels occurred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.evidence.combinations import other_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.evidence.combinations import Counts, Labels
    from streams.core.evidence.row import EvidenceRow

COMBINATIONS_A_DAY: Final = 5_000
"""What is beyond is counted under `other`."""


class Days:
    """Counts by combination of labels, by start of the day (epoch seconds)."""

    def __init__(self) -> None:
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

    def add(self, day: int, rows: Iterable[tuple[Labels, EvidenceRow]]) -> None:
        """Add events to a day; who comes first where there is a cap is for the caller to decide."""
        counts = self._days.setdefault(day, {})
        for labels, row in rows:
            known = labels in counts or len(counts) < COMBINATIONS_A_DAY
            key = labels if known else other_of(labels)
            counts[key] = counts.get(key, 0) + row.count

    def size(self) -> int:
        """Count the combinations of all days."""
        return sum(map(len, self._days.values()))
