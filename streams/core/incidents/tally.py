"""What is known by combination of labels, and that of one series among it, found fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

T = TypeVar("T")
N = TypeVar("N", int, float)

Labels = tuple[str, ...]
Counts = dict[Labels, int]
Place = tuple[tuple[int, str], ...]
"""Which positions of `Labels` must have which value: the labels of a series."""

TOTALS_KEPT: Final = 256
"""So many series a tally remembers the sum of."""

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


class Index(Generic[T]):
    """Items by combination of labels, in an order that stays; those of one series are found fast.

    A label is indexed when it is first asked for. All labels are in `own`, a series themselves.
    """

    def __init__(self, items: Collection[tuple[Labels, T]], own: Place = ()) -> None:
        self._items = items
        self._own = dict(own)
        self._by: dict[int, dict[str, list[tuple[Labels, T]]]] = {}

    def of(self, place: Place) -> Collection[tuple[Labels, T]]:
        """Give the items of one series, in their order."""
        own = self._own
        left = [label for label in place if label[0] not in own]
        if len(left) < len(place) and any(own.get(at, value) != value for at, value in place):
            return ()
        if not left:
            return self._items
        position, value = left[0]
        found = self._at(position).get(value, ())
        rest = tuple(left[1:])
        return [item for item in found if within(item[0], rest)] if rest else found

    def _at(self, position: int) -> dict[str, list[tuple[Labels, T]]]:
        index = self._by.get(position)
        if index is None:
            index = self._by[position] = {}
            for item in self._items:
                index.setdefault(item[0][position], []).append(item)
        return index


class Tally(Index[int]):
    """Counts that many series are looked up in; they stay as they are."""

    def __init__(self, counts: Counts) -> None:
        super().__init__(counts.items())
        self._totals: dict[Place, int] = {}

    def total(self, place: Place) -> int:
        """Count the events of one series."""
        known = self._totals.get(place)
        if known is None:
            if len(self._totals) >= TOTALS_KEPT:
                self._totals.clear()
            known = self._totals[place] = sum(count for _, count in self.of(place))
        return known


def added(parts: Iterable[Iterable[tuple[Labels, int]]]) -> Counts:
    """Add counts up."""
    counts: Counts = {}
    for part in parts:
        if not counts:
            counts.update(part)  # within a part, no combination comes twice
            continue
        for labels, count in part:
            counts[labels] = counts.get(labels, 0) + count
    return counts


def ordered(counts: Mapping[Labels, N]) -> dict[Labels, N]:
    """Put counts into the order of their labels: sums of floats depend on it."""
    return {labels: counts[labels] for labels in sorted(counts)}
