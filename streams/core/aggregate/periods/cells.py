"""Movement cells of all source partitions: what one sends of a cell replaces what it sent before.

source partition 0   1d 2017-01-18, lost, reason price: 3     the last word of each partition
source partition 1   1d 2017-01-18, lost, reason price: 1     on each cell
                                                       = 4     their sum

A cell that came to nothing stays as nothing until that was published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Part = tuple[int, int, dict[str, int]]
"""What one source partition says of a cell: count, lives, minor units by currency."""


class Cell(NamedTuple):
    """Names a cell of a day (its tier is None) or a month; as in `CellChange`."""

    segment: str
    tier: str | None
    kind: str
    dimension: str | None
    label: str | None


class Amount:
    """Movements or events, customers with one, and money by currency in minor units."""

    __slots__ = ("count", "lives", "values")

    def __init__(
        self, count: int = 0, lives: int = 0, values: Mapping[str, int] | None = None
    ) -> None:
        self.count = count
        self.lives = lives
        self.values: dict[str, int] = dict(values or {})

    def __bool__(self) -> bool:
        return bool(self.count or self.lives or self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Amount) and self.part() == other.part()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Amount{self.part()}"

    def add(self, part: Part, count: int = 1, value: int = 1) -> None:
        """Add a part, `count` times its count and `value` times its money; no money of 0 stays."""
        self.count += count * part[0]
        self.lives += count * part[1]
        values = self.values
        for currency, amount in part[2].items():
            total = values.get(currency, 0) + value * amount
            if total:
                values[currency] = total
            else:
                values.pop(currency, None)

    def part(self) -> Part:
        """Give count, lives and money."""
        return self.count, self.lives, self.values


class Slots:
    """The cells of all days, or of all months, by the number of the day or month.

    Attributes:
        sums: by slot and cell, over all source partitions.
    """

    def __init__(self) -> None:
        self.sums: dict[int, dict[Cell, Amount]] = {}
        self._parts: dict[int, dict[tuple[Cell, int], Part]] = {}

    def replace(self, slot: int, cell: Cell, partition: int, part: Part) -> Amount | None:
        """Put what a partition says of a cell in place of what it said before.

        Returns:
            By how much the sum changes; None where it does not.
        """
        before = self.part(slot, cell, partition)
        if before == part or (before is None and not any(part)):
            return None
        return self.restore(slot, cell, partition, part)

    def restore(self, slot: int, cell: Cell, partition: int, part: Part) -> Amount:
        """Put what a partition says, nothing or not, in place of what it said; as `replace`."""
        parts = self._parts.setdefault(slot, {})
        before = parts.get((cell, partition))
        parts[cell, partition] = part
        change = Amount(*part)
        if before is not None:
            change.add(before, -1, -1)
        total = self.sums.setdefault(slot, {}).get(cell)
        if total is None:
            total = self.sums[slot][cell] = Amount()
        total.add(change.part())
        return change

    def part(self, slot: int, cell: Cell, partition: int) -> Part | None:
        """Give what a partition says of a cell."""
        return self._parts.get(slot, {}).get((cell, partition))

    def tidy(self, slot: int) -> Iterator[tuple[Cell, int]]:
        """Drop what came to nothing in a slot, and yield which cells of which partition."""
        parts = self._parts.get(slot, {})
        for key in [key for key, part in parts.items() if not any(part)]:
            del parts[key]
            yield key
        sums = self.sums.get(slot, {})
        held = {cell for cell, _ in parts}
        for cell in [cell for cell in sums if cell not in held]:
            del sums[cell]

    def drop(self, slot: int) -> dict[tuple[Cell, int], Part]:
        """Forget a slot, and give the parts that it had by cell and partition."""
        self.sums.pop(slot, None)
        return self._parts.pop(slot, {})

    def keys(self, slot: int) -> list[tuple[Cell, int]]:
        """Give the cells and partitions of which a slot has parts."""
        return list(self._parts.get(slot, {}))

    def remove(self, slot: int, cell: Cell, partition: int) -> None:
        """Forget what a partition says of a cell, and the slot with its last part."""
        parts = self._parts.get(slot, {})
        parts.pop((cell, partition), None)
        if not parts:
            self.drop(slot)

    def __len__(self) -> int:
        return sum(map(len, self.sums.values()))
