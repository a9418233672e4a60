"""At risk: customers with a complaint that is recent, or was taken up and is not resolved.

    complaint |<-- recent -->|
    updates        answered                 resolved
    at risk   |=============================|

Those at risk are a stock (`streams.core.customers.stocks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.calendar import FAR
from streams.core.customers.corrections import void

if TYPE_CHECKING:
    from streams.core.customers.definitions import Definitions
    from streams.core.customers.life import Life

RESOLVED: Final = 2
"""The place of `resolved` among the statuses of a complaint."""


class Risk:
    """When a customer is at risk; asked for any time.

    `first`: epoch seconds of the first complaint; FAR if none holds. `complaints`: the newest
    of those that hold, in order of time.
    """

    def __init__(self, life: Life, definitions: Definitions) -> None:
        gone = void(life)
        self._recent = definitions.recent_complaint
        self.complaints = [note for note in life.complaints if note.own not in gone]
        self._complaints = [
            (
                note.at,
                [
                    (step.at, step.status)
                    for step in life.steps
                    if step.complaint == (note.named or note.own) and step.own not in gone
                ],
            )
            for note in self.complaints
        ]
        held = [note.at for note in life.early if note.own not in gone]
        self.first = min(held + [made for made, _ in self._complaints], default=FAR)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Risk)
            and self._complaints == other._complaints
            and self.first == other.first
        )

    __hash__ = None  # type: ignore[assignment]

    def until(self) -> int:
        """Give when the risk is over for good, as far as is known; FAR if it is not."""
        over = 0
        for made, steps in self._complaints:
            if steps and steps[-1][1] != RESOLVED:
                return FAR
            over = max(over, made + self._recent, steps[-1][0] if steps else 0)
        return over

    def at(self, time: int) -> bool:
        """Tell whether the customer is at risk at a time, if it is a customer."""
        return any(self._one(time, *complaint) for complaint in self._complaints)

    def _one(self, time: int, made: int, steps: list[tuple[int, int]]) -> bool:
        if time < made:
            return False
        if time - made < self._recent:
            return True
        status = RESOLVED
        for at, after in steps:
            if at <= time:
                status = after
        return status != RESOLVED

    def turns(self) -> set[int]:
        """Give all times at which that can change."""
        found: set[int] = set()
        for made, steps in self._complaints:
            found.update((made, made + self._recent), (at for at, _ in steps))
        return found

    def turns_within(self, after: int, last: int) -> bool:
        """Tell whether the customer becomes one at risk, or ceases to be, in these seconds.

        The first complaint counts besides, as what comes after it is counted apart.
        """
        if after < self.first <= last:
            return True
        return any(
            after < turn <= last and self.at(turn) != self.at(turn - 1) for turn in self.turns()
        )

    def due(self, clock: int) -> int:
        """Give when it can change next; FAR if it cannot."""
        return min((turn for turn in self.turns() if turn > clock), default=FAR)
