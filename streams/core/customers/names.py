"""Names as numbers: labels and currencies stand in a packed life as small whole numbers.

A negative number stands for one of our own reasons (`OWN_REASONS`). The numbers depend
on what came first, so they decide nothing: no order, no key that leaves the partition. What is
published has the names.
"""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from streams.core.series_key import OTHER, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.core.catalogue import Aliases

CAP: Final = 50_000
"""Names of one partition; what comes after is `other`."""

CURRENCY, UNPAID, GONE = -1, -2, -3
"""Our own reasons: another currency, no payments, removed. No number of a name is negative."""
OWN_REASONS: Final = {CURRENCY: "currency", UNPAID: "past due", GONE: "forgotten"}

NONE: Final = 0
"""The number of a label that is not given."""

_GIVEN: Final = (UNKNOWN, OTHER)


def without_last(numbers: Sequence[int]) -> tuple[int, ...]:
    """Leave out labels at the end that are not given."""
    count = len(numbers)
    while count and not numbers[count - 1]:
        count -= 1
    return tuple(numbers[:count])


class Names:
    """The names of one source partition, numbered as they come; 0 is none, and reads `unknown`.

    A spelling that `aliases` knows (by label) is read as the name that it stands for.
    """

    def __init__(self, aliases: Aliases = MappingProxyType({})) -> None:
        self._aliases = {label: dict(names) for label, names in aliases.items() if names}
        self.names = list(_GIVEN)
        self.numbers: dict[str | None, int] = {None: NONE, UNKNOWN: NONE, OTHER: 1}
        self._fresh: list[int] = []

    def number(self, name: str | None) -> int:
        """Give the number of a name; a new one gets the next."""
        number = self.numbers.get(name)
        if number is None:
            if len(self.names) >= CAP or name is None:
                return self.numbers[OTHER]
            number = self.numbers[name] = len(self.names)
            self.names.append(name)
            self._fresh.append(number)
        return number

    def label(self, label: str, name: str | None) -> int:
        """Give the number of the value of a label, as it is meant."""
        meant = self._aliases.get(label)
        if meant is not None and name is not None:
            name = meant.get(name, name)
        return self.number(name)

    def reader(self, labels: Sequence[str]) -> Callable[[Any], tuple[int, ...]]:
        """Make the function that gives the numbers of two labels or more of an event."""
        values_of, one_by_one = attrgetter(*labels), self.label
        plain = self.are_as_given(labels)

        def read(event: Any) -> tuple[int, ...]:  # noqa: ANN401
            values = values_of(event)
            if plain:
                found = tuple(map(self.numbers.get, values))
                if None not in found:
                    return found  # type: ignore[return-value]
            return tuple(map(one_by_one, labels, values))

        return read

    def are_as_given(self, labels: Sequence[str]) -> bool:
        """Tell whether no spelling of some labels is read as another name."""
        return not any(label in self._aliases for label in labels)

    def numbered(
        self, labels: Sequence[str], columns: Sequence[Sequence[str | None]]
    ) -> list[list[str | None]]:
        """Give the names that labels of some events are read as: a column a label, as they are.

        Each of them has a number then. New ones get the next, event by event, as they come.
        """
        read = [self._meant(*each) for each in zip(labels, columns, strict=True)]
        fresh = [set(column).difference(self.numbers) for column in read]
        came = [
            (place, at)
            for at, (column, new) in enumerate(zip(read, fresh, strict=True))
            for place, name in enumerate(column if new else ())
            if name in new
        ]
        for place, at in sorted(came):
            self.number(read[at][place])
        known = self.numbers
        return [
            [name if name in known else OTHER for name in column] if new else column
            for column, new in zip(read, fresh, strict=True)
        ]

    def _meant(self, label: str, column: Sequence[str | None]) -> list[str | None]:
        """Give the values of a label as they are meant."""
        meant = self._aliases.get(label)
        if meant is None:
            return list(column)
        return [name if name is None else meant.get(name, name) for name in column]

    def name(self, number: int) -> str:
        """Read a number."""
        return self.names[number] if number >= 0 else OWN_REASONS[number]

    def drain_fresh(self) -> list[tuple[int, str]]:
        """Return the names that are new since the last call, with their numbers."""
        fresh, self._fresh = self._fresh, []
        return [(number, self.names[number]) for number in fresh]

    def restore(self, numbered: dict[int, str]) -> None:
        """Take over what was written down, all names by number, in place of what there is.

        Raises:
            ValueError: a number is missing.
        """
        first = len(_GIVEN)
        names = [numbered[number] for number in sorted(numbered)]
        if sorted(numbered) != list(range(first, first + len(names))):
            raise ValueError("names with numbers in between are missing")
        self.names = [*_GIVEN, *names]
        self.numbers = {None: NONE} | {name: at for at, name in enumerate(self.names)}
        self._fresh = []
