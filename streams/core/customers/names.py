"""Names as numbers: labels and currencies stand in a packed life as small whole numbers.

A negative number stands for one of our own reasons (`OWN_REASONS`). The numbers depend
on what came first, so they decide nothing: no order, no key that leaves the partition. What is
published has the names.
"""

from __future__ import annotations

from typing import Final

from streams.core.series_key import OTHER, UNKNOWN

CAP: Final = 50_000
"""Names of one partition; what comes after is `other`."""

CURRENCY, UNPAID, GONE = -1, -2, -3
"""Our own reasons: another currency, no payments, removed. No number of a name is negative."""
OWN_REASONS: Final = {CURRENCY: "currency", UNPAID: "past due", GONE: "forgotten"}

NONE: Final = 0
"""The number of a label that is not given."""

_GIVEN: Final = (UNKNOWN, OTHER)


class Names:
    """The names of one source partition, numbered as they come; 0 is none, and reads `unknown`.

    `fresh` has the numbers that no row of the changelog says yet.
    """

    def __init__(self) -> None:
        self.names = list(_GIVEN)
        self.numbers: dict[str | None, int] = {None: NONE, UNKNOWN: NONE, OTHER: 1}
        self.fresh: list[int] = []

    def number(self, name: str | None) -> int:
        """Give the number of a name; a new one gets the next."""
        number = self.numbers.get(name)
        if number is None:
            if len(self.names) >= CAP or name is None:
                return self.numbers[OTHER]
            number = self.numbers[name] = len(self.names)
            self.names.append(name)
            self.fresh.append(number)
        return number

    def name(self, number: int) -> str:
        """Read a number."""
        return self.names[number] if number >= 0 else OWN_REASONS[number]

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
        self.fresh = []
