"""At risk: customers with a complaint that is recent, or was taken up and is not resolved.

    complaint |<-- recent -->|
    updates        answered                 resolved
    at risk   |=============================|

Those at risk are a stock (`streams.core.customers.groups.stocks`).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from streams.core.customers.calendar import FAR
from streams.core.customers.lives.corrections import void

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.customers.definitions import Definitions
    from streams.core.customers.lives.life import ComplaintNote, ComplaintStep, Life

RESOLVED: Final = 2
"""The place of `resolved` among the statuses of a complaint."""


class Risk:
    """When a customer is at risk; asked for any time.

    `first`: epoch seconds of the first complaint; FAR if none holds. `complaints`: those that are
    kept and hold, in order of time.
    """

    def __init__(self, life: Life, definitions: Definitions) -> None:
        gone, recent = void(life), definitions.recent_complaint
        self.complaints = [note for note in life.complaints if note.own not in gone]
        steps = steps_by_complaint(life, gone) if life.steps else {}
        found = [
            spell
            for note in self.complaints
            for spell in spells_of(note, steps.get(note.named or note.own, ()), recent)
        ]
        self._steps = steps
        self._said = [note.at for note in self.complaints]
        self._said += [step.at for one in steps.values() for step in one]
        self._begins: list[int] = []
        self._ends: list[int] = []
        for begin, end in sorted(found) if len(found) > 1 else found:
            if self._ends and begin <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._begins.append(begin)
                self._ends.append(end)
        self.first = min(
            (note.at for note in (*life.early, *self.complaints) if note.own not in gone),
            default=FAR,
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Risk)
            and self._begins == other._begins
            and self._ends == other._ends
            and self.first == other.first
        )

    __hash__ = None  # type: ignore[assignment]

    def until(self) -> int:
        """Give when the risk is over for good, as far as is known; FAR if it is not."""
        return self._ends[-1] if self._ends else 0

    def at(self, time: int) -> bool:
        """Tell whether the customer is at risk at a time, if it is a customer."""
        number = bisect_right(self._begins, time)
        return number > 0 and time < self._ends[number - 1]

    def turns(self) -> set[int]:
        """Give all times at which that changes."""
        return {*self._begins, *self._ends}

    def turns_within(self, after: int, last: int) -> bool:
        """Tell whether the customer becomes one at risk, or ceases to be, in these seconds.

        The first complaint counts besides, as what comes after it is counted apart.
        """
        if after < self.first <= last:
            return True
        return any(after < turn <= last for turn in (*self._begins, *self._ends))

    def says(self, before: Risk, reported: int, clock: int) -> bool:
        """Tell whether by `clock` just that is known of complaints that was by `reported`."""
        if self is not before and (
            self.complaints != before.complaints or self._steps != before._steps
        ):
            return False
        return not any(reported < time <= clock for time in self._said)

    def due(self, clock: int) -> int:
        """Give when that, or what is known of a complaint, changes next; FAR if it does not."""
        times = (*self._begins, *self._ends, *self._said)
        return min((time for time in times if time > clock), default=FAR)


def steps_by_complaint(
    life: Life, gone: Iterable[bytes] | None = None
) -> dict[bytes, list[ComplaintStep]]:
    """Give the updates that hold, in order of time, by the complaint that they are about."""
    withdrawn = void(life) if gone is None else gone
    found: dict[bytes, list[ComplaintStep]] = {}
    for step in life.steps:
        if step.own not in withdrawn:
            found.setdefault(step.complaint, []).append(step)
    return found


def spells_of(
    note: ComplaintNote, steps: Iterable[ComplaintStep], recent: int
) -> Iterator[tuple[int, int]]:
    """Yield from when until when a complaint puts its customer at risk; epoch seconds.

    Args:
        note: the complaint.
        steps: its updates, in order of time.
        recent: seconds for which it does in any case.
    """
    made, open_since = note.at, FAR
    yield made, made + recent
    for step in steps:
        if step.status != RESOLVED:
            open_since = min(open_since, max(step.at, made))
        else:
            if open_since < step.at:
                yield open_since, step.at
            open_since = FAR
    if open_since < FAR:
        yield open_since, FAR
