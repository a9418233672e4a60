"""The referred: customers whom somebody referred, in the groups of who did first.

link: Ann, 3 January    Ann's groups   |--- base ---|--- gold ----
Bob a customer                       |=======================|
counted                                |--- base ---|- gold -|
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from streams.core.customers.calendar import FAR

if TYPE_CHECKING:
    from streams.core.customers.calendar import Months
    from streams.core.customers.lives.life import Life, Step


class Referred:
    """Since when a customer counts as one who was referred, and in whose groups.

    `since`: epoch seconds.
    """

    def __init__(self, life: Life, calendar: Months) -> None:
        self._by = life.referrers[0]
        self.since = self._by.at
        self._months = [month for month, _, _ in self._by.steps]
        self._starts = [calendar.starts[month] for month in self._months]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Referred) and self._by == other._by

    __hash__ = None  # type: ignore[assignment]

    def until(self) -> int:
        """Give when it is over for good: never."""
        return FAR

    def at(self, time: int) -> bool:
        """Tell whether the customer has been referred by a time."""
        return time >= self._by.at

    def of(self, month: int) -> tuple[int, int]:
        """Give the group of who did, in a month; the last that is known holds on."""
        return group_of(self._by.steps, self._months, month)

    def turns(self) -> set[int]:
        """Give all times at which that can change."""
        return {self._by.at, *self._starts[1:]}

    def due(self, clock: int) -> int:
        """Give when it can change next; FAR if it cannot."""
        return min((turn for turn in self.turns() if turn > clock), default=FAR)


def group_of(steps: list[Step], months: list[int], month: int) -> tuple[int, int]:
    """Give the group of a month by steps, and the months of those."""
    _, segment, tier = steps[max(bisect_right(months, month) - 1, 0)]
    return segment, tier
