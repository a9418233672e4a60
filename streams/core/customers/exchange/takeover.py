"""Handovers that come in: who was merged into a customer of this partition, as the others tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.lives import lifecycle as lc
from streams.core.customers.lives.life import Away, StoredSubscription, Taken
from streams.core.customers.lives.merges import key_of
from streams.core.customers.sums.folding import reach

if TYPE_CHECKING:
    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.lives.life import Life
    from streams.core.customers.lives.merges import HandedEnd, Handover
    from streams.core.customers.names import Names
    from streams.core.customers.sums.open_life import OpenLife


def take_in(one: OpenLife, told: Handover, clock: int, rules: Rules, names: Names) -> None:
    """Put what a handover says into the open life of the one who takes over.

    What is folded in the life already stays as it was told.
    """
    life, key = one.life, key_of(told.giver, told.own)
    if life.base is not None and told.at <= life.base.at:
        return
    entry, taken = None, None
    if told.holds and (told.subscriptions or told.since):
        taken = _taken(life, key, told, names)
        entry = _entry(key, told, names)
    known = next((own for own in life.taken if own.own == key), None)
    standing = next((own for own in life.entries if own.own == key), None)
    if known == taken and standing == entry:
        return
    first = min(other.at for other in (entry, standing) if other is not None)
    since = rules.calendar.of(max(first - reach(rules.definitions), 0))
    one.touch(since, clock, rules)
    life.taken = [own for own in life.taken if own.own != key]
    life.entries = [own for own in life.entries if own.own != key]
    if entry is not None and taken is not None:
        life.taken.append(taken)
        life.taken.sort(key=lambda own: own.own)
        life.add_entry(entry)


def _taken(life: Life, key: bytes, told: Handover, names: Names) -> Taken:
    number = names.number
    return Taken(
        key,
        told.origin,
        told.since,
        number(told.channel),
        [
            StoredSubscription(
                life.subscription(one.name),
                one.status,
                one.value,
                one.stated,
                number(one.currency),
                number(one.plan),
                one.unpaid_since,
                one.renewed_at,
                _leaves(one.leaves, names),
            )
            for one in told.subscriptions
        ],
    )


def _leaves(end: HandedEnd | None, names: Names) -> Away | None:
    return None if end is None else Away(end.at, end.kind, names.number(end.reason), end.mark, 0)


def _entry(key: bytes, told: Handover, names: Names) -> lc.Entry:
    """Make the entry that stands for a merge; `term` is how many subscriptions it brings."""
    return lc.Entry(
        told.at,
        lc.TAKEN,
        key,
        ahead=0,
        subscription=0,
        value=lc.UNSTATED,
        term=len(told.subscriptions),
        currency=0,
        segment=names.number(told.segment),
        plan=0,
        channel=0,
        reason=names.number(told.reason),
        mark=0,
    )
