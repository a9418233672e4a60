"""Cells: what a life contributes to the numbers of days and months.

    life --walk--> movements ---> month x group x kind x dimension x label: count, lives, values
                             ---> day x segment x kind x dimension x label
         --------> months    ---> month x group: revenue, cost, payments, complaints, referrals

A cell of a partition is the sum over its lives. When a life changes, what it contributed before is
taken out and what it contributes now is put in, for the months that the change can reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers import lifecycle as lc
from streams.core.customers import movements as mv
from streams.core.customers.calendar import FAR
from streams.core.customers.corrections import entries_of, months_of
from streams.core.customers.groups import Groups, statements
from streams.core.customers.life import COMPLAINED, CONVERTED, COUNTS, GIVEN, MONEY, PAYMENTS
from streams.core.customers.risk import Risk, changes
from streams.core.customers.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.calendar import Months
    from streams.core.customers.definitions import Definitions
    from streams.core.customers.life import Life, Month
    from streams.core.customers.lifecycle import Entry
    from streams.core.customers.movements import Movement
    from streams.core.customers.tiers import Tiers

DAY_GRAIN, MONTH_GRAIN = range(2)
GRAIN_WORDS: Final = ("1d", "1mo")

# Kinds of cells: those of movements, and what is only counted.
RENEWALS, REFUSALS, REVENUE, COST, REFERRED, REFERRED_CONVERTED, COMPLAINTS, AT_RISK = range(
    mv.MERGED_OUT + 1, mv.MERGED_OUT + 9
)
KIND_WORDS: Final = (
    "",
    "new",
    "reactivated",
    "discovered",
    "opening",
    "lost",
    "expansion",
    "contraction",
    "moved_in",
    "moved_out",
    "merged_in",
    "merged_out",
    "renewals",
    "refusals",
    "revenue",
    "cost_to_serve",
    "referrals",
    "converted",
    "complaints",
    "at_risk",
)

COUNTED_KINDS: Final = (
    (GIVEN, REFERRED),
    (CONVERTED, REFERRED_CONVERTED),
    (COMPLAINED, COMPLAINTS),
)
"""Places in a month of a life, and the kinds of cells that they are counted in."""

TOTAL, BY_REASON, BY_AVOIDABLE, BY_INITIATIVE, BY_CHANNEL, BY_PLAN = range(6)
DIMENSION_WORDS: Final = ("", "reason", "avoidable", "initiative", "channel", "plan")

MUCH: Final = (1 << 31) - 1
"""A sum of money that is not looked beyond: packed in five bytes."""

NO_TIER: Final = -1
"""The tier in a cell of a day: days are kept by segment only."""


Key = tuple[int, int, int, int, int, int, int]
"""A `CellKey` as it is made in the hot path: an ordinary tuple, which is equal to it."""


class CellKey(NamedTuple):
    """Names a cell; numbers stand for names (`Names`), in the months' zone.

    `start` is the number of a month, or the first second of a day. `label` is a value of the
    dimension: the number of a name, of whether avoidable, or of an initiative; 0 of the total.
    """

    grain: int
    start: int
    segment: int
    tier: int
    kind: int
    dimension: int
    label: int


class Tally:
    """The numbers of a cell: events, lives that have such an event, and amounts by currency."""

    __slots__ = ("count", "lives", "values")

    def __init__(
        self, count: int = 0, lives: int = 0, values: dict[int, int] | None = None
    ) -> None:
        self.count = count
        self.lives = lives
        self.values: dict[int, int] = {} if values is None else values

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Tally)
            and self.count == other.count
            and self.lives == other.lives
            and self.values == other.values
        )

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self.count or self.lives or self.values)

    def add(self, other: Tally, sign: int = 1) -> None:
        """Add another tally, or take it out (-1); no amount of 0 stays."""
        self.count += sign * other.count
        self.lives += sign * other.lives
        values = self.values
        for currency, amount in other.values.items():
            total = values.get(currency, 0) + sign * amount
            if total:
                values[currency] = total
            else:
                values.pop(currency, None)


Contribution = dict[Key, Tally]


class Rules(NamedTuple):
    """What turns a life into numbers: definitions, tiers and the calendar."""

    definitions: Definitions
    tiers: Tiers
    calendar: Months


class Account:
    """What one life comes to at a clock: the walk over it, and its groups.

    Args:
        life: whose it is.
        clock: epoch seconds; what is later has not happened.
        rules: what turns it into numbers.
        forgotten: whether the customer is to be removed, and is lost at the clock.
        same: an account of the same life at another clock: only the walk differs.
    """

    def __init__(
        self,
        life: Life,
        clock: int,
        rules: Rules,
        *,
        forgotten: bool = False,
        same: Account | None = None,
    ) -> None:
        base = life.base
        if same is None:
            self.entries: Sequence[Entry] = entries_of(life)
            self.months = months_of(life)
            stated = statements(self.entries, 0 if base is None else base.segment)
            self.groups = Groups(stated, self.months, rules.tiers, rules.calendar)
        else:
            self.entries, self.months, self.groups = same.entries, same.months, same.groups
        self.risk = Risk(life, rules.definitions) if life.complaints else None
        self.walk = Walk(base, rules.definitions)
        payment = None if base is not None else discovery(self.entries, self.months, rules)
        self.walk.go(self.entries, payment, clock)
        if forgotten:
            self.walk.forget(clock)
        self.walk.finish()


def discovery(entries: Sequence[Entry], months: dict[int, Month], rules: Rules) -> int | None:
    """Give when a payment discovers the customer, epoch seconds: where its month begins.

    None where nothing was paid, where an event was there by then, or where a signup or a trial that
    comes within `found_window` makes the customer new.
    """
    paid = [number for number, month in months.items() if month[PAYMENTS] > 0]
    if not paid:
        return None
    begin = rules.calendar.starts[min(paid)]
    if entries:
        first = entries[0]
        if first.at <= begin:
            return None
        if first.kind in lc.STARTS and first.at < begin + rules.definitions.found_window:
            return None
    return begin


def contribution(account: Account, clock: int, since: int, rules: Rules) -> Contribution:
    """Give what a life contributes to the cells of the months from `since` (number) on."""
    made: Contribution = {}
    walk, calendar, groups = account.walk, rules.calendar, account.groups
    if walk.spans:
        earliest = calendar.starts[since]
        for movement in walk.movements:
            if movement.at >= earliest:
                _add_movement(made, movement, groups, calendar)
        _add_moves(made, account, clock, since, calendar)
        if account.risk is not None:
            _add_risk(made, account, account.risk, (calendar, since, clock))
    for entry in account.entries:
        renewal = entry.kind in (lc.RENEWED, lc.REFUSED)
        if renewal and calendar.of(entry.at - entry.ahead) >= since:
            _add_renewal(made, entry, groups, calendar)
    for number, month_row in account.months.items():
        if number >= since:
            add_month(made, number, month_row, groups.of(number))
    return made


def _add_movement(made: Contribution, movement: Movement, groups: Groups, calendar: Months) -> None:
    at, kind, values, reason, plan, mark, channel = movement
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
        _put(made, (DAY_GRAIN, day, segment, NO_TIER, kind, dimension, label), 1, values)
        _put(made, (MONTH_GRAIN, month, segment, tier, kind, dimension, label), 1, values)


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
    made: Contribution, account: Account, clock: int, since: int, calendar: Months
) -> None:
    """Add the moves from group to group, where a month begins while the customer is one."""
    spans, groups, starts = account.walk.spans, account.groups, calendar.starts
    first = max(calendar.of(spans[0].at) + 1, since)
    for month in range(first, calendar.of(clock) + 1):
        before, now = groups.of(month - 1), groups.of(month)
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


def _add_risk(
    made: Contribution, account: Account, risk: Risk, months: tuple[Months, int, int]
) -> None:
    """Add how the level of those at risk changes; it counts no lives."""
    calendar = months[0]
    for at, before, after in changes(risk, account.walk.spans, account.groups, months):
        month, day = calendar.of(at), calendar.day(at)
        for level, sign in ((before, -1), (after, 1)):
            if level is None:
                continue
            (segment, tier), values = level
            change = Tally(1, 0, values)
            for key in (
                (MONTH_GRAIN, month, segment, tier, AT_RISK, TOTAL, 0),
                (DAY_GRAIN, day, segment, NO_TIER, AT_RISK, TOTAL, 0),
            ):
                tally = made.get(key)
                if tally is None:
                    tally = made[key] = Tally()
                tally.add(change, sign)


def _add_renewal(made: Contribution, entry: Entry, groups: Groups, calendar: Months) -> None:
    """Add a renewal or a refusal on the day it was said; its value is that of the whole term."""
    kind = RENEWALS if entry.kind == lc.RENEWED else REFUSALS
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


def stock(
    account: Account, at: int, calendar: Months
) -> tuple[tuple[int, int], dict[int, int]] | None:
    """Give the group and the recurring value of a customer at a time; None for no customer.

    It is read off the spans, and so by another way than the movements are added up.
    """
    now = None
    for span in account.walk.spans:
        if span.at <= at:
            now = span
    if now is None or not now.active:
        return None
    return account.groups.of(calendar.of(at)), now.values


def look_ahead(life: Life, groups: Groups, clock: int, calendar: Months) -> int:
    """Note in a life what its group is and how long that holds; give when it ends, epoch seconds.

    FAR is given where it does not end.
    """
    month = life.month = calendar.of(clock)
    life.segment, life.tier = groups.of(month)
    life.until, floor, ceiling = groups.outlook(month)
    life.floor, life.ceiling = max(floor, -MUCH), min(ceiling, MUCH)
    life.currency = groups.currency
    return calendar.starts[life.until] if life.until < len(calendar.starts) else FAR
