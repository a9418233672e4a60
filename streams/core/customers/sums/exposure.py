"""How long customers were at risk of being lost, before and after their first complaint.

    a customer    |----------------------------------|          |-----------
    complaint                 ^
    before        |===========|                                              EXPOSED less the rest
    after                     |======================|          |===========  EXPOSED_AFTER

Time at risk grows with the clock, cells do not: a cell has the seconds from the beginning of its
month to each change, summed up with its sign. Whoever has the number of customers at the beginning
knows the time at risk up to any time of that month: so many times it, less those seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.calendar import FAR
from streams.core.customers.groups.cells import (
    COMPLAINED_ONCE,
    EXPOSED,
    EXPOSED_AFTER,
    LOST_AFTER,
    LOST_FOUND,
    MONTH_GRAIN,
    TOTAL,
    Tally,
)
from streams.core.customers.lives.movements import COUNTED, LOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.customers.calendar import Months
    from streams.core.customers.groups.cells import Contribution
    from streams.core.customers.groups.groups import Groups
    from streams.core.customers.groups.stocks import Wanted
    from streams.core.customers.lives.movements import Movement, Span

Group = tuple[int, int]


def add_exposed(
    made: Contribution,
    movements: Sequence[Movement],
    groups: Groups,
    months: tuple[Months, int],
) -> None:
    """Add when the customer came and left, and losses of somebody who was at no risk before.

    That is who is found by its end: it comes and leaves in one second. `months`: the calendar, and
    the first time wanted, in epoch seconds.
    """
    calendar, begin = months
    starts = calendar.starts
    entered = -1
    for at, kind, _, _, _, _, _, customers in movements:
        sign = COUNTED[kind] * customers
        if sign and at >= begin:
            month = calendar.of(at)
            group = groups.of(month)
            _add(made, (month, group), EXPOSED, sign * (at - starts[month]))
            if kind == LOST and at == entered:
                _add(made, (month, group), LOST_FOUND, 1)
        if sign > 0:
            entered = at


def add_after(
    made: Contribution,
    first: int,
    walked: tuple[Sequence[Movement], Sequence[Span]],
    groups: Groups,
    wanted: Wanted,
) -> None:
    """Add when the customer was one after its first complaint, and the losses then.

    Args:
        made: what they are added to.
        first: when the first complaint was made, epoch seconds.
        walked: movements and spans of the customer.
        groups: its groups.
        wanted: from when on, and whether with what it was before that.
    """
    movements, spans = walked
    calendar, begin, clock, opening = wanted
    starts = calendar.starts
    for after, end in _stretches(first, spans):
        if end < begin or after > clock or (opening and end == begin):
            continue
        month = calendar.of(max(after, begin - 1))
        group = groups.of(month)
        if opening or after >= begin:
            _change(made, (calendar, max(after, begin)), group, 1)
        for later in range(month + 1, calendar.of(min(end, clock)) + 1):
            before, group = group, groups.of(later)
            if group != before:
                _change(made, (calendar, starts[later]), before, -1)
                _change(made, (calendar, starts[later]), group, 1)
        if end <= clock:
            _change(made, (calendar, end), group, -1)
    entered = -1
    for at, kind, _, _, _, _, _, customers in movements:
        if kind == LOST and at >= begin and at > first and at != entered:
            month = calendar.of(at)
            _add(made, (month, groups.of(month)), LOST_AFTER, 1)
        if COUNTED[kind] * customers > 0:
            entered = at


def _stretches(first: int, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Yield from when until when the customer was one after its first complaint."""
    begin = None
    for at, active, _ in spans:
        if active and begin is None:
            begin = max(at, first)
        elif not active and begin is not None:
            if begin < at:
                yield begin, at
            begin = None
    if begin is not None:
        yield begin, FAR


def _change(made: Contribution, when: tuple[Months, int], group: Group, sign: int) -> None:
    calendar, at = when
    month = calendar.of(at)
    _add(made, (month, group), COMPLAINED_ONCE, sign)
    _add(made, (month, group), EXPOSED_AFTER, sign * (at - calendar.starts[month]))


def _add(made: Contribution, place: tuple[int, Group], kind: int, count: int) -> None:
    """Add to a cell that counts no lives."""
    month, (segment, tier) = place
    if not count:
        return
    key = MONTH_GRAIN, month, segment, tier, kind, TOTAL, 0
    tally = made.get(key)
    if tally is None:
        tally = made[key] = Tally()
    tally.count += count
