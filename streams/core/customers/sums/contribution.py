"""What a life contributes to the cells of days and months.

    life --walk--> movements ---> month x group x kind x dimension x label: count, lives, values
                             ---> day x segment x kind x dimension x label
         --------> months    ---> month x group: revenue, cost, complaints, referrals

When a life changes, what it contributed before is taken out and what it contributes now is put in,
for the months that the change can reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers.calendar import FAR
from streams.core.customers.groups.cells import (
    AT_RISK,
    BY_AVOIDABLE,
    BY_CHANNEL,
    BY_INITIATIVE,
    BY_PLAN,
    BY_REASON,
    CANCELLATIONS,
    COST,
    COUNTED_KINDS,
    DAY_GRAIN,
    MONTH_GRAIN,
    NO_TIER,
    OF_REFERRED,
    REFUSALS,
    RENEWALS,
    REVENUE,
    TOTAL,
    Tally,
)
from streams.core.customers.groups.stocks import Wanted, changes
from streams.core.customers.lives import lifecycle as lc
from streams.core.customers.lives import movements as mv
from streams.core.customers.lives.life import COUNTS, MONEY, PAYMENTS
from streams.core.customers.stored.head import NEVER
from streams.core.customers.sums.exposure import add_after, add_exposed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.customers.calendar import Months
    from streams.core.customers.groups.cells import Contribution, Key, Rules
    from streams.core.customers.groups.groups import Groups
    from streams.core.customers.groups.stocks import Level
    from streams.core.customers.lives.life import Month
    from streams.core.customers.lives.lifecycle import Entry
    from streams.core.customers.lives.movements import Movement, Span
    from streams.core.customers.sums.account import Account

    Timed = Movement | Span


SAID: Final = {lc.RENEWED: RENEWALS, lc.REFUSED: REFUSALS, lc.CANCELLED: CANCELLATIONS}
"""The cells of what counts when it is said, whenever it takes effect, by the kind of entry."""


class Extent(NamedTuple):
    """What of a life may have changed; NEVER or FAR where nothing has.

    Attributes:
        movements: the number of the first month of movements, renewals, refusals and cancellations.
        money: the same of what is counted by month.
        at: the first time, epoch seconds, of what the customer was: moves, and time at risk.
        risk: the same of those at risk.
        referred: the same of those whom somebody referred.
        opening: whether what came before may have changed, too, and counts from there on.
    """

    movements: int
    money: int
    at: int
    risk: int
    referred: int
    opening: bool


def all_from(since: int, calendar: Months) -> Extent:
    """Give the extent of all from a month on."""
    begin = calendar.starts[since]
    return Extent(since, since, begin, begin, begin, opening=True)


def contribution(account: Account, clock: int, extent: Extent, rules: Rules) -> Contribution:
    """Give what a life contributes to the cells, as far as it may have changed."""
    made: Contribution = {}
    calendar, groups = rules.calendar, account.groups
    if extent.movements != NEVER:
        since = extent.movements
        if account.spans:
            earliest = calendar.starts[since]
            for movement in account.movements:
                if movement.at >= earliest:
                    _add_movement(made, movement, groups, calendar)
        for entry in account.entries:
            if entry.kind in SAID and calendar.of(entry.at - entry.ahead) >= since:
                _add_said(made, entry, groups, calendar)
    if account.spans:
        if extent.opening or extent.at <= clock:
            add_exposed(made, account.movements, groups, (calendar, extent.at))
            _add_moves(made, account, clock, extent.at, calendar)
        _add_stocks(made, account, extent, clock)
    if extent.money != NEVER:
        for number, month_row in account.months.items():
            if number >= extent.money:
                add_month(made, number, month_row, groups.of(number))
    return made


def _add_stocks(made: Contribution, account: Account, extent: Extent, clock: int) -> None:
    """Add to those at risk and to the referred, and what came after a first complaint."""
    calendar, spans, groups = account.calendar, account.spans, account.groups
    risk, by, opening = account.risk, account.referred, extent.opening
    last = FAR - 1 if opening else clock
    if risk is not None and extent.risk <= last:
        wanted = Wanted(calendar, extent.risk, clock, opening)
        _add_levels(made, AT_RISK, changes(risk, spans, groups, wanted), calendar)
        if risk.first <= clock:
            add_after(made, risk.first, (account.movements, spans), groups, wanted)
    if by is not None and extent.referred <= last:
        wanted = Wanted(calendar, extent.referred, clock, opening)
        _add_levels(made, OF_REFERRED, changes(by, spans, by, wanted), calendar)


def extent_of(before: Account | None, now: Account, since: int, clocks: tuple[int, int]) -> Extent:
    """Tell what may have changed in a life of which the months from `since` may have.

    `clocks`: those up to which it was told before, and is now, in epoch seconds.
    """
    calendar = now.calendar
    begin = calendar.starts[since]
    if before is None or not now.same_groups:
        return all_from(since, calendar)
    reported, clock = clocks
    first = FAR
    if before is not now:
        first = _first_difference(before.movements, now.movements)
        first = min(first, _first_difference(before.spans, now.spans))
    # What the customer was goes with time, too.
    later = first if reported == clock else min(first, reported + 1)
    same = before.risk == now.risk and before.referred == now.referred
    if same and later >= begin:
        at = risk = referred = later
    else:
        at = FAR if later == FAR else calendar.starts[max(since, calendar.of(later))]
        risk = at if before.risk == now.risk else begin
        referred = at if before.referred == now.referred else begin
    for entry in now.entries[len(before.entries) :]:
        if entry.kind in SAID:
            first = min(first, entry.at - entry.ahead)
    movements = NEVER if first == FAR else max(since, calendar.of(first))
    return Extent(movements, NEVER, at, risk, referred, opening=not same or later < begin)


def _first_difference(before: Sequence[Timed], now: Sequence[Timed]) -> int:
    """Give the earliest time of what is in one of two lists only, in order of time; or FAR."""
    if before == now:
        return FAR
    for one, other in zip(before, now, strict=False):
        if one != other:
            return min(one.at, other.at)
    longer = before if len(before) > len(now) else now
    return longer[min(len(before), len(now))].at


def _add_movement(made: Contribution, movement: Movement, groups: Groups, calendar: Months) -> None:
    at, kind, values, reason, plan, mark, channel, count = movement
    month = calendar.of(at)
    segment, tier = groups.of(month)
    day = calendar.day(at)
    labels = [(TOTAL, 0)]
    if kind == mv.LOST:
        avoidable, initiative = divmod(mark, len(lc.INITIATIVES))
        labels += (
            (BY_REASON, reason),
            (BY_AVOIDABLE, avoidable),
            (BY_INITIATIVE, initiative),
            (BY_PLAN, plan),
        )
    elif kind in (mv.EXPANSION, mv.CONTRACTION):
        labels += ((BY_REASON, reason), (BY_PLAN, plan))
    elif kind in (mv.REACTIVATED, mv.DISCOVERED):
        labels.append((BY_PLAN, plan))
    elif kind == mv.NEW:
        labels += ((BY_CHANNEL, channel), (BY_PLAN, plan))
    for dimension, label in labels:
        _put(made, (DAY_GRAIN, day, segment, NO_TIER, kind, dimension, label), count, values)
        _put(made, (MONTH_GRAIN, month, segment, tier, kind, dimension, label), count, values)


def _put(made: Contribution, key: Key, count: int, values: dict[int, int]) -> None:
    """Add to a cell of one life: it counts for one life, however often."""
    tally = made.get(key)
    if tally is None:
        made[key] = Tally(count, 1, dict(values))
    else:
        tally.count += count
        for currency, amount in values.items():
            tally.values[currency] = tally.values.get(currency, 0) + amount


def _add_moves(
    made: Contribution, account: Account, clock: int, begin: int, calendar: Months
) -> None:
    """Add the moves from group to group, where a month begins while the customer is one.

    Only those from a time on, `begin` in epoch seconds.
    """
    spans, groups, starts = account.spans, account.groups, calendar.starts
    first = calendar.of(max(spans[0].at, begin - 1)) + 1
    last = calendar.of(clock)
    if first > last:
        return
    now = groups.of(first - 1)
    for month in range(first, last + 1):
        before, now = now, groups.of(month)
        if before == now:
            continue
        start = starts[month]
        state = spans[0]
        for span in spans:
            if span.at >= start:
                break
            state = span
        if not state.active:
            continue
        for kind, (segment, tier) in ((mv.MOVED_OUT, before), (mv.MOVED_IN, now)):
            _put(made, (MONTH_GRAIN, month, segment, tier, kind, TOTAL, 0), 1, state.values)
            if before[0] != now[0]:
                _put(made, (DAY_GRAIN, start, segment, NO_TIER, kind, TOTAL, 0), 1, state.values)


def _add_levels(
    made: Contribution,
    kind: int,
    changed: Iterable[tuple[int, Level | None, Level | None]],
    calendar: Months,
) -> None:
    """Add how a level changes; it counts no lives."""
    for at, before, after in changed:
        month, day = calendar.of(at), calendar.day(at)
        for level, sign in ((before, -1), (after, 1)):
            if level is None:
                continue
            (segment, tier), values = level
            change = Tally(1, 0, values)
            for key in (
                (MONTH_GRAIN, month, segment, tier, kind, TOTAL, 0),
                (DAY_GRAIN, day, segment, NO_TIER, kind, TOTAL, 0),
            ):
                tally = made.get(key)
                if tally is None:
                    tally = made[key] = Tally()
                tally.add(change, sign)


def _add_said(made: Contribution, entry: Entry, groups: Groups, calendar: Months) -> None:
    """Add a renewal, a refusal or a wish to leave on the day it was said, at the value it states.

    That is the value of the whole term, and of a cancellation what it says is lost in a year.
    """
    kind = SAID[entry.kind]
    said = entry.at - entry.ahead
    month, day = calendar.of(said), calendar.day(said)
    segment, tier = groups.of(month)
    values = {entry.currency: entry.value} if entry.value > 0 else {}
    for dimension, label in ((TOTAL, 0), (BY_REASON, entry.reason)):
        _put(made, (DAY_GRAIN, day, segment, NO_TIER, kind, dimension, label), 1, values)
        _put(made, (MONTH_GRAIN, month, segment, tier, kind, dimension, label), 1, values)


def add_month(made: Contribution, number: int, month: Month, group: tuple[int, int]) -> None:
    """Add what a month of a life contributes to the cells of its group."""
    segment, tier = group
    for at, kind in COUNTED_KINDS:
        if month[at]:
            made[(MONTH_GRAIN, number, segment, tier, kind, TOTAL, 0)] = Tally(month[at], 1)
    revenue = {}
    cost = {}
    for at in range(COUNTS, len(month), MONEY):
        currency, came, spent = month[at : at + MONEY]
        if came:
            revenue[currency] = came
        if spent:
            cost[currency] = spent
    if revenue or month[PAYMENTS]:
        key = (MONTH_GRAIN, number, segment, tier, REVENUE, TOTAL, 0)
        made[key] = Tally(month[PAYMENTS], 1, revenue)
    if cost:
        made[(MONTH_GRAIN, number, segment, tier, COST, TOTAL, 0)] = Tally(0, 1, cost)
