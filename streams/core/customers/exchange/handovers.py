"""Handovers on their way: what a customer brings to those into whom it was merged.

A handover is told when the clock of the one has reached the merge, and again whenever it says
something else; it says all there is to say, and so replaces what was said before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.customers.lives.merges import (
    Handed,
    HandedEnd,
    HandedSubscription,
    Handover,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.customers.lives.life import Away
    from streams.core.customers.names import Names
    from streams.core.customers.sums.account import Account


class Told(NamedTuple):
    """What is handed over, and the segment that was stated last before, by number."""

    handed: Handed
    segment: int


def changed(
    customer: str,
    before: Sequence[Told],
    now: Sequence[Told],
    subscriptions: Sequence[str],
    names: Names,
) -> Iterator[Handover]:
    """Yield the handovers of a customer that are not as they were told.

    Args:
        customer: who was merged.
        before: what it handed over, as told before.
        now: the same now.
        subscriptions: their ids, by number less one.
        names: of labels and currencies.
    """
    told = {one.handed.own: one for one in before}
    holding = {one.handed.own: one for one in now}
    for own, one in holding.items():
        if told.get(own) != one:
            yield _written(customer, one, subscriptions, names)
    for own, one in told.items():
        if own not in holding:
            yield Handover(customer, own, one.handed.into, one.handed.at)


def told_of(account: Account | None) -> list[Told]:
    """Give what a customer hands over, as it is told."""
    if account is None or not account.handed:
        return []
    return [Told(one, account.groups.stated(one.at)) for one in account.handed]


def _written(customer: str, told: Told, ids: Sequence[str], names: Names) -> Handover:
    handed, named = told.handed, names.name
    key = key_of(customer, handed.own)
    return Handover(
        customer,
        handed.own,
        handed.into,
        handed.at,
        holds=True,
        origin=handed.origin,
        since=handed.since,
        channel=named(handed.channel),
        segment=named(told.segment),
        reason=named(handed.reason),
        subscriptions=[
            HandedSubscription(
                # One without an id gets a name that no other one has.
                ids[one.number - 1] if one.number else f"\0{key.hex()}",
                one.status,
                one.value,
                one.stated,
                named(one.currency),
                named(one.plan),
                one.unpaid_since,
                one.renewed_at,
                _end(one.leaves, names),
            )
            for one in handed.subscriptions
        ],
    )


def _end(leaves: Away | None, names: Names) -> HandedEnd | None:
    if leaves is None:
        return None
    return HandedEnd(leaves.at, leaves.kind, names.name(leaves.reason), leaves.mark)
