"""Counts by combination of labels, and those of one series among them, found fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

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


class Same:
    """One object for equal combinations of labels: every message brings labels of its own.

    Knows `most` combinations; then it starts anew, and what is held by nobody else is gone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Labels, Labels] = {}

    def of(self, labels: Labels) -> Labels:
        """Give the one that equals `labels`."""
        known = self._known.get(labels)
        if known is None:
            if len(self._known) >= self._most:
                self._known.clear()
            known = self._known[labels] = labels
        return known

    def keys(self, items: Iterable[tuple[Labels, T]]) -> dict[Labels, T]:
        """Make a dictionary of items by such combinations."""
        return {self.of(labels): item for labels, item in items}


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
