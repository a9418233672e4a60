"""Links: who referred whom, on their way from the partition of the one to that of the other.

    Ann's partition                              Bob's partition
    referral: Ann told Bob  --- link: Ann, Bob, when, Ann's groups by month --->  Bob's life

A link is told when the clock of Ann's partition has reached the referral, and again whenever the
referral is withdrawn or Ann's groups become others; it says all there is to say, and so replaces
what was said before. Groups are told for the months in which they can still change; who reads it
keeps what was said of those before.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.customers.calendar import FAR
from streams.core.customers.lives.life import Referral
from streams.core.customers.sums.folding import months_folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.lives.life import Life, Step
    from streams.core.customers.names import Names
    from streams.core.customers.sums.account import Account

MOST: Final = 1_000
"""Referrals of one customer that name whom; of more the earliest count."""


class Link(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """That one customer referred another.

    Attributes:
        referrer: who did.
        own: the hash of the event, or of the correction that brought it.
        referred: whom.
        at: when, epoch seconds.
        since: the number of the first month whose group is told.
        groups: from which month on the referrer has had which segment and tier; nothing: the
            referral was withdrawn.
    """

    referrer: str
    own: bytes
    referred: str
    at: int
    since: int
    groups: list[tuple[int, str, str]]


def add_referral(life: Life, at: int, own: bytes, referred: str | None) -> None:
    """Keep a referral that names somebody, if it is among the earliest; once, however often."""
    if referred is None:
        return
    one = Referral(at, own, referred)
    if one not in life.given:
        insort(life.given, one)
        del life.given[MOST:]


def next_told(life: Life, clock: int) -> int:
    """Give when the next link is to be told, epoch seconds; FAR if none is to come."""
    return min((one.at for one in life.given if one.at > clock), default=FAR)


def changed(
    customer: str,
    told: tuple[Account, int] | None,
    now: tuple[Account, int],
    rules: Rules,
    names: Names,
) -> Iterator[Link]:
    """Yield the links of a customer that are not as they were told.

    Args:
        customer: who referred.
        told: what the life came to before, and the clock up to which it was told.
        now: the same now.
        rules: what turns a life into numbers.
        names: of segments.
    """
    calendar, tiers = rules.calendar, rules.tiers.names
    first = calendar.of(now[1]) - months_folded(rules.definitions)
    before = {} if told is None else _links(told, first, rules)
    after = _links(now, first, rules)
    for one, steps in after.items():
        if before.get(one) != steps:
            since = max(calendar.of(one.at), first)
            groups = [(month, names.name(segment), tiers[tier]) for month, segment, tier in steps]
            yield Link(customer, one.own, one.referred, one.at, since, groups)
    for one in before.keys() - after.keys():
        since = max(calendar.of(one.at), first)
        yield Link(customer, one.own, one.referred, one.at, since, [])


def _links(told: tuple[Account, int], first: int, rules: Rules) -> dict[Referral, list[Step]]:
    """Give the referrals that were told by a clock, with the groups from the month `first` on."""
    account, clock = told
    calendar = rules.calendar
    last = calendar.of(clock)
    return {
        one: list(_steps(account, max(calendar.of(one.at), first), last))
        for one in account.given
        if one.at <= clock
    }


def _steps(account: Account, first: int, last: int) -> Iterator[Step]:
    now = None
    for month in range(first, max(first, last) + 1):
        group = account.groups.of(month)
        if group != now:
            now = group
            yield month, *group
