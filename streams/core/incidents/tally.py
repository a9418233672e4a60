"""Counts by combination of labels, and those of one series among them, found fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

Labels = tuple[str, ...]
Counts = dict[Labels, int]
Place = tuple[tuple[int, str], ...]
"""Which positions of `Labels` must have which value: the labels of a series."""

NOWHERE: Final[Place] = ((0, ""),)
"""The place of a series that the evidence knows nothing of: labels are never empty."""


def within(labels: Labels, place: Place) -> bool:
    """Tell whether a combination of labels belongs to a series."""
    for position, value in place:  # noqa: SIM110 - a generator takes three times as long
        if labels[position] != value:
            return False
    return True


class Tally:
    """Counts that many series are looked up in: each label gets an index when first asked for."""

    def __init__(self, parts: Iterable[Iterable[tuple[Labels, int]]]) -> None:
        self.counts: Counts = {}
        for part in parts:
            for labels, count in part:
                self.counts[labels] = self.counts.get(labels, 0) + count
        self._index: dict[int, dict[str, list[Labels]]] = {}

    def of(self, place: Place) -> Counts:
        """Give the counts of one series."""
        if not place:
            return self.counts
        position, value = place[0]
        if position not in self._index:
            index: dict[str, list[Labels]] = {}
            for labels in self.counts:
                index.setdefault(labels[position], []).append(labels)
            self._index[position] = index
        found = self._index[position].get(value, ())
        return {labels: self.counts[labels] for labels in found if within(labels, place[1:])}
