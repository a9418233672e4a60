"""The running check: all customers counted anew, some each second, and held against what was said.

It counts lives one after the other, so a partition with 100,000 of them is through in 100 seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.sums.census import in_words

if TYPE_CHECKING:
    from streams.core.customers.customers import Customers

CHECKED_A_SECOND: Final = 1_000
"""Lives that are counted in a wall second: some 4 % of a core."""
CHECKED_AT_ONCE: Final = 250
"""So many of them in one go."""


class RunningCheck:
    """Counts the customers of a partition, over and over.

    Attributes:
        left: lives that are to be counted before the next second.
    """

    def __init__(self, customers: Customers) -> None:
        self._customers = customers
        self._at: float | None = None
        self._errors: dict[str, int] = {}
        self._faults: list[str] = []
        self.left = 0

    def remind(self, wall: float) -> None:
        """Have `work` count some, if a second has passed (`wall` is epoch seconds)."""
        if self._at is None or not 0 <= wall - self._at < 1:
            self._at = wall
            self.left = max(1, min(CHECKED_A_SECOND, len(self._customers)))

    def work(self) -> None:
        """Count some, and keep for the log what does not add up, if that is something else."""
        some = min(self.left, CHECKED_AT_ONCE)
        if not some:
            return
        self.left -= some
        suspects = self._customers.check_some(some)
        errors = {unit: n for unit, n in self._customers.census.conservation_error().items() if n}
        if suspects or errors != self._errors:
            self._errors = errors
            if errors:
                self._faults.append(in_words(errors, suspects))

    def drain_faults(self) -> list[str]:
        """Return in words what was found wrong since the last call."""
        faults, self._faults = self._faults, []
        return faults
