"""Links that come in: who referred a customer of this partition, as the others tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.calendar import FAR
from streams.core.customers.groups.referred import group_of
from streams.core.customers.lives.life import PAYMENTS, Referrer

if TYPE_CHECKING:
    from streams.core.customers.calendar import Months
    from streams.core.customers.exchange.links import Link
    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.lives.life import Life, Step
    from streams.core.customers.names import Names
    from streams.core.customers.sums.open_life import OpenLife


def take(one: OpenLife, link: Link, clock: int, rules: Rules, names: Names) -> None:
    """Put what a link says into the open life of the one who was referred."""
    life = one.life
    known = {(by.own, by.referrer): by for by in life.referrers}
    name = link.own, link.referrer
    before = known.get(name)
    if link.groups:
        steps = _steps_after(before, link, rules, names)
        known[name] = Referrer(link.at, link.own, link.referrer, steps)
    else:
        known.pop(name, None)
    if known.get(name) == before:
        return
    after = sorted(known.values())
    since = _first_changed(life.referrers, after, rules.calendar)
    if since is not None and _may_be_one(life):
        one.touch(since, clock, rules)
    else:
        one.note(FAR)
    life.referrers = after


def _may_be_one(life: Life) -> bool:
    """Tell whether a life may be that of a customer: else nothing is counted of it."""
    paid = any(month[PAYMENTS] for month in life.months.values())
    return bool(life.entries) or life.base is not None or paid


def _steps_after(before: Referrer | None, link: Link, rules: Rules, names: Names) -> list[Step]:
    """Give the steps of a referrer: those of before as far as the link tells none, then its own."""
    tiers = rules.tiers.names
    steps = [] if before is None else [step for step in before.steps if step[0] < link.since]
    told = [
        (month, names.number(segment), tiers.index(tier)) for month, segment, tier in link.groups
    ]
    if steps and steps[-1][1:] == told[0][1:]:
        del told[0]
    return steps + told


def _name(by: Referrer) -> tuple[int, bytes, str]:
    return by.at, by.own, by.referrer


def _first_changed(before: list[Referrer], after: list[Referrer], calendar: Months) -> int | None:
    """Give the first month that may be counted otherwise; None if none is."""
    if before[:1] == after[:1]:
        return None
    if not before or not after or _name(before[0]) != _name(after[0]):
        return calendar.of(min(by.at for by in (*before[:1], *after[:1])))
    one, other = before[0].steps, after[0].steps
    months = [[month for month, _, _ in steps] for steps in (one, other)]
    begin = calendar.of(before[0].at)
    for month in sorted({begin, *months[0], *months[1]}):
        if group_of(one, months[0], month) != group_of(other, months[1], month):
            return max(month, begin)
    return None
