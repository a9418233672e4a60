"""Stocks besides the customers: those of them at risk, and those whom somebody referred.

    a customer     |======================|        |==========
    at risk             |=========|
    told               +1        -1

Who becomes one of them, or ceases to be, is told as a change of level on its day, as movements are:
the changes up to a time add up to the customers, and the value, that belong to the stock then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.customers.calendar import Months
    from streams.core.customers.lives.movements import Span, Values

Level = tuple[tuple[int, int], "Values"]
"""Group and recurring value of a customer that belongs to a stock."""


class Belongs(Protocol):
    """When somebody belongs to a stock; asked for any time, in epoch seconds."""

    def until(self) -> int:
        """Give when it is over for good, as far as is known; FAR if it is not."""

    def at(self, time: int) -> bool:
        """Tell whether the customer belongs to it at a time, if it is a customer."""

    def turns(self) -> set[int]:
        """Give all times at which that can change."""


class InGroups(Protocol):
    """In which group it is counted."""

    def of(self, month: int) -> tuple[int, int]:
        """Give the numbers of the segment and of the tier in a month."""


class Wanted(NamedTuple):
    """What is wanted of a stock: what changes it from `begin` up to the clock, epoch seconds.

    `opening`: whether what it was before that comes first, as a change from nothing: so what a life
    contributes before and after a change may differ in that, too.
    """

    calendar: Months
    begin: int
    clock: int
    opening: bool


def changes(
    belongs: Belongs,
    spans: list[Span],
    groups: InGroups,
    wanted: Wanted,
) -> Iterator[tuple[int, Level | None, Level | None]]:
    """Yield when the level changes, with what it was and what it is.

    Args:
        belongs: when the customer belongs to the stock.
        spans: when it is a customer, and worth what.
        groups: in which it is counted.
        wanted: of it.
    """
    calendar, begin, clock, opening = wanted
    if belongs.until() < begin:
        return
    turns = belongs.turns() | {span.at for span in spans}
    turns.update(calendar.starts[calendar.of(begin) : calendar.of(clock) + 1])

    def level(time: int) -> Level | None:
        now = None
        for span in spans:
            if span.at <= time:
                now = span
        if now is None or not now.active or not belongs.at(time):
            return None
        return groups.of(calendar.of(time)), now.values

    if opening and (before := level(begin - 1)) is not None:
        yield begin, None, before
    for turn in sorted([turn for turn in turns if begin <= turn <= clock]):
        before, after = level(turn - 1), level(turn)
        if before != after:
            yield turn, before, after
